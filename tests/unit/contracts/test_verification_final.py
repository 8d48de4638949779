"""When a verification is over: the upheld report, the rounds, and that the end is the end."""

import pytest

from tests.unit.contracts.steps import (
    NOBODY,
    ZERO,
    Ending,
    Geometry,
    Stage,
    at,
    at_block,
    balances,
    block_number,
    challenge,
    check_exit,
    check_window,
    commit_challenge,
    digest_of,
    events,
    moved,
    open_secret,
    phase_ends,
    refused,
    report,
    report_id,
    report_of,
    reveal_challenge,
    some_hash,
    task_of,
    to_assigned,
    to_open,
    to_proved,
    to_reported,
    to_reporting,
    verification_of,
    verifier_key,
    verifier_of,
)
from tests.unit.contracts.verification_steps import (
    as_contract,
    convicted,
    excused,
    game_end,
    locked,
    lose,
    now,
    report_root,
    round_of,
    segment_roots,
    send,
    silent,
    stage,
    to_games,
    unanswered,
    undrawn,
    view,
)

THRESHOLD = Geometry().threshold


def settle(world, task):
    return world.send("stranger", "Settlement", "settle", task)


# conclude, is_final


@pytest.mark.parametrize("passed", [True, False])
def test_an_unchallenged_report_is_final_when_its_secret_is_open(world, passed):
    """Right after the reveals, without the rest of the secret's phase; never with the secret kept."""
    task = to_reported(world, [0, 0, THRESHOLD + (not passed)])
    name, reveal_end = report_id(task, 0), phase_ends(world, task)[1]
    for second in (reveal_end - 1, reveal_end, reveal_end + 1, reveal_end + 100_000):
        at(second)
        assert view(world, "is_final", task) is False
        with refused("verification: open"):
            settle(world, task)
    open_secret(world, task)
    assert now() == reveal_end + 2
    assert view(world, "is_final", task) is True
    found = events(settle(world, task))
    assert found["VerificationEnded"] == [{"task": task, "report": name}]
    ending = Ending.ACCEPTED if passed else Ending.REJECTED
    assert found["Settled"] == [{"task": task, "ending": ending, "report": name}]
    assert found["TaskEnded"] == [{"task": task, "ending": ending}]
    assert stage(world, task) == Stage.CONCLUDED
    posted = [0, 0, THRESHOLD + (not passed)]
    assert view(world, "upheld_report", task) == name
    assert view(world, "digest_of", name) == digest_of(some_hash("report", task), posted)
    assert view(world, "is_final", task) is False
    assert report_of(world, task, 0).standing is False


def test_only_settlement_concludes(world):
    task = to_reported(world)
    open_secret(world, task)
    callers = [*world.users.values()]
    callers += [at_ for name, at_ in world.deployment.addresses.items() if name != "Settlement"]
    for caller in callers:
        with refused("verification: caller"):
            world.port.send(caller, "Verification", "conclude", task)
    as_contract(world, "Settlement", "conclude", task)
    with refused("verification: open"):
        as_contract(world, "Settlement", "conclude", task)


def test_only_the_open_round_gives_reports(world):
    task = to_open(world)
    callers = [*world.users.values()]
    callers += [at_ for name, at_ in world.deployment.addresses.items() if name != "OpenRound"]
    given = world["stranger"], some_hash("right"), [0, 0, 0]
    for caller in callers:
        with refused("verification: caller"):
            world.port.send(caller, "Verification", "give", task, *given)
    as_contract(world, "OpenRound", "give", task, *given)
    assert report_of(world, task, 16).verifier == world["stranger"]


@pytest.mark.parametrize("to", [to_proved, to_assigned, to_reporting])
def test_nothing_is_concluded_without_a_report(world, to):
    task = to(world)
    at(now() + 100_000)
    assert view(world, "is_final", task) is False
    with refused("verification: open"):
        settle(world, task)


def to_provable(world):
    """A report whose first levels can be shown."""
    task = to_reporting(world)
    report(world, task, root=report_root(task))
    return task


def test_a_challenged_report_is_open_until_its_games_are_over(world):
    """Promise 4: no wrong report becomes final while one challenge is awake."""
    task = to_provable(world)
    dispute = challenge(world, task)
    open_secret(world, task)
    secret_end = phase_ends(world, task)[2]
    for second in (secret_end, secret_end + 1, secret_end + 100_000):
        at(second)
        assert view(world, "is_final", task) is False
        with refused("verification: open"):
            settle(world, task)
    lose(world, task, segment_roots(task), dispute)
    assert view(world, "is_final", task) is True
    settle(world, task)
    assert stage(world, task) == Stage.CONCLUDED


def test_two_games_keep_a_report_open(world):
    challengers = ("whistleblower", "other_whistleblower")
    task = to_provable(world)
    disputes = [commit_challenge(world, task, user) for user in challengers]
    for dispute, user in zip(disputes, challengers, strict=True):
        reveal_challenge(world, task, dispute, user)
    open_secret(world, task)
    lose(world, task, segment_roots(task), *disputes)
    assert view(world, "is_final", task) is True


def test_a_verifier_that_does_not_play_is_overturned(world):
    """Promise 4, and the exit of a game: the verifier is on the clock first."""
    task, dispute = to_games(world)
    order = world.view("TaskRegistry", "segment_units", task)
    last = phase_ends(world, task)[2] + world.parameters.budget(order)
    check_exit(world, last, "arbitration: early", lambda: world.send("stranger", "Arbitration", "time_out", dispute))
    assert (stage(world, task), round_of(world, task)) == (Stage.DRAWING, 1)
    assert view(world, "is_final", task) is False


