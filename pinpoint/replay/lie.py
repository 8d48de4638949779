"""A replay that is wrong in one place: what a verifier reports when its error is forced."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Program
from pinpoint.program.operators import TABLE, Kind

_COMPUTED = (Kind.POINTWISE, Kind.REDUCTION, Kind.MOVEMENT)


@dataclass(frozen=True)
class LastBitLie:
    """One lane of one operator's output in one step, off by one unit in the last place."""

    sample: int
    step: int
    node: int
    row: int
    col: int

    @classmethod
    def draw(cls, random: np.random.Generator, program: Program, samples: int, interval: int) -> LastBitLie:
        """A place drawn among all that is computed."""
        computed = [i for i, node in enumerate(program.nodes) if TABLE[node.operator].kind in _COMPUTED]
        node = int(random.choice(computed))
        rows, cols = program.nodes[node].shape
        return cls(
            int(random.integers(samples)),
            int(random.integers(interval)),
            node,
            int(random.integers(rows)),
            int(random.integers(cols)),
        )

    def __call__(self, sample: int, step: int, node: int, output: Tensor) -> Tensor:
        if (sample, step, node) != (self.sample, self.step, self.node):
            return output
        wrong = output.copy()
        wrong.view(np.uint32)[self.row, self.col] ^= 1
        return wrong
