"""How long a report can stay undecided: `report_bound`, against the slowest play that the phases allow."""

from collections.abc import Iterator

import boa
import pytest

from tests.unit.contracts.steps import (
    WAD,
    Stage,
    at,
    commit_challenge,
    digest_of,
    end_asks,
    open_reports,
    open_secret,
    phase_ends,
    report,
    report_of,
    secret_of,
    some_hash,
    to_open,
    to_reporting,
    verification_of,
    verifier_of,
)
from tests.unit.contracts.verification_steps import (
    game_end,
    now,
    replay_time,
    report_root,
    segment_roots,
    send,
    stage,
    view,
)
from tests.world import PARAMETERS, World

FIRST = 16
SALT = some_hash("fallback salt")
# The longest replay that a task may have, of one segment: the longest games, too.
SLOWEST = {
    "interval": 12,
    "samples": 1,
    "units": (PARAMETERS.max_replay_time - PARAMETERS.base_time) * PARAMETERS.units_per_second // 12,
    "price": 1,
}
ROOTS = segment_roots(count=1)


def root():
    return report_root(count=1)


def reveal(world, task, dispute):
    user = "whistleblower"
    sealed = some_hash("salt", task, user), some_hash("sealed", task, user)
    world.send(user, "Arbitration", "reveal_challenge", dispute, *sealed)


def slowest_game(world, dispute):
    """Each side moves in its last second, until the challenger has no move left; the second in which it has lost."""
    at(game_end(world, dispute))
    world.send("stranger", "Arbitration", "show_children", dispute, 0, 0, ROOTS)
    at(game_end(world, dispute) + 1)
    world.send("stranger", "Arbitration", "time_out", dispute)
    return now() - 1


def absolute_end(world, task, place):
    """The last second of any game about a report."""
    p = world.parameters
    budget = p.budget(world.view("TaskRegistry", "segment_units", task))
    return phase_ends(world, task, place)[2] + p.game_window(budget)


def test_the_order_is_the_slowest(world):
    assert replay_time(world, **SLOWEST) == world.parameters.max_replay_time


def test_a_report_is_decided_within_the_bound(world):
    """Promise 6: whoever is due waits for its last second, and the bound still holds; it is a constant."""
    task, bound = to_reporting(world, **SLOWEST), view(world, "report_bound")
    end_asks(world, task)
    given = now()
    report(world, task, root=root())
    commit_end, reveal_end, secret_end = phase_ends(world, task)
    at(commit_end)
    dispute = commit_challenge(world, task)
    at(reveal_end)
    reveal(world, task, dispute)
    at(secret_end)
    send(world, "stranger", "open_secret", task, secret_of(task))
    assert slowest_game(world, dispute) <= absolute_end(world, task, 0) + 1 <= given + bound + 1
    world.send("stranger", "Settlement", "settle", task)
    assert stage(world, task) == Stage.CONCLUDED


def test_a_forced_report_is_decided_within_the_bound(forced):
    """Promise 6: its fallback has all its phases again, and the bound is no longer than that."""
    world = forced
    task, bound = to_reporting(world, **SLOWEST), view(world, "report_bound")
    end_asks(world, task)
    given = now()
    commitment = view(
        world, "report_commitment", task, verification_of(world, task).verifier, digest_of(root(), [0]), SALT
    )
    report(world, task, fallback=commitment)
    at(phase_ends(world, task)[2])
    send(world, "stranger", "open_secret", task, secret_of(task))
    at(verification_of(world, task).deadline)
    send(world, verifier_of(world, task), "report_fallback", task, root(), [0], SALT)
    commit_end, reveal_end, _ = phase_ends(world, task)
    at(commit_end)
    dispute = commit_challenge(world, task)
    at(reveal_end)
    reveal(world, task, dispute)
    assert slowest_game(world, dispute) <= absolute_end(world, task, 8) + 1 <= given + bound + 1
    world.send("stranger", "Settlement", "settle", task)
    assert stage(world, task) == Stage.CONCLUDED
    slack = given + bound - absolute_end(world, task, 8)
    assert slack == 2 * world.parameters.base_time, "no longer than it must be"


def test_an_open_report_is_decided_within_the_bound(world):
    """Promise 6: from the first second in which a report can be revealed."""
    check_open_report(world)


def check_open_report(world):
    task, bound = to_open(world, **SLOWEST), view(world, "report_bound")
    given = verification_of(world, task).deadline + 1
    open_reports(world, task, {"stranger": (root(), [0]), "solver": (root(), [0])})
    assert report_of(world, task, FIRST).standing
    commit_end, reveal_end, _ = phase_ends(world, task, FIRST)
    at(commit_end)
    dispute = commit_challenge(world, task, place=FIRST)
    at(reveal_end)
    reveal(world, task, dispute)
    assert slowest_game(world, dispute) <= absolute_end(world, task, FIRST) + 1 <= given + bound + 1
    world.send("stranger", "Settlement", "settle", task)
    assert stage(world, task) == Stage.CONCLUDED


@pytest.fixture
def forced(deployed) -> Iterator[World]:
    """A deployment where every error is forced."""
    with boa.env.anchor():
        yield World(PARAMETERS.model_copy(update={"forced_rate": WAD - 1}))


@pytest.fixture
def short_secret() -> Iterator[World]:
    """A deployment whose secret opens in a second."""
    with boa.env.anchor():
        yield World(PARAMETERS.model_copy(update={"secret_window": 1, "reveal_window": 3000}))


def test_the_bound_holds_where_reveals_take_longer_than_secrets(short_secret):
    """In the open round a second window for reveals stands in the place of the secret's."""
    check_open_report(short_secret)


def test_challengers_do_not_lengthen_it(world):
    """Attack A7, promise 6: games run side by side."""
    task, count = to_reporting(world, **SLOWEST), 5
    report(world, task, root=root())
    users = ("whistleblower", "other_whistleblower", "submitter", "other_solver", "stranger")
    disputes = [commit_challenge(world, task, user) for user in users]
    at(phase_ends(world, task)[0] + 1)
    for dispute, user in zip(disputes, users, strict=True):
        sealed = some_hash("salt", task, user), some_hash("sealed", task, user)
        world.send(user, "Arbitration", "reveal_challenge", dispute, *sealed)
    open_secret(world, task)
    assert world.view("Arbitration", "open_games", verification_of(world, task).report) == count
    assert len({game_end(world, dispute) for dispute in disputes}) == 1
    at(game_end(world, disputes[0]) - count)
    for dispute in disputes:
        world.send("stranger", "Arbitration", "show_children", dispute, 0, 0, ROOTS)
    at(max(game_end(world, dispute) for dispute in disputes) + 1)
    for dispute in disputes:
        world.send("stranger", "Arbitration", "time_out", dispute)
    assert now() <= absolute_end(world, task, 0)
    world.send("stranger", "Settlement", "settle", task)
    assert stage(world, task) == Stage.CONCLUDED
