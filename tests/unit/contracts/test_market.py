"""The whistleblowers' market: what the view counts, against the events of a played history, and what it promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import boa
import pytest

from pinpoint.chain.forced import is_forced
from pinpoint.chain.market import Activity, Earning
from tests.integration.books import POOLED, key
from tests.unit.contracts.blocks import Seeds
from tests.unit.contracts.steps import (
    WAD,
    accept_assignment,
    at,
    bill,
    bounty_key,
    challenge,
    commit_challenge,
    digest_of,
    draw_verifier,
    make_order,
    open_secret,
    phase_ends,
    refused,
    report,
    report_id,
    reveal_challenge,
    secret_of,
    some_hash,
    to_assigned,
    to_proved,
    to_reported,
    verification_of,
    verifier_of,
)
from tests.unit.contracts.verification_steps import game_end, now, send, unanswered
from tests.world import PARAMETERS, World

RATE = WAD // 2
FALLBACK, FIRST_OPEN = 8, 16
SALT, DISTANCES = some_hash("fallback salt"), [0, 1, 2]
CHEAP = 1
"""A price of a unit at which no jackpot is near a third of a pool that others have filled."""
DEAR = 10**13 + 7
"""One at which a verifier's deposit exceeds the cost of a challenge."""
USERS = ("whistleblower", "other_whistleblower", "stranger")


@pytest.fixture(scope="module")
def half(deployed: World) -> Iterator[World]:
    """Every second error is forced; a test aims them."""
    with boa.env.anchor():
        yield World(PARAMETERS.model_copy(update={"forced_rate": RATE}))


@pytest.fixture
def market(half: World) -> Iterator[World]:
    with half.undone():
        yield half


def activity(world: World, last: int, recent: int) -> Activity:
    """The view."""
    return Activity(*world.view("Market", "activity", last, recent))


def expected(world: World, name: int, active: int = 0) -> Earning:
    """The other one."""
    return Earning(*world.view("Market", "expected", name, active))


def given(world: World, task: int, forced: bool = False, challengers: int = 0) -> int:
    """The drawn verifier's report, whose error is forced or not, with revealed challenges; the report's name."""
    draw_verifier(world, task)
    accept_assignment(world, task)
    number, name = (getattr(verification_of(world, task), field) for field in ("draw_block", "report"))
    seeds = map(some_hash, range(60))
    Seeds(world).choose(number, next(s for s in seeds if is_forced(secret_of(task), s, task, RATE) is forced))
    root = some_hash("root", name)
    digest = digest_of(some_hash("right", name), DISTANCES)
    verifier = verifier_of(world, task)
    fallback = bytes(world.view("Verification", "report_commitment", task, world[verifier], digest, SALT))
    report(world, task, [0, 0, 0], root, fallback)
    disputes = [(user, commit_challenge(world, task, user)) for user in USERS[:challengers]]
    for user, dispute in disputes:
        reveal_challenge(world, task, dispute, user)
    assert open_secret(world, task).event("SecretOpened").fields["forced"] is forced
    if forced:
        send(world, verifier, "report_fallback", task, some_hash("right", name), DISTANCES, SALT)
        name += FALLBACK
    return int(name)


def convict(world: World, task: int) -> None:
    """The verifier does not show what the last challenge asks for."""
    dispute = int(world.view("Arbitration", "dispute_count"))
    at(game_end(world, dispute) + 1)
    world.send("stranger", "Arbitration", "time_out", dispute)


def settle(world: World, task: int) -> int:
    """The current report is upheld."""
    at(max(phase_ends(world, task)[2] + 1, now()))
    world.send("stranger", "Settlement", "settle", task)
    return task


def upheld(world: World, forced: bool = False, challengers: int = 0, **changes: int) -> int:
    """A task whose first report, or its fallback, is upheld; challenges are of the first, forced report."""
    task = to_proved(world, **changes)
    given(world, task, forced, challengers)
    return settle(world, task)


def history(world: World) -> int:
    """Tasks of every kind; the last one's number."""
    upheld(world)
    upheld(world, forced=True)
    upheld(world, forced=True, challengers=2)
    task = to_proved(world)
    given(world, task, challengers=3)
    convict(world, task)
    given(world, task, forced=True, challengers=1)
    settle(world, task)
    # A fallback that is wrong: both of this round's reports fall.
    task = to_proved(world)
    given(world, task, forced=True)
    challenge(world, task, "stranger")
    convict(world, task)
    given(world, task)
    settle(world, task)
    # The secret stays shut, after a challenge and without one.
    task = to_proved(world)
    unanswered(world, task)
    # The verifier is silent, or nobody draws one.
    draw_verifier(world, task)
    for _ in range(2):
        at(verification_of(world, task).deadline + 1)
        send(world, "stranger", "time_out", task)
    given(world, task)
    settle(world, task)
    task = to_proved(world)
    draw_verifier(world, task)
    accept_assignment(world, task)
    report(world, task)
    at(phase_ends(world, task)[2] + 1)
    send(world, "stranger", "time_out", task)
    # Still open: a challenge of it is revealed, nothing is decided.
    task = to_reported(world)
    challenge(world, task)
    return task


