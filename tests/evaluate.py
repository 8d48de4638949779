"""One step, run once, all outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.graph import Node
from pinpoint.replay.plan import Arithmetic, Hook, Plan


def execute(
    arithmetic: Arithmetic,
    nodes: Sequence[Node],
    state: Sequence[Tensor],
    batch: Sequence[Tensor],
    constants: Mapping[bytes, Tensor],
    hook: Hook | None = None,
) -> list[Tensor]:
    """Outputs of the nodes but PACK, in order."""
    return list(Plan(nodes, arithmetic).run(state, batch, constants, hook).values())
