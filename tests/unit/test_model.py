"""The model of a dispute, and a slice of its exploration: `make explore` does all of it. Promises 1 to 6 and 8."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from tests.explore.broken import BROKEN
from tests.explore.deployed import BUDGET
from tests.explore.edits import Edit, edited
from tests.explore.mutants import MUTANTS, Mutant
from tests.explore.plan import FEW_TURNS, trials
from tests.explore.record import Record
from tests.explore.replay import Cover, Replay
from tests.explore.search import Search
from tests.explore.sizes import ALL, Size, binary, faults, large, small
from tests.explore.work import chain_of, do, find_broken, pieces, sources
from tests.model.clock import Clock, Side
from tests.model.game import Dispute
from tests.model.law import Status
from tests.model.moves import Kind, Move, Reason, Refused
from tests.model.rules import Rules
from tests.model.state import Content, Phase, Stage, State
from tests.model.tree import Tree

BOND = Rules().bond
SLICE = 4
"""One in so many of the sizes that take seconds."""
WITH_CONTRACTS = pytest.mark.xdist_group("explored contracts")
"""They are compiled and deployed once."""
UNSENT = (Kind.TICK, Kind.SWEEP, Kind.RESOLVE)
"""What is not in the alphabet: nobody is refused these."""


def after(dispute: Dispute, *moves: Move, challengers: int = 1) -> State:
    """The state after some moves."""
    state = dispute.start(*[BOND] * challengers)
    for move in moves:
        state = dispute.apply(state, move)
    return state


def ticks(count: int) -> list[Move]:
    """Time."""
    return [Move(Kind.TICK)] * count


def to_games(*whos: int) -> list[Move]:
    """Commitments, reveals and the secret, up to the first tick of the games."""
    commits = [Move(Kind.COMMIT, who, Content.RIGHT) for who in whos]
    reveals = [Move(Kind.REVEAL, who) for who in whos]
    return [*commits, *ticks(2), *reveals, *ticks(1), Move(Kind.SECRET), *ticks(1)]


# The parts


def test_a_tree_knows_what_is_below() -> None:
    tree = binary(2, 1)
    assert tree.below[0] == {1, 2, 3, 4, 5, 6}
    assert tree.below[1] == {3, 4} and tree.below[3] == set()
    assert tree.provable[1] == {3, 4} and tree.provable[4] == {4}
    assert list(tree.leaves) == [3, 4, 5, 6] and tree.faulty == {4} and tree.first_wrong == 4
    assert [tree.towards(claim, 4) for claim in (0, 1)] == [4, 4]
    assert binary(3, 5).towards(0, 12) == 5


def test_what_has_no_preimage_has_nothing_below() -> None:
    tree = binary(2, 3, hidden=[1])
    assert tree.below[0] == {1, 2, 5, 6} and tree.below[1] == set()
    assert tree.provable[0] == {5, 6}
    assert tree.first_wrong == 1 and not tree.right


def test_claims_with_the_same_future_are_alike() -> None:
    assert binary(2, 1).alike == (0, 1, 2, 3, 4, 3, 3)
    assert binary(2).alike == (0, 1, 1, 3, 3, 3, 3)


@pytest.mark.parametrize(("depth", "count"), [(0, 2), (1, 3), (2, 6), (3, 21)])
def test_faults_up_to_the_order_of_children(depth: int, count: int) -> None:
    assert len({binary(depth, *wrong).faulty for wrong in faults(depth)}) == count


def test_a_clock_charges_its_mover() -> None:
    clock = Clock(Side.DEFENDER, 5, 3, 10)
    assert (clock.deadline(2), clock.deadline(4)) == (13, 14)
    assert clock.press(12) == Clock(Side.CHALLENGER, 5, 1, 12)
    assert clock.press(12).press(20) == Clock(Side.DEFENDER, 0, 1, 20)


# Single games


def test_a_fault_that_is_proved_convicts() -> None:
    dispute = Dispute(Rules(), binary(1, 1))
    state = after(dispute, *to_games(0), Move(Kind.PROVE_FOR, 0, 2))
    assert state.stage is Stage.FELL
    [c] = state.challengers
    assert (c.phase, c.stake, c.bonded, c.credit) == (Phase.WON, 10, 0, 4)
    assert (state.money.pot, state.money.burnt, state.money.verifier_locked) == (46, 51, 0)


def test_two_right_reports_share_half() -> None:
    dispute = Dispute(Rules(), binary(1, 1))
    end = [Move(Kind.RESOLVE, 0, Content.RIGHT), Move(Kind.OPEN, 0), Move(Kind.OPEN, 1), *ticks(2)]
    verdict = [Move(Kind.PROVE, 0, 2), Move(Kind.CLOSE, 1)]
    state = after(dispute, *to_games(0, 1), *verdict, *end, Move(Kind.CLOSE_BOUNTY), challengers=2)
    assert (state.total, state.each, state.money.pot) == (46, 11, 22)


def test_a_right_leaf_loses_the_challenge() -> None:
    dispute = Dispute(Rules(), binary(1, 1))
    with pytest.raises(Refused) as refused:
        after(dispute, *to_games(0), Move(Kind.PROVE_FOR, 0, 1))
    assert refused.value.args == (Reason.NO_FAULT,)
    state = after(dispute, *to_games(0), Move(Kind.PROVE, 0, 1))
    assert (state.challengers[0].phase, state.money.verifier, state.money.treasury) == (Phase.LOST, 4, 6)


def test_who_is_late_first_has_lost() -> None:
    """Each second belongs to one side; at the absolute end the challenger has lost."""
    early = Dispute(Rules(turns=1, budget=1), binary(1))
    silent = after(early, *to_games(0), *ticks(1))
    assert early.status(silent, 0) is Status.DEFENDER_LATE
    shown = after(early, *to_games(0), Move(Kind.SHOW), Move(Kind.DESCEND, 0, 1), Move(Kind.SHOW), *ticks(2))
    assert early.status(shown, 0) is Status.CHALLENGER_LATE
    both = after(early, *to_games(0), Move(Kind.SHOW), *ticks(1), Move(Kind.DESCEND, 0, 1), *ticks(2))
    assert both.challengers[0].clock.deadline(1) == early.games_end == both.now - 1
    assert early.status(both, 0) is Status.DEFENDER_LATE


# All games


@cache
def explored(size: Size) -> Search:
    """A size, explored to the end."""
    search = size.search()
    search.run()
    return search


@pytest.mark.parametrize("size", small()[::SLICE], ids=str)
def test_nothing_is_violated(size: Size) -> None:
    found = explored(size).found
    assert found.traces == []
    assert found.violations.total() == 0 and found.sequences > found.terminal > 0


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_rule_taken_out_is_found(mutant: Mutant) -> None:
    found = mutant.size.search().run(stop=True)
    assert mutant.breaks in found.violations
    assert found.traces and found.traces[0][1]


@pytest.mark.parametrize(
    "size", [Size("all contents", 1, binary(1, 1), contents=ALL), Size("two", 2, binary(1, 0))], ids=str
)
def test_moves_are_what_the_alphabet_allows(size: Size) -> None:
    """Nothing that counts is left out, and what does not count changes nothing."""
    search = explored(size)
    dispute = search.dispute
    for state in search.order:
        sent = {move for move in dispute.moves(state) if move.kind not in UNSENT}
        assert sent == {move for move in dispute.alphabet(state) if not dispute.refusals(state, move)}


def test_sequences_are_counted_exactly() -> None:
    """Against a count without memory and without representatives."""
    dispute = Dispute(Rules(turns=1), binary(0, 0))

    def count(state: State) -> int:
        return sum(count(dispute.effect(state, move)) for move in dispute.moves(state)) or 1

    start = dispute.start(BOND)
    search = Search(dispute, start)
    assert search.run().sequences == count(start) > 300


@pytest.mark.parametrize("wrong", [(), (0,), (0, 3)])
def test_representatives_lose_no_sequence(wrong: tuple[int, ...]) -> None:
    dispute = Dispute(Rules(budget=1, turns=1), binary(1 if wrong != (0, 3) else 2, *wrong))
    start = dispute.start(BOND, BOND)
    least, some, most = (
        Search(dispute, start, alike=alike, fixed=fixed).run() for alike, fixed in ((True, 0), (False, 0), (False, 2))
    )
    assert least.states <= some.states < most.states
    assert least.sequences == some.sequences == most.sequences
    assert least.longest == some.longest == most.longest


def test_a_dispute_takes_no_longer_for_more_challengers() -> None:
    """Promise 6."""
    last = {count: max(s.now for s in explored(Size("", count, binary(1, 0))).order) for count in (1, 2)}
    assert last[1] == last[2] == Rules().games_end + 1


def test_a_cycle_is_an_error() -> None:
    class Restless(Dispute):
        def effect(self, state: State, move: Move) -> State:
            state = super().effect(state, move)
            return state._replace(now=0) if state.now == 2 and state.stage is Stage.STANDS else state

    dispute = Restless(Rules(), Tree(2, 0))
    with pytest.raises(ValueError, match="no cycle"):
        Search(dispute, dispute.start(BOND)).run()


# The contracts


@WITH_CONTRACTS
@pytest.mark.parametrize(
    "size",
    [("one", 1, binary(1, 1)), ("two", 2, binary(0, 0)), ("no preimage", 1, binary(2, 1, hidden=[2]))],
    ids=lambda size: str(size[0]),
)
def test_the_contracts_agree(size: tuple[str, int, Tree]) -> None:
    """Every move of every state, and everything that is refused, with all accounts after each."""
    chain = chain_of(FEW_TURNS, BUDGET)
    played = Size(*size, chain.rules)
    with chain.port.undone():
        found = Replay(chain, played).run()
    assert found.disagreements == []
    assert found.moves == played.search(alike=False).run().transitions > 300
    assert found.refused > 2_000 and len(found.kinds) > 12


@WITH_CONTRACTS
def test_less_is_sent_where_states_are_alike() -> None:
    """As many moves as the search counts, and each refusal of a challenge once."""
    chain = chain_of(FEW_TURNS, BUDGET)
    size = Size("two", 2, binary(0, 0), chain.rules)
    with chain.port.undone():
        once = Replay(chain, size, Cover.ONCE).run()
    tree = Size("one", 1, binary(2, 1), chain.rules)
    with chain.port.undone():
        alike = Replay(chain, tree, Cover.ALIKE).run()
    assert once.disagreements == alike.disagreements == []
    assert once.moves == size.search().run().transitions and 1_000 < once.refused < 10_000
    assert alike.moves == tree.search().run().transitions < tree.search(alike=False).run().transitions


@WITH_CONTRACTS
def test_random_sequences_end() -> None:
    chain = chain_of(FEW_TURNS, BUDGET)
    with chain.port.undone():
        found = Replay(chain, Size("three", 3, binary(3, 5), chain.rules)).walks(20)
    assert found.disagreements == []
    assert 10 * 20 < found.moves < 60 * 20 and 20 < found.states < found.moves
    assert {"REVEAL", "SECRET", "SHOW", "SETTLE"} <= set(found.kinds)


@WITH_CONTRACTS
@pytest.mark.parametrize("name", ["aliases cost nothing", "children without a hash"])
def test_broken_contracts_disagree(name: str) -> None:
    row = find_broken(next(broken for broken in BROKEN if broken.name == name))
    assert row["found"] and row["disagreement"] and not row["wrong"]


def test_what_is_edited_has_to_be_there() -> None:
    with pytest.raises(ValueError, match=r"once in Staking\.vy, got it 0 times"), edited(Edit("Staking.vy", "§", "")):
        pass


# The record


def test_a_killed_run_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found from the same sources is kept, and what was not is done anew."""
    path, wanted = tmp_path / "explore.json", [("model", "a size"), ("model", "another"), ("broken", "a rule")]
    row = {"states": 3, "transitions": 5, "sequences": 2, "violations": 0, "seconds": 60.0, "wrong": []}
    Record(path, wanted).add(wanted[0], row)
    Record(path, wanted).add(wanted[2], {"found": False, "seconds": 6.0, "wrong": ["missed"]})
    again = Record(path, wanted)
    assert again.missing == [wanted[1]] and again.wrong == ["broken, a rule: missed"]
    written = json.loads(path.read_text())
    assert (written["states"], written["sequences"], written["violations"]) == (3, 2, 0)
    assert written["cpu_minutes"] == 1.1 and not written["complete"] and "minutes" in written
    again.add(wanted[1], row)
    assert json.loads(path.read_text())["complete"]
    monkeypatch.setattr("tests.explore.record.sources", lambda part: "others" if part == "model" else sources(part))
    assert Record(path, wanted).missing == wanted[:2]


def test_every_piece_has_a_name_of_its_own() -> None:
    found = pieces(False)
    assert {part for part, _ in found} == {"model", "mutants", "replay", "broken"}
    assert len(found) == len([*small(), *large()]) + len(MUTANTS) + len(BROKEN) + len(list(trials()))
    assert do(("model", str(small()[0])))["violations"] == 0