def test_a_challenged_report_without_its_secret_is_never_final(world):
    task = to_reported(world)
    challenge(world, task)
    for later in (1, 100_000):
        at(phase_ends(world, task)[2] + later)
        assert view(world, "is_final", task) is False
        with refused("verification: open"):
            settle(world, task)


# Rounds


@pytest.mark.parametrize("lost", [silent, excused, convicted, unanswered, undrawn])
def test_after_so_many_rounds_anybody_may_report(world, lost):
    """Attack A13: whichever way the rounds were lost, the task goes on; nothing is paid out yet."""
    task = to_proved(world)
    excused(world, task)
    samples, drawn = view(world, "samples_of", task), {view(world, "verifier_of", report_id(task, 0))}
    before = balances(world, "submitter", "solver", "treasury")
    for round in range(1, world.parameters.max_rounds + 1):
        assert round_of(world, task) == round
        receipt = lost(world, task)
        drawn.add(view(world, "verifier_of", report_id(task, round)))
        if round < world.parameters.max_rounds:
            assert stage(world, task) == Stage.DRAWING
            assert view(world, "samples_of", task) == samples
    if lost is not undrawn:
        assert len(drawn) == 4 and NOBODY not in drawn
    ask_end = now() - 1 + world.parameters.ask_window
    assert events(receipt)["OpenRoundStarted"] == [{"task": task, "ask_end": ask_end}]
    assert moved(world, before) == {}
    found = verification_of(world, task)
    assert (found.phase, found.round, found.report, found.verifier) == (Stage.OPEN, 4, 0, NOBODY)
    assert found.ask_end == ask_end
    assert tuple(view(world, "asking", task)) == (4, ask_end)
    assert view(world, "samples_of", task) == samples
    assert task_of(world, task).ending == 0


def test_one_fault_does_not_make_another_round_count_twice(world):
    """Each loss is one round, whatever the phase it came in."""
    task = to_proved(world)
    for round, lost in enumerate((silent, unanswered, convicted), start=1):
        lost(world, task)
        assert round_of(world, task) == round


# Terminal states


CALLS = (
    ("draw",),
    ("time_out",),
    ("report_unavailable",),
    ("accept_assignment", some_hash("secret")),
    ("report", some_hash("root"), [0, 0, 0], some_hash("fallback")),
    ("open_secret", ZERO),
    ("report_fallback", some_hash("root"), [0, 0, 0], ZERO),
    ("disclose", ZERO, ZERO),
)
OPEN_CALLS = (
    ("commit_report", some_hash("commitment")),
    ("reveal_report", some_hash("root"), [0, 0, 0], ZERO),
)


def check_terminal(world, task, verifier):
    """Nobody moves it any more, whatever the time."""
    found = verification_of(world, task)
    for later in (0, 100_000):
        at(now() + later)
        at_block(block_number() + later)
        for user in (verifier, "solver", "stranger"):
            for method, *rest in CALLS:
                with refused("verification: phase"):
                    send(world, user, method, task, *rest)
            for method, *rest in OPEN_CALLS:
                with refused("open round: phase"):
                    world.send(user, "OpenRound", method, task, *rest)
            with refused("open round: reporter"):
                world.send(user, "OpenRound", "close_reporter", task, world[user])
            with refused("verification: open"):
                settle(world, task)
        for place in range(5):
            with refused("verification: report"):
                as_contract(world, "Arbitration", "overturn", report_id(task, place), world["whistleblower"])
        with refused("verification: phase"):
            as_contract(world, "Availability", "withheld", task)
    assert verification_of(world, task) == found


def test_an_aborted_verification_stays_aborted(world):
    """Promise 5: terminal states are terminal."""
    task = to_open(world)
    verifier = world.name_of(view(world, "verifier_of", report_id(task, 3)))
    at(verification_of(world, task).deadline + world.parameters.reveal_window + 1)
    settle(world, task)
    assert (stage(world, task), task_of(world, task).ending) == (Stage.ABORTED, Ending.UNRESOLVED)
    assert view(world, "upheld_report", task) == 0
    check_terminal(world, task, verifier)


def test_a_concluded_verification_stays_concluded(world):
    """Promise 5; rule 3: no move after the resolution."""
    task = to_reported(world)
    verifier = verifier_of(world, task)
    open_secret(world, task)
    settle(world, task)
    assert stage(world, task) == Stage.CONCLUDED
    check_terminal(world, task, verifier)
    assert locked(world, verifier_key(report_id(task, 0))) == 0


def test_while_games_are_on_the_only_exit_is_theirs(world):
    """Rule 2: the verifier may show up to its deadline; nothing else is open to anybody before or after."""
    task = to_provable(world)
    dispute = challenge(world, task)
    open_secret(world, task)
    last = game_end(world, dispute)
    show = "Arbitration", "show_children", dispute, 0, 0, segment_roots(task)
    check_window(world, last, "arbitration: late", lambda: world.send("stranger", *show))
    for second in (last, last + 1):
        at(second)
        with refused("verification: opened"):
            send(world, "stranger", "time_out", task)
        with refused("verification: open"):
            settle(world, task)
    world.send("stranger", "Arbitration", "time_out", dispute)
    assert stage(world, task) == Stage.DRAWING
