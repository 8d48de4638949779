"""Who shows that a program is invalid: a claim in an earlier block, then the node (stage 3, promise 8)."""

from __future__ import annotations

from typing import Any

from tests.model.protocol.base import Part
from tests.model.protocol.words import hashed, need


class Programs(Part):
    """Claims by what was committed to, with the block that they were made in."""

    def start(self) -> None:
        self.claims: dict[int, int] = {}

    def commit(self, sender: int, commitment: int) -> None:
        self.claims.setdefault(commitment, self.m.number)

    def show_invalid(self, sender: int, task: int, index: int, node: Any, inputs: Any, salt: int) -> None:
        claimed = self.claims.get(self.commitment(task, index, sender, salt), 0)
        need(claimed != 0, "program: unclaimed")
        need(claimed < self.m.number, "program: early")
        order, (words, siblings) = self.m.registry.tasks[task].order, node
        nodes = order.geometry.nodes
        why = self.m.works.in_program(order.program_root, nodes, index, words, siblings)
        need(not why, why)
        need(self.m.works.invalid(order.program_root, index), "program: valid")
        self.m.registry.invalidated(task, sender)

    def commitment(self, task: int, index: int, finder: int, salt: int) -> int:
        """What to commit to."""
        return hashed(self.m.chain_id, self.m.at["ProgramJudge"], task, index, finder, salt)
