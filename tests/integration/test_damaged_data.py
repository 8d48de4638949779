"""Roles whose data is not what it should be: they name it, or ask for it on chain, and nobody honest loses anything
(promise 3).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pinpoint.chain.client import ChallengePhase, TaskPhase
from pinpoint.chain.storage import ArtifactError
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower
from tests.integration.books import BOND, CHUNK_FEE, COST, RICH, Bill, Books, plus
from tests.integration.parties import HostileVerifier, HostileWhistleblower, flip
from tests.integration.processes import new
from tests.integration.table import answer, to_assigned, to_offered, to_training, verifiers
from tests.play import INTERVAL, Play, batches

pytestmark = pytest.mark.usefixtures("quickly")

BILL = Bill.at(RICH)
LIE = flip(1, 1, 12)


def place_of(play: Play, of: bytes) -> Path:
    """Where an artifact is."""
    return play.folder / "artifacts" / f"{of.hex()}.bin"


def damage(play: Play, of: bytes, how: str) -> None:
    """Spoil an artifact."""
    path = place_of(play, of)
    data = path.read_bytes()
    match how:
        case "missing":
            path.unlink()
        case "truncated":
            path.write_bytes(data[:-1])
        case "empty":
            path.write_bytes(b"")
        case "longer":
            path.write_bytes(data + bytes(32))
        case "first bit":
            path.write_bytes(bytes([data[0] ^ 0x80]) + data[1:])
        case "last bit":
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


DAMAGE = ("missing", "truncated", "empty", "longer", "first bit", "last bit")
PARTS = ("program", "dataset", "batch", "initial state")


def part_of(play: Play, task: int, part: str) -> bytes:
    """Root of what a task is made of."""
    order = play.client.task(task).order
    match part:
        case "program":
            return order.program_root
        case "dataset":
            return order.dataset_root
        case "batch":
            return play.artifacts.dataset(order.dataset_root)[2]
    return order.initial_state


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("part", PARTS)
def test_no_enrolment_without_data(play: Play, part: str, how: str) -> None:
    """A solver does not enrol for what it cannot check; the error names the artifact."""
    task = play.submit(price=RICH)
    of = part_of(play, task, part)
    damage(play, of, how)
    solver = new(play, Solver, "solver")
    assert solver.step(task) is None
    assert play.client.task(task).enrolled == 0
    with pytest.raises(ArtifactError, match=of.hex()):
        solver.data(task).check()


@pytest.mark.parametrize("how", ["missing", "last bit"])
@pytest.mark.parametrize("part", PARTS)
def test_decline_without_data(play: Play, part: str, how: str) -> None:
    """Data that vanish after the enrolment: declining costs little, accepting would cost the deposit."""
    task = to_offered(play)
    damage(play, part_of(play, task, part), how)
    assert new(play, Solver, "solver").step(task) == "decline"
    assert play.client.task(task).phase is TaskPhase.OPEN


@pytest.mark.parametrize("part", PARTS)
def test_no_proof_without_data(play: Play, part: str) -> None:
    """Data that vanish after the acceptance: the error names what the solver has to find again."""
    task = to_training(play)
    of = part_of(play, task, part)
    damage(play, of, "missing")
    with pytest.raises(ArtifactError, match=f"^{of.hex()} not available in "):
        new(play, Solver, "solver").step(task)


def to_reported(play: Play, **options: Any) -> tuple[int, str]:
    """A task whose verifier, with these options, has reported, and who that is."""
    task, verifier = to_assigned(play)
    kind = HostileVerifier if options else Verifier
    assert answer(play, new(play, kind, verifier, **options), task) == "report"
    return task, verifier


def sampled_part(play: Play, task: int, part: str) -> bytes:
    """Root of something that the replay of the first sample needs."""
    now, sample = play.client.task(task), play.client.samples(task)[0]
    checkpoints = play.artifacts.proof(now.proof_root)
    match part:
        case "proof":
            return now.proof_root
        case "start":
            return checkpoints[sample]
        case "end":
            return checkpoints[sample + 1]
        case "batch":
            return play.artifacts.dataset(now.order.dataset_root)[sample * INTERVAL % len(batches())]
    return part_of(play, task, part)


@pytest.mark.parametrize(
    ("part", "how"),
    [(part, "missing") for part in ("proof", "end", "batch", "dataset")] + [("start", how) for how in DAMAGE],
)
def test_a_verifier_asks_for_what_it_cannot_have(play: Play, books: Books, part: str, how: str) -> None:
    """Promise 3: the solver, which has its own copy, posts it, and the report is as if nothing had been missing."""
    task, verifier = to_assigned(play)
    damage(play, sampled_part(play, task, part), how)
    asker, solver = new(play, Verifier, verifier), new(play, Solver, "solver")
    assert answer(play, asker, task) is None, "it reports what it does not have"
    owed = play.world.view("Availability", "pending", task)
    assert owed > 0
    assert [solver.step(task) for _ in range(owed + 1)] == ["post"] * owed + [None]
    assert asker.step(task) == "report"
    play.players[:] = [new(play, Keeper, "stranger"), asker, solver]
    play.run(task)
    fees = owed * CHUNK_FEE
    books.check(task, plus(BILL.accepted("solver", verifier), {"solver": fees, verifier: -fees}))


def test_a_program_that_is_gone_excuses_the_verifier(play: Play, books: Books) -> None:
    """Promise 3: nothing else says which data there are, so it cannot ask; it says so, and keeps its deposit."""
    task, verifier = to_assigned(play)
    damage(play, sampled_part(play, task, "program"), "missing")
    assert answer(play, new(play, Verifier, verifier), task) == "report_unavailable"
    assert verifier not in books.gains()
    assert play.client.round(task).round == 1


@pytest.mark.parametrize("part", ["proof", "start", "end", "batch", "dataset", "program"])
def test_whistleblower_without_data_does_nothing(play: Play, part: str) -> None:
    """It came when asking was over. It cannot know whether the report is wrong, so it risks no bond, and goes on."""
    task, _ = to_reported(play, falsify=LIE)
    damage(play, sampled_part(play, task, part), "missing")
    assert new(play, Whistleblower, "whistleblower").step(task) is None


@pytest.mark.parametrize("part", ["proof", "start", "batch"])
def test_verifier_defends_a_report_whose_data_have_vanished(play: Play, books: Books, part: str) -> None:
    """Promise 3: what it replayed it still has, though its process was killed and the solver withdrew the data."""
    task, verifier = to_reported(play)
    challenger = new(play, HostileWhistleblower, "whistleblower", mistake=LIE)
    assert challenger.step(task) == "commit_challenge"
    damage(play, sampled_part(play, task, part), "missing")
    play.players[:] = [new(play, Keeper, "stranger"), new(play, Verifier, verifier), challenger]
    play.run(task)
    gains = plus(BILL.accepted("solver", verifier), {"whistleblower": -BOND, verifier: COST, "treasury": BOND - COST})
    books.check(task, gains)


@pytest.mark.parametrize("part", ["proof", "start", "batch"])
def test_whistleblower_goes_on_when_data_have_vanished(play: Play, part: str) -> None:
    """Promise 3: it gets its bond back, though its process was killed and the liar's friend withdrew the data."""
    task, verifier = to_assigned(play)
    liar = new(play, HostileVerifier, verifier, falsify=LIE)
    assert answer(play, liar, task) == "report"
    assert new(play, Whistleblower, "whistleblower").step(task) == "commit_challenge"
    damage(play, sampled_part(play, task, part), "missing")
    play.players[:] = [new(play, Keeper, "stranger"), liar, new(play, Whistleblower, "whistleblower")]
    play.run(task, until=TaskPhase.ENDED)
    (challenge,) = play.client.challenges(task)
    assert challenge.phase is ChallengePhase.WON


def test_whistleblower_opens_its_root_when_data_have_vanished(play: Play, books: Books) -> None:
    """The root that it sealed is what its bounty depends on."""
    play.join(Keeper, "stranger")
    play.join(Solver, "solver")
    verifiers(play, HostileVerifier, falsify=LIE)
    play.join(Whistleblower, "whistleblower")
    task = play.submit(price=RICH)
    play.run(task, until=TaskPhase.ENDED)
    damage(play, sampled_part(play, task, "start"), "missing")
    play.players[:] = [new(play, Keeper, "stranger"), new(play, Whistleblower, "whistleblower")]
    play.run(task)
    assert books.gains()["whistleblower"] == BILL.bounty
