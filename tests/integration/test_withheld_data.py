"""Data that cannot be downloaded: they are asked for on chain, and whoever owes them posts them or loses.

Attacks A6 and A24, promises 3 and 4; all money to the unit.
"""

from __future__ import annotations

from collections import Counter

import pytest

from pinpoint.chain.client import ChallengePhase, Ending, TaskPhase, VerificationPhase
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.reporter import Reporter
from pinpoint.roles.solver import Solver
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower
from tests.integration.books import CHUNK_FEE, RATES, RICH, Bill, Books, plus
from tests.integration.parties import HostileVerifier, flip, muted
from tests.integration.table import drawn, ending, moves_of, phases, play_until, refused, verifiers
from tests.play import Play

pytestmark = pytest.mark.usefixtures("quickly")

BILL = Bill.at(RICH)
ROUNDS = RATES["max_rounds"] + 1
LIE = flip(1, 1, 12)


@pytest.fixture
def play(play: Play) -> Play:
    """With who takes the exits."""
    play.join(Keeper, "stranger")
    return play


def hide(play: Play, task: int) -> None:
    """Take proof and checkpoints away from where everybody looks; the solver keeps its own."""
    proof = play.client.task(task).proof_root
    for of in (proof, *play.artifacts.proof(proof)):
        (play.folder / "artifacts" / f"{of.hex()}.bin").unlink(missing_ok=True)


def to_hidden(play: Play) -> int:
    """The standard task, proved by a solver that serves nothing."""
    task = play.submit(price=RICH)
    play.run(task, until=TaskPhase.PROVED)
    hide(play, task)
    return task


def fees(play: Play) -> Counter[str]:
    """What everybody has paid for chunks. In rounds after the first the solver bears half of it."""
    paid: Counter[str] = Counter()
    for event in play.world.port.events("Availability", "ChunkAsked"):
        fee = CHUNK_FEE if event.fields["round"] == 0 else (CHUNK_FEE + 1) // 2
        assert event.fields["fee"] == fee
        paid[play.world.name_of(event.fields["asker"])] -= fee
    return paid


# The solver answers


@pytest.mark.parametrize("askers", [("verifier",), ("whistleblower", "verifier"), ("verifier", "whistleblower")])
def test_what_is_asked_for_is_posted(play: Play, books: Books, askers: tuple[str, ...]) -> None:
    """Promise 3: the honest of all sides come to the same report as if the data had been there; who asked has paid
    for the posting, each for its own chunks, and no chunk twice (attack A24)."""
    play.join(Solver, "solver")
    for asker in askers:
        if asker == "verifier":
            verifiers(play)
        else:
            play.join(Whistleblower, asker)
    task = to_hidden(play)
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    verifier, paid = drawn(play, task), fees(play)
    assert set(paid) == {verifier, *(set(askers) - {"verifier"})}
    asked = play.world.port.events("Availability", "ChunkAsked")
    assert len({bytes(event.fields["key"]) for event in asked}) == len(asked) == moves_of(play, "solver").count("post")
    books.check(task, plus(BILL.accepted("solver", verifier), paid, {"solver": -paid.total()}))


def test_a_colluding_verifier_is_not_the_only_one_with_the_data(play: Play, books: Books) -> None:
    """Attack A6, promise 4: the solver serves the lying verifier alone. A whistleblower asks, replays and convicts."""
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE)
    task = play.submit(price=RICH)
    play.run(task, until=TaskPhase.PROVED)
    play_until(play, task, lambda: play.client.round(task).phase is VerificationPhase.ASSIGNED)
    liar = play.role(Verifier, drawn(play, task))
    liar.report_of(task)  # What it has read, it keeps.
    hide(play, task)
    play.join(Whistleblower, "whistleblower")
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    assert phases(play, task) == [ChallengePhase.WON]
    assert "ask" not in moves_of(play, drawn(play, task, 0))
    paid = fees(play)
    assert set(paid) == {"whistleblower"}
    gains = plus(
        BILL.accepted("solver", drawn(play, task, 1)),
        {drawn(play, task, 0): -BILL.verifier_deposit, "whistleblower": BILL.bounty, "solver": -paid.total()},
        paid,
    )
    books.check(task, gains, burnt=BILL.verifier_deposit - BILL.bounty)


def test_data_come_in_the_open_round_too(play: Play, books: Books) -> None:
    """After four silent verifiers, whoever reports asks, at half the price: the solver bears the rest."""
    play.join(Solver, "solver")
    silent = ("accept_assignment", "ask", "commit_report")
    verifiers(play, HostileVerifier, silent=silent, rounds=range(ROUNDS + 1))
    task = to_hidden(play)
    play.join(Reporter, "other_solver")
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED
    paid = fees(play)
    assert set(paid) == {"other_solver"}
    assert {e.fields["round"] for e in play.world.port.events("Availability", "ChunkAsked")} == {ROUNDS}
    gains = plus(
        BILL.accepted("solver"),
        BILL.reported(False, "other_solver"),
        paid,
        {"solver": -paid.total()},
        *[{drawn(play, task, round_): -BILL.verifier_deposit} for round_ in range(ROUNDS)],
    )
    books.check(task, gains, burnt=ROUNDS * BILL.verifier_deposit)


# The solver does not


