"""Training in native arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Program
from pinpoint.replay import native
from pinpoint.replay.training import replay


def trained(
    program: Program, state: Sequence[Tensor], batches: Sequence[Sequence[Tensor]], steps: int
) -> Sequence[Tensor]:
    """The state after so many steps on the batches in turn."""
    for _, after in replay(program, state, lambda step: batches[step % len(batches)], 0, steps, native.arithmetic):
        state = after
    return state
