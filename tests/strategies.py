"""Hypothesis strategies that several tests share."""

from random import Random

import numpy as np
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests import programs

lanes = st.one_of(st.sampled_from(programs.SPECIAL), st.integers(0, 2**32 - 1))
seeds = st.integers(0, 2**32 - 1)


def tensors(shape):
    """Float32 matrices of `shape`, any bits."""
    return arrays.arrays(np.uint32, shape, elements=lanes, fill=lanes).map(lambda bits: bits.view(np.float32))


@st.composite
def random_program(draw, operations=12):
    """Valid programs of small shapes with every operator. What fails prints the seed, which gives the same again."""
    seed, count = draw(seeds), draw(st.integers(1, operations))
    note(f"tests.programs.random_program(Random({seed}), {count})")
    return programs.random_program(Random(seed), count)


@st.composite
def program_inputs(draw, program):
    """A state and a batch for `program`, any bits."""
    seed = draw(seeds)
    note(f"tests.programs.random_inputs(Random({seed}), program)")
    return programs.random_inputs(Random(seed), program)
