"""The judges: trees and leaves of the wrong size, and hashes of nothing. Promise 4; rule 13."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from pinpoint.chain.client import ChallengePhase
from pinpoint.chain.port import CallRefused
from pinpoint.commitment.tree import Tree, TreeKind
from pinpoint.replay.report import Report
from tests.games import Forged, Game
from tests.unit.contracts.judge.court import (
    ADD,
    DISTANCE,
    JOB,
    MATMUL,
    PACK,
    convicts,
    fewer,
    longer,
    more,
    shorter,
)
from tests.unit.contracts.steps import some_hash

PLACES, CHANGES = ((0, ADD), (1, MATMUL), (DISTANCE, 3)), (longer, shorter, more, fewer)
SIZED = [(place, change) for place in PLACES for change in CHANGES]


# The leaves of that MATMUL are of one word: there is no shorter one.
@pytest.mark.parametrize(("place", "change"), [pair for pair in SIZED if pair != ((1, MATMUL), shorter)])
def test_wrong_sizes_are_proved(
    game: Game, honest: Report, place: tuple[int, int], change: Callable[[list[list[int]]], list[list[int]]]
) -> None:
    report = Forged(JOB.program, game.segments, words={(1, *place): change})
    assert convicts(game, honest, report) == "prove_malformed"


@pytest.mark.parametrize("change", [longer, shorter, more, fewer])
def test_wrong_sizes_are_proved_in_a_game(
    game: Game, honest: Report, change: Callable[[list[list[int]]], list[list[int]]]
) -> None:
    report = Forged(JOB.program, game.segments, words={(0, 1, ADD): change})
    dispute = game.start(report, honest.digest)
    game.play_out(dispute, honest, report)
    assert game.phase(dispute) is ChallengePhase.WON


@pytest.mark.parametrize("node", [ADD, PACK], ids=["ADD", "PACK"])
def test_another_kind_of_tree_is_proved(game: Game, honest: Report, node: int) -> None:
    kind = TreeKind.TENSOR if node == PACK else TreeKind.CHECKPOINT
    report = Forged(JOB.program, game.segments, kinds={(1, 1, node): kind})
    with game.world.undone():
        assert convicts(game, honest, report) == "prove_malformed"
    dispute = game.start(report, honest.digest)
    game.play_out(dispute, honest, report)
    assert game.phase(dispute) is ChallengePhase.WON


@pytest.mark.parametrize("size", [1, 3])
def test_a_packed_state_of_another_size_is_proved(game: Game, honest: Report, size: int) -> None:
    def resize(leaves: list[bytes]) -> list[bytes]:
        return [*leaves, leaves[0]][:size]

    report = Forged(JOB.program, game.segments, packs={(1, 0): resize})
    with game.world.undone():
        assert convicts(game, honest, report) == "prove_malformed"
    dispute = game.start(report, honest.digest)
    game.play_out(dispute, honest, report)
    assert game.phase(dispute) is ChallengePhase.WON


def test_a_hash_that_nobody_can_open_is_silence(game: Game, honest: Report) -> None:
    """The verifier cannot show what is below a made-up root, and loses on time (docs/dispute.md)."""

    def repack(leaves: list[bytes]) -> list[bytes]:
        return [some_hash("nothing"), leaves[1]]

    class Hollow(Forged):
        def _trace(self, sample: int, step: int, leaves: Sequence[bytes]) -> Tree:
            leaves = list(super()._trace(sample, step, leaves).levels[0])
            if (sample, step) == (1, 1):
                leaves[ADD] = some_hash("nothing")
            return Tree(TreeKind.TRACE, leaves)

    report = Hollow(JOB.program, game.segments)
    dispute = game.start(report, honest.digest)
    with pytest.raises(CallRefused, match="descent: children"):
        game.play_out(dispute, honest, report)
    game.at(game.client.game(dispute).deadline + 1)
    game.world.send("stranger", "Arbitration", "time_out", dispute)
    assert game.phase(dispute) is ChallengePhase.WON