@pytest.mark.parametrize(
    "answered",
    [pytest.param(0, id="nothing", marks=pytest.mark.ending("Data withheld")), pytest.param(3, id="some")],
)
def test_what_is_withheld_costs_the_deposit(play: Play, books: Books, answered: int) -> None:
    """Attacks A6, A24: nothing posted, or not all of it, and the solver loses as by a report that failed. Verifier and
    askers have everything back but what was paid for chunks that came."""
    play.join(muted(Solver, "post"), "solver")
    verifiers(play)
    play.join(Whistleblower, "whistleblower")
    task = to_hidden(play)
    play_until(play, task, lambda: len(fees(play)) == 2)
    while [player for player in play.players if player.step(task) is not None]:
        pass
    honest = play.role(Solver, "solver")
    assert [honest.step(task) for _ in range(answered)] == ["post"] * answered
    play.run(task)
    assert ending(play, task) is Ending.DATA_WITHHELD
    assert play.client.challenges(task) == []
    came = [e.fields["key"] for e in play.world.port.events("Availability", "ChunkPosted")]
    asked = {e.fields["key"]: e.fields["asker"] for e in play.world.port.events("Availability", "ChunkAsked")}
    paid = Counter({play.world.name_of(asked[key]): 0 for key in came})
    for key in came:
        paid[play.world.name_of(asked[key])] -= CHUNK_FEE
    rejected = BILL.rejected("solver", drawn(play, task))
    books.check(task, plus(rejected, paid, {"solver": -paid.total()}), burnt=-rejected.total())


def test_what_is_withheld_in_the_open_round(play: Play, books: Books) -> None:
    """No verifier is there to be paid, so that its share is burnt, too; who had sealed a report has its deposit."""
    play.join(muted(Solver, "post"), "solver")
    verifiers(play, HostileVerifier, silent=("accept_assignment", "commit_report"), rounds=range(ROUNDS + 1))
    task = play.submit(price=RICH)
    play.run(task, until=TaskPhase.PROVED)
    play_until(play, task, lambda: play.client.round(task).phase is VerificationPhase.OPEN)
    early = play.join(Reporter, "other_solver")
    assert early.step(task) == "commit_report"
    hide(play, task)
    play.join(Whistleblower, "whistleblower")
    play.run(task)
    assert ending(play, task) is Ending.DATA_WITHHELD
    gains = plus(
        BILL.rejected("solver"), *[{drawn(play, task, round_): -BILL.verifier_deposit} for round_ in range(ROUNDS)]
    )
    assert fees(play)["whistleblower"] < 0, "nobody asked"
    books.check(task, gains, burnt=-gains.total())


def test_the_last_second_of_posting(play: Play, books: Books) -> None:
    """Attack A24: a solver that posts at the last second has posted; the verifier's time starts then (rule 5)."""
    play.join(muted(Solver, "post"), "solver")
    verifiers(play)
    task = to_hidden(play)
    play_until(play, task, lambda: play.world.port.now() > play.client.round(task).ask_end > 0)
    owed, end = play.world.view("Availability", "pending", task), play.client.post_end(task)
    # Posting takes a second each here; the last one counts in the last second.
    play.world.warp_to(end - owed + 1)
    honest = play.role(Solver, "solver")
    assert [honest.step(task) for _ in range(owed)] == ["post"] * owed
    assert play.world.port.now() == end + 1
    with refused("availability: posted"):
        play.world.send("stranger", "Availability", "time_out", task)
    now = play.client.round(task)
    assert now.deadline - end >= play.client.parameters.base_time
    play.run(task)
    assert ending(play, task) is Ending.ACCEPTED


# What cannot be asked for is refused before it costs a deposit


def test_data_that_cannot_be_asked_for_in_time_are_no_work(play: Play) -> None:
    """Promise 3: a verifier does not accept what it could not finish asking for."""
    play.join(Solver, "solver")
    task = to_hidden(play)
    play_until(play, task, lambda: play.client.round(task).phase is VerificationPhase.ASSIGNED)
    user = drawn(play, task)
    window = play.client.parameters.ask_window
    missing = len(play.role(Verifier, user).posted(task).missing(play.artifacts))
    assert missing > 1
    slow = play.role(Verifier, user, ask_seconds=window // missing + 1)
    quick = play.role(Verifier, user, ask_seconds=window // missing)
    with play.world.undone():
        assert quick.step(task) == "accept_assignment"
    assert slow.step(task) == "report_unavailable"


def test_data_that_cannot_be_paid_for_are_no_work(play: Play) -> None:
    """Promise 3: nor what it could not pay for, to the unit."""
    play.join(Solver, "solver")
    task = to_hidden(play)
    play_until(play, task, lambda: play.client.round(task).phase is VerificationPhase.ASSIGNED)
    user = drawn(play, task)
    verifier = play.role(Verifier, user)
    price = len(verifier.posted(task).missing(play.artifacts)) * CHUNK_FEE
    world = play.world
    world.send(user, "Token", "transfer", world["treasury"], world.view("Token", "balanceOf", world[user]))
    world.send(user, "Staking", "unbond", world.view("Staking", "stake", world[user]) - price)
    with world.undone():
        assert verifier.step(task) == "accept_assignment"
    world.send(user, "Staking", "unbond", 1)
    assert verifier.step(task) == "report_unavailable"
