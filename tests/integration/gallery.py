"""A gallery of dishonest players, each with what it tries. Against honest roles none of them gets anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pinpoint.chain.client import ActionKind, ChallengePhase
from pinpoint.chain.port import CallRefused
from pinpoint.commitment.tensor import Tensor
from pinpoint.commitment.tree import Tree, TreeKind
from pinpoint.dispute.moves import Move
from pinpoint.program.graph import Program
from pinpoint.program.operators import Operator
from pinpoint.replay.report import Lie, Report, Segment
from pinpoint.roles.role import Role
from tests.games import Forged, defence
from tests.integration.parties import DISTANCE, HostileVerifier
from tests.play import INTERVAL, PROGRAM
from tests.world import World

Words = list[list[int]]

SAMPLE, STEP = 1, 1
"""Where the lies are."""
PRODUCT = next(i for i, node in enumerate(PROGRAM.nodes) if node.operator is Operator.MATMUL)
BATCH = next(i for i, node in enumerate(PROGRAM.nodes) if node.operator is Operator.BATCH)
PLACE = (SAMPLE, STEP, PRODUCT)


# Lies: what follows from them is consistent


def where(at: Callable[[int, int, int], bool], rows: slice = slice(None), cols: slice = slice(None)) -> Lie:
    """A lie in the last bit of these lanes of the outputs at these places."""

    def lie(sample: int, step: int, node: int, output: Tensor) -> Tensor:
        if not at(sample, step, node):
            return output
        flipped = output.copy()
        flipped.view(np.uint32)[rows, cols] ^= 1
        return flipped

    return lie


LIES: Mapping[str, Lie] = {
    "a whole report": where(lambda *at: True),
    "a whole sample": where(lambda sample, step, node: sample == SAMPLE),
    "a whole step": where(lambda sample, step, node: (sample, step) == (SAMPLE, STEP)),
    "a whole node": where(lambda *at: at == PLACE),
    "a leaf": where(lambda *at: at == PLACE, rows=slice(2, 3)),
    "a lane": where(lambda *at: at == PLACE, rows=slice(2, 3), cols=slice(3, 4)),
    "the last lane of all": where(lambda *at: at == PLACE, rows=slice(-1, None), cols=slice(-1, None)),
    "the last node of the last step": where(lambda *at: at == (SAMPLE, INTERVAL - 1, PROGRAM.pack - 1)),
    "the batch": where(lambda *at: at == (SAMPLE, STEP, BATCH)),
    "the solver's checkpoint": where(lambda *at: at == (SAMPLE, 0, 0)),
    "the state of the step before": where(lambda *at: at == (SAMPLE, STEP, 0)),
    "the distance": where(lambda *at: at == (SAMPLE, INTERVAL, DISTANCE)),
}


# Forgeries: trees that no tensors stand for


Forge = Callable[[Program, Sequence[Segment]], Report]


def words(change: Callable[[Words], Words]) -> Forge:
    """Leaves of one output that are not what they should be."""
    return lambda program, segments: Forged(program, segments, words={PLACE: change})


def packs(change: Callable[[list[bytes]], list[bytes]]) -> Forge:
    """A trace whose PACK is not the state that the step computed."""
    return lambda program, segments: Forged(program, segments, packs={(SAMPLE, STEP): change})


def kinds(node: int, kind: TreeKind) -> Forge:
    """A tree of another kind."""
    return lambda program, segments: Forged(program, segments, kinds={(SAMPLE, STEP, node): kind})


class Hollow(Report):
    """A report with zeros where a hash should be: nobody knows what is below them (rule 1)."""

    node: int | None = PRODUCT

    def _trace(self, sample: int, step: int, leaves: Sequence[bytes]) -> Tree:
        right = super()._trace(sample, step, leaves)
        if (sample, step) != (SAMPLE, STEP):
            return right
        zeros = [bytes(32) if self.node in (None, node) else leaf for node, leaf in enumerate(right.levels[0])]
        return Tree(TreeKind.TRACE, zeros)


class Hollower(Hollow):
    """One whose whole trace is zeros."""

    node = None


def padded(leaves: Words) -> Words:
    """A lane beyond the row's end that is not zero."""
    return [[*leaf[:-1], leaf[-1] | 1] for leaf in leaves]


