"""What an attacker would compute: operands that cost the referee most, in the longest rows that it may be shown."""

from __future__ import annotations

import math
import random

import numpy as np

from pinpoint.binary32 import reference
from pinpoint.commitment.tensor import LANES_PER_LEAF
from pinpoint.demo.jobs import Job
from pinpoint.program.builder import Builder
from pinpoint.program.graph import Program
from pinpoint.program.operators import MAX_TERMS, Axis, Predicate


def dearest_row(rng: random.Random, terms: int) -> tuple[list[tuple[int, int]], int]:
    """Operands of a dot product, and the product: each term is subnormal, nearly cancels the sum, and no byte is 0."""
    row: list[tuple[int, int]] = []
    total = 0
    for _ in range(terms):
        row.append((0x007F0101 | rng.getrandbits(15), reference.SIGN & ~total | 0x3D810101 | rng.getrandbits(16)))
        total = reference.fma(*row[-1], total)
    return row, total


def dearest_program() -> Program:
    """Every operator on such rows; what is neither input nor computed from a whole row takes whole leaves of them."""
    b = Builder()
    left, right = b.state(1, MAX_TERMS), b.state(1, MAX_TERMS)
    index = b.constant(np.zeros((1, MAX_TERMS), np.int32))
    b.batch(1, 1)
    # The longest branch of each function, as wide as a leaf.
    beyond, subnormal = b.fill(3.9192, 1, LANES_PER_LEAF), b.fill(2.0**-149, 1, LANES_PER_LEAF)
    for _ in (
        left + right, left - right, left * right, left / right, left.fma(right, left), -left, left.absolute(),
        left.maximum(right), left.minimum(right), left.compare(right, Predicate.EQUAL), left.select(right, left),
        subnormal.sqrt(), subnormal.rsqrt(), subnormal.log(), b.fill(-100.0, 1, LANES_PER_LEAF).exp(),
        beyond.tanh(), beyond.erf(), beyond.to_int(), right.to_float(),
        left.row_sum(), left.row_max(), left.argmax(), left.matmul_transposed(right), left.matmul_int8(right),
        left.scatter_add(index, 1), left.transpose(), left.reshape(64, 64), left.slice(range(1), range(1, 4000)),
        left.concat(right, Axis.COLUMNS), left.gather(index), index.one_hot(2),
        left.reshape(64, 64).causal_mask(-math.inf),
    ):  # fmt: skip
        pass
    return b.finish([left, right])


def dearest_job(seed: int) -> Job:
    """Steps that change nothing, so that every sample has the same operands."""
    row, _ = dearest_row(random.Random(seed), MAX_TERMS)
    state = [np.array([side], np.uint32).view(np.float32) for side in zip(*row, strict=True)]
    batches = [[np.ones((1, 1), np.float32)]]
    return Job(dearest_program(), batches, state, measure=lambda state: 0.0, measured="nothing")
