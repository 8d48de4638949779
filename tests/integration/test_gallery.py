"""Each of the gallery's dishonest players against honest roles, through the contracts: what becomes of it.

Promises 3, 4 and 8; attacks and rules by number.
"""

from __future__ import annotations

from typing import Any

import pytest

from pinpoint.chain.client import ChallengePhase, Ending, VerificationPhase
from pinpoint.dispute.evidence import Case
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Move
from pinpoint.replay.report import Report
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower
from tests.games import innocent_moves
from tests.integration.books import BOND, COST, RICH, Bill, Books, plus
from tests.integration.gallery import (
    FORGERIES,
    LIES,
    Copycat,
    Fainthearted,
    Forger,
    Hollow,
    LatePort,
    Swindler,
)
from tests.integration.parties import HostileVerifier, HostileWhistleblower, Panel, flip
from tests.integration.processes import process
from tests.integration.table import (
    drawn,
    ending,
    moves_of,
    phases,
    play_until,
    refused,
    report_id,
    run,
    upheld,
    verifiers,
)
from tests.play import PROGRAM, Play
from tests.world import VERIFIERS

pytestmark = pytest.mark.usefixtures("quickly")

BILL = Bill.at(RICH)
LIE = flip(1, 1, 12)


@pytest.fixture
def play(play: Play) -> Play:
    """With who takes the exits, and an honest solver."""
    play.join(Keeper, "stranger")
    play.join(Solver, "solver")
    return play


def check_convicted(play: Play, books: Books, task: int, extra: dict[str, int] | None = None, burnt: int = 0) -> None:
    """The report fell to the whistleblower, whose root is right; the next verifier's stood; all to the unit."""
    assert ending(play, task) is Ending.ACCEPTED
    assert ChallengePhase.WON in phases(play, task)
    assert upheld(play, task) & 0xFFFF == 1
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit, "whistleblower": BILL.bounty},
        extra or {},
    )
    books.check(task, gains, burnt=BILL.verifier_deposit - BILL.bounty + burnt)


def decided_by(play: Play) -> list[str]:
    """What decided the games, in their order."""
    names = {1: "proof", 2: "time", 4: "conflict"}
    return [names[e.fields["reason"]] for e in play.world.port.events("Arbitration", "ChallengeDecided")]


# Verifiers that lie


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_lie_at_any_level(play: Play, books: Books, lie: Any) -> None:
    """From a whole report down to one bit of one lane: found, and proved (promise 4)."""
    verifiers(play, HostileVerifier, falsify=lie)
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert decided_by(play) == ["proof"]
    check_convicted(play, books, task)


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_tree(play: Play, books: Books, forge: Any) -> None:
    """Trees that no tensors stand for: of wrong length, kind, order or padding, of hashes without a preimage, of a
    state that is not what the trace computes (rules 1 and 13)."""
    verifiers(play, Forger, forge=forge)
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    # Below a hash of zeros nobody shows anything; a state of zeros is not the solver's, which is proved.
    assert decided_by(play) == ["time" if forge is Hollow else "proof"]
    check_convicted(play, books, task)


# Verifiers that do not play


@pytest.mark.parametrize("shows", range(4))
def test_who_withholds_children_loses(play: Play, books: Books, shows: int) -> None:
    """At whatever place in the game it falls silent."""
    verifiers(play, Fainthearted, falsify=LIE, shows=shows)
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert decided_by(play) == ["time"]
    moves = moves_of(play, drawn(play, task, 0))
    assert moves.count("show_children") + moves.count("show_leaf") == shows
    check_convicted(play, books, task)


def test_who_shows_what_it_did_not_commit_to_loses(play: Play, books: Books) -> None:
    """The honest children do not lead to a false claim: the move is refused, and the clock runs on."""
    panel = [play.role(Swindler, user, falsify=LIE) for user in VERIFIERS]
    play.players.append(Panel(panel))
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    liar = next(role for role in panel if play.world.name_of(role.address) == drawn(play, task, 0))
    assert set(liar.refusals) == {"descent: children"}
    assert decided_by(play) == ["time"]
    check_convicted(play, books, task)


# Players that stall


def check_bounded(play: Play, report: int, ended: int) -> None:
    """Promise 6: the games of a report are over within their window."""
    client = play.client
    task = client.challenge(1).task
    budget = client.parameters.budget(play.world.view("TaskRegistry", "segment_units", task))
    assert ended <= client.report(report).secret_end + client.parameters.game_window(budget)


def decision(play: Play, task: int) -> tuple[int, int]:
    """Let everybody act until the first game is decided; the report, and when that was."""
    over = (ChallengePhase.WON, ChallengePhase.LOST)
    play_until(play, task, lambda: bool(phases(play, task)) and phases(play, task)[0] in over)
    return play.client.challenge(1).report, play.world.port.now() - 1