FORGERIES: Mapping[str, Forge] = {
    "padding that is not zero": words(padded),
    "repeated leaves": words(lambda leaves: [leaves[0]] * len(leaves)),
    "leaves out of order": words(lambda leaves: leaves[::-1]),
    "a tree too long": words(lambda leaves: [*leaves, leaves[-1]]),
    "a tree too short": words(lambda leaves: leaves[:-1]),
    "a tree of one leaf": words(lambda leaves: leaves[:1]),
    "a tree much too long": words(lambda leaves: leaves * 5),
    "leaves too long": words(lambda leaves: [[*leaf, 0] for leaf in leaves]),
    "a tensor as a state": kinds(PRODUCT, TreeKind.CHECKPOINT),
    "a state as a tensor": kinds(PROGRAM.pack, TreeKind.TENSOR),
    "a state of other tensors": packs(lambda leaves: [leaves[0], *leaves[:0:-1]]),
    "a state of the same tensor": packs(lambda leaves: [leaves[0]] * len(leaves)),
    "a state of fewer tensors": packs(lambda leaves: leaves[:-1]),
    "a state of more tensors": packs(lambda leaves: [*leaves, leaves[0]]),
    "a zero hash": Hollow,
    "a trace of zero hashes": Hollower,
}


class Forger(HostileVerifier):
    """Defends a forged report by the book, as long as it can.

    Attributes:
        refusals: why a move was refused.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.refusals: list[str] = []

    def answer(self, task: int, dispute: int) -> Move | None:
        """What it shows."""
        return defence(self.report_of(task), self.client.game(dispute).position)

    def defend(self, task: int) -> str | None:
        if not self._hostile(task):
            return super().defend(task)
        for challenge in self.client.challenges(task):
            due = self.client.due(challenge.number, self.address)
            if ActionKind.OPEN_SECRET in due:
                return super().defend(task)
            move = self.answer(task, challenge.number) if ActionKind.SHOW in due else None
            if move is None:
                continue
            try:
                self.client.play(self.account, challenge.number, move)
            except CallRefused as refused:
                self.refusals.append(str(refused))
                continue
            return move.method
        return None


class Fainthearted(Forger):
    """Shows so many times what it is asked for, and then no more."""

    def __init__(self, *arguments: Any, shows: int, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._shows = shows

    def answer(self, task: int, dispute: int) -> Move | None:
        shown = len([e for e in self.client.history(dispute) if e.name in ("ChildrenShown", "LeafShown")])
        return super().answer(task, dispute) if shown < self._shows else None


class Swindler(Forger):
    """Shows children that are the honest ones, not those that it has committed to."""

    def answer(self, task: int, dispute: int) -> Move | None:
        data = self.data(task)
        right = Report(data.program, data.segments(self.client.samples(task)))
        return defence(right, self.client.game(dispute).position)


# Time


class LatePort:
    """A port whose user sends each thing in the last second in which it counts."""

    def __init__(self, world: World, client: Any) -> None:
        self._world, self._client = world, client
        self.stalled = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world.port, name)

    def send(self, sender: Any, contract: str, method: str, *arguments: Any) -> Any:
        last = self._last_second(contract, method, arguments)
        if last is not None and last > self._world.port.now():
            self._world.warp_to(last)
            self.stalled += 1
        return self._world.port.send(sender, contract, method, *arguments)

    def _last_second(self, contract: str, method: str, arguments: Sequence[Any]) -> int | None:
        client = self._client
        match method:
            case "accept_assignment" | "report":
                return int(client.round(arguments[0]).deadline)
            case "open_secret":
                return int(client.report(client.round(arguments[0]).report).secret_end)
            case "commit_challenge":
                return int(client.report(arguments[0]).commit_end)
            case "reveal_challenge":
                return int(client.report(client.challenge(arguments[0]).report).reveal_end)
            case "descend" | "show_children" | "show_leaf":
                return int(client.game(arguments[0]).deadline)
        return int(client.game(arguments[0]).deadline) if contract.endswith("Judge") else None


# Thieves


class Copycat(Role):
    """Copies every challenge that it sees, and what opens it, which it reads in the mempool."""

    def __init__(self, *arguments: Any, victim: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._victim = victim
        self.refusals: list[str] = []

    def step(self, task: int) -> str | None:
        challenges = self.client.challenges(task)
        theirs = [c for c in challenges if c.challenger == self._victim.address]
        mine = [c for c in challenges if c.challenger == self.address]
        if theirs and not mine:
            self.stake_for(self.client.parameters.challenge_bond)
            return self.send("Arbitration", "commit_challenge", theirs[0].report, theirs[0].sealed)
        revealed = [c for c in theirs if c.phase is ChallengePhase.REVEALED]
        if revealed and not self.refusals:
            salt = self._victim.journal("salts").secret(f"{revealed[0].report}-salt")
            try:
                return self.send("Arbitration", "reveal_challenge", mine[0].number, salt, revealed[0].sealed)
            except CallRefused as refused:
                self.refusals.append(str(refused))
        return None
