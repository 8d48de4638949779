"""A few games of the campaign, with small tasks: each outcome is among them, and a wrong verdict is noticed."""

from collections import Counter

import pytest

from pinpoint.chain.client import ChallengePhase
from pinpoint.chain.port import CallRefused
from pinpoint.commitment.tree import keccak
from tests.campaigns.court import Assizes
from tests.campaigns.game import play
from tests.giant import SMALL, Sizes
from tests.giant_report import MALFORMED, WRONG_LANE, WRONG_PACK, WRONG_POSTED

GAMES = 120


@pytest.fixture(scope="module")
def court() -> Assizes:
    odd = Sizes(nodes=131, side=43, state=75, rows=50, cols=33, segments=4, interval=3, samples=2)
    return Assizes((SMALL, odd))


def test_the_liar_loses(court):
    outcomes = [play(court, f"test/{number}") for number in range(GAMES)]
    assert [outcome for outcome in outcomes if outcome.wrong] == []
    assert {outcome.what for outcome in outcomes} == {"right", WRONG_LANE, WRONG_PACK, WRONG_POSTED, *MALFORMED}
    assert {outcome.mode for outcome in outcomes} == {"direct", "interactive", "jumping", "lying"}
    ends = Counter(outcome.end for outcome in outcomes)
    assert set(ends) == {
        "time_out",
        "prove_word_fault",
        "prove_lane_fault",
        "prove_moved_fault",
        "prove_input_fault",
        "prove_distance_fault",
        "prove_malformed",
    }, ends
    assert sum(outcome.refused for outcome in outcomes) > GAMES // 2


def test_a_game_is_that_of_its_seed(court):
    first, _, again = (play(court, seed) for seed in ("test/5", "test/6", "test/5"))
    assert (first.log, first.lie, first.end) == (again.log, again.lie, again.end)


@pytest.mark.parametrize("convicted", [False, True])
def test_a_wrong_verdict_is_noticed(court, monkeypatch, convicted):
    """As if the contract had decided otherwise."""
    outcomes = (play(court, f"test/{number}") for number in range(GAMES))
    seed = next(outcome.seed for outcome in outcomes if outcome.convicted is convicted)
    shown = court.phase

    def turned(dispute):
        found = shown(dispute)
        other = {ChallengePhase.WON: ChallengePhase.LOST, ChallengePhase.LOST: ChallengePhase.WON}
        return other.get(found, found)

    monkeypatch.setattr(court, "phase", turned)
    assert "WrongVerdict" in play(court, seed).wrong


def test_the_port_undoes_and_refuses(court):
    port, solver = court.port, court.users["solver"]
    before = (port.now(), port.height(), len(port.log), court.wealth(solver))
    with port.undone():
        receipt = court.send("solver", "Staking", "unbond", 5)
        assert receipt.event("Unbonded").fields["amount"] == 5
        assert court.wealth(solver) == before[3] - 5
    assert (port.now(), port.height(), len(port.log), court.wealth(solver)) == before
    with pytest.raises(CallRefused, match=r"^staking: stake$"):
        court.send("solver", "Staking", "unbond", 2**95)
    with pytest.raises(CallRefused, match=r"^verification: phase$"):
        court.send("stranger", "Verification", "open_secret", court.trials[0].task, keccak(b""))