def counted(world: World, last: int, recent: int) -> Activity:
    """The same from the events alone."""

    def named(contract: str, event: str) -> list[dict[str, int]]:
        found = [e.fields for e in world.port.events(contract, event)]
        return [f for f in found if last - recent < f["report"] >> 16 <= last and f["report"] & 0xFFFF < FIRST_OPEN]

    reported = {f["report"] for f in named("Verification", "Reported")}
    forced = {f["report"] for f in named("Verification", "SecretOpened") if f["forced"]}
    right = {f["report"] for f in named("Verification", "VerificationEnded")} & reported
    revealed = Counter(f["report"] for f in named("Arbitration", "ChallengeRevealed"))
    slashed = {f["report"] for f in named("Settlement", "VerifierSlashed")} & reported
    overturned = slashed & {*revealed}
    against = [sum(revealed[name] for name in kind) for kind in (forced, overturned)]
    return Activity(
        upheld=len(right),
        forced=len(forced),
        against_forced=against[0],
        overturned=len(overturned),
        against_overturned=against[1],
        active=WAD * sum(against) // max(len(forced) + len(overturned), 1),
        wrong=WAD * len(overturned) // max(len(right) + len(overturned), 1),
    )


def part(total: int, active: int) -> int:
    """Of one right one beside so many others, and the verifier."""
    rights = 2 - (-active // WAD)
    return total // 2 ** (rights - 1) // rights


# activity


def test_the_view_counts_what_the_events_say(market):
    last = history(market)
    whole = activity(market, last, 64)
    assert whole == counted(market, last, 64)
    assert (whole.upheld, whole.forced, whole.overturned) == (6, 4, 3)
    assert (whole.against_forced, whole.against_overturned) == (3, 5)
    assert (whole.active, whole.wrong) == (WAD * 8 // 7, WAD // 3)
    for end in range(last + 2):
        for recent in range(end + 2):
            assert activity(market, end, recent) == counted(market, end, recent), (end, recent)


def test_every_drawn_round_counts(market):
    """All rounds that a deployment has, each twice; what is reported after them is not by anybody drawn."""
    task = to_proved(market)
    for place in range(market.parameters.max_rounds + 1):
        name = given(market, task, forced=True, challengers=1)
        assert name == report_id(task, FALLBACK + place)
        challenge(market, task)
        convict(market, task)
    rounds = market.parameters.max_rounds + 1
    assert activity(market, task, 1) == counted(market, task, 1) == Activity(
        0, rounds, rounds, rounds, rounds, WAD, WAD
    )


def test_an_empty_market(world):
    """No task, none that was decided, and none of that number."""
    nothing = Activity(0, 0, 0, 0, 0, 0, 0)
    assert activity(world, 0, 64) == nothing
    task = to_assigned(world)
    for last, recent in ((task, 64), (task, 0), (0, 1), (2**32, 64)):
        assert activity(world, last, recent) == nothing


def test_the_view_is_bounded(world):
    with refused("market: recent"):
        activity(world, 100, 65)
    activity(world, 100, 64)
    # A node answers views of some 50 million gas.
    assert world.port.contracts["Market"]._computation.get_gas_used() < 10_000_000


# expected


@pytest.mark.parametrize("active", [0, 1, WAD, WAD + 1, 2 * WAD, 7 * WAD - 1, 300 * WAD])
def test_a_forced_error_pays_what_settlement_sets_aside(market, active):
    """Where a third of the pool is the least, and where it is the task's own tax (A11)."""
    for price in (DEAR, CHEAP):
        upheld(market, price=DEAR)
        task = to_proved(market, price=price)
        found = expected(market, report_id(task, 0), active)
        with market.undone():
            given(market, task, forced=True)
            amount = market.port.events("Settlement", "JackpotSet")[-1].fields["amount"]
        third = market.view("Staking", "pots", key(POOLED)) // 3
        assert (amount == third) is (price == DEAR) and amount > 0
        assert found.forced == part(amount, active) * RATE // WAD


def test_a_wrong_report_pays_what_settlement_sets_aside(market):
    """And its winner the cost."""
    task = to_proved(market, price=DEAR)
    found = [expected(market, report_id(task, 0), active) for active in (0, 2 * WAD)]
    given(market, task, challengers=1)
    convict(market, task)
    pot = market.view("Staking", "pots", bounty_key(task))
    assert pot == bill(market, make_order(price=DEAR)).verifier_deposit * PARAMETERS.bounty_share // WAD - found[0].cost
    assert [e.bounty for e in found] == [pot // 4, pot // 12]
    assert {e.cost for e in found} == {PARAMETERS.challenge_cost}


def test_a_small_deposit_pays_no_more_than_it_has(market):
    task = to_assigned(market, price=CHEAP)
    set_aside = bill(market, make_order(price=CHEAP)).verifier_deposit * PARAMETERS.bounty_share // WAD
    assert 0 < set_aside < PARAMETERS.challenge_cost
    found = expected(market, report_id(task, 0))
    assert (found.bounty, found.cost) == (0, set_aside)


def test_only_first_reports_can_be_forced(market):
    """A fallback pays its bounty; in the open round nothing is paid but the cost."""
    upheld(market, price=DEAR)
    task = to_assigned(market, price=DEAR)
    first = expected(market, report_id(task, 0))
    assert first.forced > 0
    for place in range(FIRST_OPEN + 2):
        found = expected(market, report_id(task, place))
        forced = first.forced if place < FALLBACK else 0
        bounty = first.bounty if place < FIRST_OPEN else 0
        assert found == Earning(forced, bounty, first.cost)


def test_nothing_is_expected_of_an_empty_pool_or_without_a_rate(world, market):
    for one in (world, market):
        task = to_assigned(one, price=DEAR)
        found = expected(one, report_id(task, 0))
        assert found.forced == 0 < found.bounty


def test_there_is_nothing_to_earn_where_there_is_no_task(market):
    assert expected(market, report_id(1000, 0)) == Earning(0, 0, 0)