def test_a_liar_that_stalls_loses_in_time(play: Play, books: Books) -> None:
    """Each of its moves comes in the last second in which it counts; the honest side always has a window (rule 5)."""
    port = LatePort(play.world, play.client)
    play.players.append(Panel([process(play, port, HostileVerifier, user, falsify=LIE) for user in VERIFIERS]))
    play.join(Whistleblower, "whistleblower")
    task = play.submit(price=RICH)
    report, ended = decision(play, task)
    assert port.stalled >= 5, "accepts, reports, opens, shows twice"
    check_bounded(play, report, ended)
    play.run(task)
    assert decided_by(play) == ["proof"]
    check_convicted(play, books, task)


def test_a_challenger_that_stalls_loses_in_time(play: Play, books: Books) -> None:
    """It has no move that wins, and every reply of the honest verifier is in time."""
    verifiers(play)
    port = LatePort(play.world, play.client)
    stalling = process(play, port, HostileWhistleblower, "whistleblower", mistake=LIE)
    play.players.append(stalling)
    task = play.submit(price=RICH)
    report, ended = decision(play, task)
    assert port.stalled >= 4, "commits, reveals, descends"
    check_bounded(play, report, ended)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.LOST]
    verifier = drawn(play, task)
    gains = plus(BILL.accepted("solver", verifier), {"whistleblower": -BOND, verifier: COST, "treasury": BOND - COST})
    books.check(task, gains)


def test_an_honest_pair_may_be_slow(play: Play, books: Books) -> None:
    """Promise 3: a move in the last second counts, for honest ones too, so that neither loses by being slow."""
    verifiers(play, HostileVerifier, falsify=LIE)
    port = LatePort(play.world, play.client)
    play.players.append(process(play, port, Whistleblower, "whistleblower"))
    task = run(play)
    assert port.stalled >= 4
    assert decided_by(play) == ["proof"]
    check_convicted(play, books, task)


# Thieves


def test_a_copied_challenge_opens_nothing(play: Play, books: Books) -> None:
    """Promise 8, rules 10 and 20: a commitment is bound to its sender; who copies it cannot reveal, and pays."""
    verifiers(play, HostileVerifier, falsify=LIE)
    victim = play.join(Whistleblower, "whistleblower")
    thief = play.join(Copycat, "other_whistleblower", victim=victim)
    task = run(play)
    assert thief.refusals == ["arbitration: commitment"]
    assert phases(play, task) == [ChallengePhase.WON, ChallengePhase.FORFEITED]
    check_convicted(play, books, task, {"other_whistleblower": -BOND}, burnt=BOND)


def to_game(play: Play, **options: Any) -> tuple[int, int]:
    """A task whose report an honest whistleblower has challenged, at the first second of the game; the dispute."""
    verifiers(play, HostileVerifier, falsify=LIE, **options)
    play.join(Whistleblower, "whistleblower")
    task = play.submit(price=RICH)
    live = VerificationPhase.REPORTED

    def begun() -> bool:
        now = play.client.round(task)
        return now.phase is live and play.world.port.now() > play.client.report(now.report).secret_end

    play_until(play, task, begun)
    (challenge,) = play.client.challenges(task)
    return task, challenge.number


def test_a_front_run_proof_pays_the_challenger(play: Play, books: Books) -> None:
    """Rule 10: somebody sends the winning proof first, as its own; the reward is the committed address's."""
    task, dispute = to_game(play)
    whistleblower = play.players[-1]
    move = whistleblower._next_move(task, whole(play, task), play.client.game(dispute).position)
    assert move.method.startswith("prove")
    play.client.play(play.world["other_whistleblower"], dispute, move)
    assert phases(play, task) == [ChallengePhase.WON]
    play.run(task)
    check_convicted(play, books, task)


def whole(play: Play, task: int) -> Whole:
    """The liar's report, as if it were public."""
    liar = play.role(HostileVerifier, drawn(play, task, 0), falsify=LIE)
    return Whole(liar.report_of(task))


def test_a_proof_of_another_task_proves_nothing(play: Play, books: Books) -> None:
    """Rule 14: the roots of one task's report are not those of another's."""
    task, dispute = to_game(play)
    other = play.submit("another", price=RICH, interval=6)
    whistleblower = play.players[-1]
    move = whistleblower._next_move(task, whole(play, task), play.client.game(dispute).position)
    keeper, solver = play.players[:2]
    honest = [play.role(Verifier, user) for user in VERIFIERS]
    mistaken = play.role(HostileWhistleblower, "other_whistleblower", mistake=flip(0, 0, 12))
    play.players[:] = [solver, Panel(honest), mistaken, keeper]
    play_until(play, other, lambda: bool(phases(play, other)) and game_is_on(play, other))
    (against,) = play.client.challenges(other)
    with refused("descent: path"):
        play.client.play(play.world["other_whistleblower"], against.number, move)
    assert phases(play, other) == [ChallengePhase.REVEALED]


