"""Forced errors, played by the roles: every drawn verifier has to report a wrong replay, and ends well if it does.

Attacks A2 and A11, promises 3 and 4; all money to the unit.
"""

from __future__ import annotations

from collections.abc import Iterator

import boa
import pytest

from pinpoint.chain.client import FALLBACK, ChallengePhase, Ending, VerificationPhase
from pinpoint.replay.report import Report
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower
from tests.integration.books import COST, POOL, RICH, WAD, Bill, Books, plus, quick
from tests.integration.parties import HostileVerifier, flip
from tests.integration.processes import Mortal, join_mortals, new, port_of, submitted
from tests.integration.table import drawn, ending, moves_of, phases, play_until, refused, report_id, upheld, verifiers
from tests.play import Play
from tests.world import PARAMETERS, World

BILL = Bill.at(RICH)
"""Place of the first round's fallback."""
LIE = flip(1, 1, 12)
MOMENTS = 200
"""Each report has phases of its own."""


@pytest.fixture(scope="module")
def deployed() -> Iterator[World]:
    """A deployment in which all errors are forced but one in 10^18."""
    with boa.env.anchor():
        yield World(PARAMETERS.model_copy(update={"forced_rate": WAD - 1}))


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    """That deployment; whatever a test does to it is undone."""
    with deployed.undone(), quick(deployed):
        yield deployed


@pytest.fixture
def play(play: Play) -> Play:
    """After a task that nobody challenged, whose tax has filled the pool."""
    play.join(Keeper, "stranger")
    play.join(Solver, "solver")
    verifiers(play)
    run(play, "first")
    play.players[2:] = []
    play.moves.clear()
    return play


@pytest.fixture
def books(play: Play) -> Books:
    """The accounts after that task."""
    return Books(play.world)


class Heedless(HostileVerifier):
    """One that reports the right replay where its error is forced; its fallback is what it lies about, if anything."""

    def _wrong_report(self, task: int, secret: bytes) -> Report:
        if not self._hostile(task):
            return super()._wrong_report(task, secret)
        return Verifier.report_of(self, task)


def run(play: Play, name: str = "task") -> int:
    """The standard tiny task, to its end."""
    task = play.submit(name, price=RICH)
    play.run(task, moments=MOMENTS)
    return task


def jackpots(play: Play, task: int) -> dict[int, int]:
    """What was set aside for each forced report of a task."""
    found = [e.fields for e in play.world.port.events("Settlement", "JackpotSet")]
    return {fields["report"]: fields["amount"] for fields in found if fields["task"] == task}


def slashed(play: Play) -> list[int]:
    """The reports whose verifiers were slashed."""
    return [e.fields["report"] for e in play.world.port.events("Settlement", "VerifierSlashed")]


