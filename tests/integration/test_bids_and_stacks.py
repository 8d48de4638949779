"""Tasks that begin with signatures, and tasks that begin where others have ended, played to their ends by the roles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pinpoint.chain.bids import match
from pinpoint.chain.client import Ending
from pinpoint.commitment.tensor import checkpoint_root
from pinpoint.models.dense import initial_state
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.solver import Solver, train
from pinpoint.roles.submitter import Submitter
from tests.bidding import seated, signer
from tests.integration.books import Bill
from tests.play import INTERVAL, LAYERS, PROGRAM, SAMPLES, STEPS, THRESHOLD, Play, batches
from tests.world import PARAMETERS, World

TERMS: dict[str, Any] = {"steps": STEPS, "interval": INTERVAL, "samples": SAMPLES, "threshold": THRESHOLD}
MOST, PRICE = 10**12 + 7, 10**12 - 11


@pytest.fixture
def table(world: World, tmp_path: Path) -> Iterator[Play]:
    """A table with verifiers, a keeper, and users who have keys."""
    with seated(world):
        play = Play(world, tmp_path)
        play.join_verifiers()
        play.join(Keeper, "stranger")
        yield play


def with_key(play: Play, kind: type[Any], name: str) -> Any:
    return kind(play.client, signer(name), play.artifacts, play.folder, **play.options)


def wealth(play: Play) -> dict[str, int]:
    return {user: play.world.wealth(user) for user in play.world.users}


def test_a_bid_is_matched_solved_and_paid(table: Play) -> None:
    """From two signatures in files to the money, to the unit; the files are all that the two give each other."""
    before = wealth(table)
    submitter, solver = with_key(table, Submitter, "bidder"), with_key(table, Solver, "quoter")
    bid_file, quote_file = table.folder / "bid.json", table.folder / "quote.json"
    deadline = table.world.port.now() + 1000
    signed = submitter.bid("job", PROGRAM, batches(), initial_state(LAYERS, 0), **TERMS, price=MOST, deadline=deadline)
    submitter.signatures.save(bid_file, signed)
    solver.signatures.save(quote_file, solver.quote(solver.signatures.load_bid(bid_file), PRICE, deadline))
    pair = solver.signatures.load_bid(bid_file), solver.signatures.load_quote(quote_file)
    task = match(table.client, table.world["stranger"], *pair)
    table.players.append(solver)
    table.run(task)
    assert table.client.task(task).ending is Ending.ACCEPTED
    quoter = [done for name, done in table.moves if name == "quoter"]
    assert quoter[:2] == ["accept", "post_proof"]
    assert not {"close_enrolment", "draw_solver"} & {done for _, done in table.moves}
    submitter.step(task)
    (report,) = table.client.port.events("Verification", "Reported")
    verifier = table.world.name_of(report.fields["verifier"])
    due = Bill.at(PRICE)
    to_pool = due.tax * PARAMETERS.pool_share // 10**18
    gains = {user: now - before[user] for user, now in wealth(table).items() if now != before[user]}
    assert gains == {
        "bidder": -due.fee - due.verifier_fee - due.tax,
        "quoter": due.fee,
        verifier: due.verifier_fee,
        "treasury": due.tax - to_pool,
    }


def test_two_generations(table: Play) -> None:
    """The second is trained from the first one's end, by anybody, for another submitter."""
    table.join(Solver, "solver")
    terms = TERMS | {"price": PRICE}
    submitter = table.role(Submitter, "submitter")
    first = submitter.submit("first", PROGRAM, batches(), initial_state(LAYERS, 0), **terms)
    with pytest.raises(LookupError, match=rf"^expected a task that is ACCEPTED or STALLED, got {first}: NONE$"):
        submitter.final_state(first)
    with pytest.raises(LookupError, match=rf"^expected a task that is ACCEPTED, got {first}: NONE$"):
        submitter.submit("early", PROGRAM, batches(), initial_state(LAYERS, 0), **terms, parent=first)
    table.run(first)
    other = table.role(Submitter, "other_solver")
    end = other.final_state(first)
    assert checkpoint_root(end) != checkpoint_root(initial_state(LAYERS, 0))
    second = other.submit("second", PROGRAM, batches(), end, **terms, parent=first)
    again = table.role(Submitter, "other_solver")
    assert again.submit("second", PROGRAM, batches(), end, **terms, parent=first) == second
    assert table.client.lineage(second) == [first]
    assert table.client.task(second).order.initial_state == checkpoint_root(end)
    table.run(second)
    assert [table.client.task(task).ending for task in (first, second)] == [Ending.ACCEPTED] * 2
    *_, expected = train(other.data(second), end, 0)
    grown = checkpoint_root(other.final_state(second))
    assert grown == checkpoint_root(expected) != checkpoint_root(end)


def test_what_was_sent_is_found_again(table: Play) -> None:
    """A stacked task and an ordinary one of one order are two submissions, also where the journal was cut off."""
    table.join(Solver, "solver")
    terms = TERMS | {"price": PRICE}
    first = table.role(Submitter, "submitter").submit("first", PROGRAM, batches(), initial_state(LAYERS, 0), **terms)
    table.run(first)
    submitter = table.role(Submitter, "submitter")
    end = submitter.final_state(first)
    numbers = {}
    for name, parent in (("plain", None), ("stacked", first)):
        numbers[name] = submitter.submit(name, PROGRAM, batches(), end, **terms, parent=parent)
    assert list(numbers.values()) == [first + 1, first + 2]
    for name in numbers:
        submitter.journal("submissions").put(name, {"after": first, "task": None})
    for name, parent in (("stacked", first), ("plain", None)):
        again = table.role(Submitter, "submitter")
        assert again.submit(name, PROGRAM, batches(), end, **terms, parent=parent) == numbers[name]
    assert table.client.task_count() == first + 2