def game_is_on(play: Play, task: int) -> bool:
    """Whether the first game of a task has begun."""
    report = play.client.challenges(task)[0].report
    return play.world.port.now() > play.client.report(report).secret_end


# Verifiers against themselves


def test_a_verifier_that_challenges_itself_loses(play: Play, books: Books) -> None:
    """Rule 9: an honest report, challenged by its own verifier to have the bond: some of it is gone."""
    verifiers(play)
    task = play.submit(price=RICH)
    play_until(play, task, lambda: bool(play.client.standing_reports(task)))
    verifier = drawn(play, task)
    play.join(HostileWhistleblower, verifier, mistake=LIE)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.LOST]
    books.check(task, plus(BILL.accepted("solver", verifier), {verifier: COST - BOND, "treasury": BOND - COST}))


def test_a_liar_that_convicts_itself_loses(play: Play, books: Books) -> None:
    """Rules 9 and 11, attack A12: a liar's own challenge, sealing its own report, gives it the cost of a conviction
    back, no more; a bounty that nobody has a right root for is burnt."""
    verifiers(play, HostileVerifier, falsify=LIE)
    task = play.submit(price=RICH)
    play_until(play, task, lambda: bool(play.client.standing_reports(task)))
    liar = drawn(play, task)
    play.join(HostileWhistleblower, liar, mistake=flip(1, 2, 12))
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.WON]
    gains = plus(BILL.accepted("solver", drawn(play, task, 1)), {liar: COST - BILL.verifier_deposit})
    books.check(task, gains, burnt=BILL.verifier_deposit - COST)


# Too late


def test_nothing_counts_after_the_verdict(play: Play, books: Books) -> None:
    """Rule 3: no challenge of a report that has fallen, no move, no second verdict, no second exit."""
    task, dispute = to_game(play)
    whistleblower, world = play.players[-1], play.world
    report = play.client.challenge(dispute).report
    move = whistleblower._next_move(task, whole(play, task), play.client.game(dispute).position)
    play.client.play(world["whistleblower"], dispute, move)
    for again in (move, Move("Arbitration", "show_children", (0, 0, [bytes(32)]))):
        with refused("arbitration: phase"):
            play.client.play(world["whistleblower"], dispute, again)
    with refused("arbitration: fallen"):
        world.send("other_whistleblower", "Arbitration", "commit_challenge", report, bytes([1]) * 32)
    for method, reason in (("time_out", "early"), ("close", "open")):
        with refused(f"arbitration: {reason}"):
            world.send("stranger", "Arbitration", method, dispute)
    before = len(world.port.log)
    world.send("stranger", "Arbitration", "sweep", [dispute, dispute])
    assert len(world.port.log) == before, "a decided game was swept"
    with refused("verification: caller"):
        world.send("whistleblower", "Verification", "overturn", report, world["whistleblower"])
    play.run(task)
    check_convicted(play, books, task)


def test_nothing_counts_after_an_acquittal(play: Play, books: Books) -> None:
    """Rule 3: a challenge that was lost is not played again, by proof or by clock."""
    verifiers(play)
    play.join(HostileWhistleblower, "whistleblower", mistake=LIE, plays=False)
    task = play.submit(price=RICH)
    play_until(play, task, lambda: bool(phases(play, task)) and game_is_on(play, task))
    world, verifier = play.world, drawn(play, task)
    data = play.players[-1].data(task)
    honest = Report(PROGRAM, data.segments(play.client.samples(task)))
    innocent = innocent_moves(Case(honest, data.trees, Whole(honest)), 0, 0, 0, 0, 0)["input"]
    with refused("arbitration: no fault"):
        play.client.play(world["stranger"], 1, innocent)
    play.client.play(world["whistleblower"], 1, innocent)
    assert phases(play, task) == [ChallengePhase.LOST]
    with refused("arbitration: phase"):
        play.client.play(world["whistleblower"], 1, innocent)
    for method, reason in (("time_out", "early"), ("close", "open")):
        with refused(f"arbitration: {reason}"):
            world.send("stranger", "Arbitration", method, 1)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    gains = plus(BILL.accepted("solver", verifier), {"whistleblower": -BOND, verifier: COST, "treasury": BOND - COST})
    books.check(task, gains)


def test_a_task_is_settled_once(play: Play, books: Books) -> None:
    """Rules 3 and 9: a second settlement, a second bounty, a second part of it are refused; the money is the same."""
    verifiers(play, HostileVerifier, falsify=LIE)
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    for method, of, reason in (
        ("settle", task, "verification: open"),
        ("close_prize", report_id(task), "settlement: closed"),
        ("collect", 1, "settlement: collected"),
    ):
        with refused(reason):
            play.world.send("stranger", "Settlement", method, of)
    check_convicted(play, books, task)