def share(count: int) -> int:
    """What the verifier and each of so many right challenges of the first forced report after the first task have: the
    pool is what that task's tax has brought, and the cap of a third is the lower one."""
    return (BILL.pooled // 3 >> count) // (count + 1)


def test_the_pool_was_filled(play: Play, books: Books) -> None:
    """The first forced report finds the pool empty."""
    assert jackpots(play, 1) == {report_id(1): 0}
    assert books.before[POOL] == BILL.pooled > 0


@pytest.mark.parametrize(
    "users",
    [
        pytest.param((), id="nobody"),
        pytest.param(("whistleblower",), id="one", marks=pytest.mark.ending("Forced error")),
        pytest.param(("whistleblower", "other_whistleblower"), id="two", marks=pytest.mark.ending("Forced error")),
    ],
)
def test_a_forced_error_pays_whoever_looks(play: Play, books: Books, users: tuple[str, ...]) -> None:
    """The right challenges share a jackpot, halved for each further one (A21), and a third of the pool at most (A11);
    the verifier has its fee for the fallback, and a share like theirs: an alias would cost it."""
    verifiers(play)
    for user in users:
        play.join(Whistleblower, user)
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert upheld(play, task) == report_id(task, FALLBACK)
    assert jackpots(play, task) == {report_id(task): BILL.pooled // 3}
    assert phases(play, task) == [ChallengePhase.CLOSED] * len(users)
    assert {c.report for c in play.client.challenges(task)} <= {report_id(task)}, "the fallback is right"
    assert slashed(play) == []
    verifier = drawn(play, task)
    own = ["accept_assignment", "report", "open_secret", "report_fallback", "withdraw", "close_prize", "withdraw"]
    assert moves_of(play, verifier) == own
    each, taken = share(len(users)), BILL.pooled // 3
    gains = plus(BILL.accepted("solver", verifier), dict.fromkeys((verifier, *users), each), {POOL: -taken})
    books.check(task, gains, burnt=taken - each * (len(users) + 1))


def check_shared(books: Books, play: Play, task: int) -> None:
    """The whistleblower and the verifier have a share of the jackpot each."""
    verifier, taken = drawn(play, task), BILL.pooled // 3
    shares = dict.fromkeys(("whistleblower", verifier), share(1))
    books.check(task, plus(BILL.accepted("solver", verifier), shares, {POOL: -taken}), burnt=taken - 2 * share(1))


@pytest.mark.parametrize("deadly", [False, True], ids=["after each step", "around each transaction"])
def test_a_forced_error_survives_kills(play: Play, books: Books, deadly: bool) -> None:
    """Promise 3: a process that comes back reports wrongly in the same place, and still has secret and fallback."""
    play.players.clear()
    port = port_of(play.world, deadly)
    players = ((Solver, "solver", {}), (Verifier, "", {}), (Whistleblower, "whistleblower", {}))
    join_mortals(play, port, *players)
    task = submitted(play, port)
    play.run(task, moments=MOMENTS)
    assert ending(play, task) is Ending.ACCEPTED
    assert upheld(play, task) == report_id(task, FALLBACK)
    check_shared(books, play, task)


def test_killed_between_forced_report_and_fallback(play: Play, books: Books) -> None:
    """One process accepts and reports, another one opens the secret, a third gives the fallback."""
    verifiers(play)
    play.join(Whistleblower, "whistleblower")
    task = play.submit(price=RICH)
    play_until(play, task, lambda: bool(play.client.standing_reports(task)))
    wrong, verifier = play.client.report(report_id(task)), drawn(play, task)
    for process in [place for place, player in enumerate(play.players) if player.address == play.world[verifier]]:
        play.players[process] = Mortal(lambda: new(play, Verifier, verifier))
    play.run(task, moments=MOMENTS)
    assert ending(play, task) is Ending.ACCEPTED
    right = play.client.report(upheld(play, task))
    assert (right.number, right.verifier) == (report_id(task, FALLBACK), wrong.verifier)
    assert right.digest == new(play, Verifier, verifier).report_of(task).digest != wrong.digest
    check_shared(books, play, task)


# Verifiers that ignore it


def test_the_fallback_has_to_differ(play: Play, books: Books) -> None:
    """Attack A2: whoever reports the right replay although its error is forced cannot give it again. It loses all."""
    verifiers(play, Heedless, silent=("report_fallback",))
    play.join(Whistleblower, "whistleblower")
    task = play.submit(price=RICH)
    play_until(play, task, lambda: play.client.round(task).phase is VerificationPhase.FALLBACK)
    verifier = drawn(play, task)
    own, salt = new(play, Verifier, verifier).report_of(task), secret(play, task, verifier, "fallback")
    with refused("verification: same"):
        play.world.send(verifier, "Verification", "report_fallback", task, own.root, own.distances, salt)
    play.run(task, moments=MOMENTS)
    assert ending(play, task) is Ending.ACCEPTED
    assert slashed(play) == [report_id(task)]
    assert upheld(play, task) == report_id(task, FALLBACK + 1)
    # Nobody challenged the right report, so that its jackpot goes back; the second round's is won.
    first, second = (jackpots(play, task)[report_id(task, place)] for place in range(2))
    assert (first, second) == (BILL.pooled // 3, (BILL.pooled - first) // 3)
    heir, each = drawn(play, task, 1), second // 2 // 2
    gains = plus(
        BILL.accepted("solver", heir),
        {verifier: -BILL.verifier_deposit, POOL: -second},
        dict.fromkeys((heir, "whistleblower"), each),
    )
    books.check(task, gains, burnt=BILL.verifier_deposit + second - 2 * each)


@pytest.mark.parametrize("kind", [Heedless, HostileVerifier], ids=["right at first", "wrong twice"])
def test_a_wrong_fallback_is_convicted(play: Play, books: Books, kind: type[HostileVerifier]) -> None:
    """Two rounds, both forced. Promise 4, attack A2: a fallback has a window of its own and no excuse. A whistleblower
    has the jackpot of each wrong report whose error was forced, the second shared with its verifier, and the bounty of
    the wrong fallback."""
    verifiers(play, kind, falsify=LIE)
    play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    assert slashed(play) == [report_id(task, FALLBACK)]
    assert upheld(play, task) == report_id(task, FALLBACK + 1)
    first, second = (jackpots(play, task)[report_id(task, place)] for place in range(2))
    challenged = [(challenge.report, challenge.phase) for challenge in play.client.challenges(task)]
    assert challenged == [
        *([(report_id(task), ChallengePhase.CLOSED)] if kind is HostileVerifier else []),
        (report_id(task, FALLBACK), ChallengePhase.WON),
        (report_id(task, 1), ChallengePhase.CLOSED),
    ]
    won, heir, each = first if kind is HostileVerifier else 0, drawn(play, task, 1), second // 2 // 2
    gains = plus(
        BILL.accepted("solver", heir),
        {drawn(play, task, 0): -BILL.verifier_deposit, "whistleblower": BILL.bounty + won, POOL: -(won + second)},
        dict.fromkeys((heir, "whistleblower"), each),
    )
    assert BILL.bounty > COST
    books.check(task, gains, burnt=BILL.verifier_deposit - BILL.bounty + second - 2 * each)


@pytest.mark.parametrize(
    "challenged",
    [
        pytest.param(False, id="nobody looks", marks=pytest.mark.ending("Secret not opened / report not given")),
        pytest.param(True, id="challenged"),
    ],
)
def test_a_secret_that_stays_shut_is_timed_out(play: Play, books: Books, challenged: bool) -> None:
    """Hiding that an error was forced, or that it was not, costs the deposit, challenged or not."""
    verifiers(play, HostileVerifier, silent=("open_secret",))
    if challenged:
        play.join(Whistleblower, "whistleblower")
    task = run(play)
    assert ending(play, task) is Ending.ACCEPTED
    verifier = drawn(play, task)
    assert moves_of(play, verifier) == ["accept_assignment", "report"]
    assert ("stranger", "time_out") in play.moves
    assert slashed(play) == [report_id(task)]
    assert list(jackpots(play, task)) == [report_id(task, 1)]
    heir, taken, count = drawn(play, task, 1), BILL.pooled // 3, int(challenged)
    gains = plus(
        BILL.accepted("solver", heir),
        {verifier: -BILL.verifier_deposit, heir: share(count), POOL: -taken},
        {"whistleblower": BILL.bounty + share(1)} if challenged else {},
    )
    burnt = BILL.verifier_deposit - BILL.bounty * count + taken - share(count) * (count + 1)
    books.check(task, gains, burnt=burnt)


def secret(play: Play, task: int, verifier: str, name: str) -> bytes:
    """What a verifier has committed to for its first report."""
    role = new(play, Verifier, verifier)
    return bytes(role.secret(report_id(task), name))


