"""The bounty of a task and the jackpots of forced reports: opening sealed reports, the part of each, collecting it.

As in test_settlement.py, Staking is the real one and the other contracts are stand-ins.
"""

import random

import pytest
from eth_abi import encode

from pinpoint.commitment.tree import keccak
from tests.unit.contracts.bank import Bank
from tests.unit.contracts.orders import jackpot_key, pool_key
from tests.unit.contracts.steps import (
    ZERO,
    balances,
    bounty_key,
    check_exit,
    check_window,
    events,
    moved,
    refused,
    report_id,
    solver_key,
    some_hash,
    verifier_key,
)
from tests.world import PARAMETERS, USERS

P = PARAMETERS
TASK = 5
COMMITTED, REVEALED, WON, LOST, CLOSED, FORFEITED = (1 << i for i in range(6))
"""Phases of a challenge."""
RIGHT, WRONG, OTHER = some_hash("right"), some_hash("wrong"), some_hash("other")
"""Digests of reports."""
SALT = some_hash("salt")
TOTAL = 10**18 + 7
"""In the bounty: nothing divides it."""
JACKPOT = 3 * 10**18 + 11
"""Of a forced report."""
CHALLENGERS = ("whistleblower", "other_whistleblower", "other_solver")


@pytest.fixture(scope="module")
def deployed():
    """The money alone, in the place of the whole suite."""
    return Bank()


def seal(world, user, digest, task=TASK, salt=SALT):
    """A report that only the user can open, by the rule of Arbitration.commitment_of."""
    return keccak(encode(["uint256", "address", "bytes32", "bytes32"], [task, world[user], digest, salt]))


def challenge(world, dispute, user="whistleblower", digest=RIGHT, phase=REVEALED, place=0, task=TASK, sealed=None):
    """A challenge of the report at a place, with a sealed report of its own."""
    sealed = sealed or seal(world, user, digest, task)
    world.tell("Arbitration", "set_challenge", dispute, (task, report_id(task, place), world[user], phase, sealed))
    return dispute


def reported(world, place, digest, task=TASK):
    report = report_id(task, place)
    world.tell("Verification", "set_report", report, world["verifier_one"], digest, 0)
    return report


def fill(world, task=TASK):
    """Put the total into the bounty, as convictions would."""
    world.as_contract("TaskRegistry", "Staking", "fund", bounty_key(task), world["stranger"], TOTAL)


def settle(world, upheld, task=TASK):
    """End a task with this report upheld; 0 for none."""
    solver = solver_key(task, world["solver"])
    world.tell("TaskRegistry", "set_task", task, world["submitter"], world["solver"], 0, 0)
    world.as_contract("TaskRegistry", "Staking", "lock", solver, world["solver"], 0)
    if upheld:
        world.as_contract("TaskRegistry", "Staking", "lock", verifier_key(upheld), world["verifier_two"], 0)
    world.tell("Verification", "set_verdict", task, upheld, False)
    world.send("stranger", "Settlement", "settle", task)


def ended(world, upheld=RIGHT, task=TASK):
    """A task whose first report was wrong and fell, and whose second was upheld."""
    reported(world, 0, WRONG, task)
    fill(world, task)
    settle(world, reported(world, 1, upheld, task), task)


def force(world, place, task=TASK):
    """A report whose error was forced, with its jackpot; its name."""
    report = reported(world, place, WRONG, task)
    world.tell("Verification", "set_forced", report)
    world.as_contract("TaskRegistry", "Staking", "fund", jackpot_key(report), world["stranger"], JACKPOT)
    return report


def bounty(world, task=TASK, place=0):
    """What challenges of the report at a place share: rights, closed, each."""
    return world.view("Settlement", "prize_of", report_id(task, place))


def deadline_of(world, task=TASK):
    """Last second in which reports can be opened."""
    return world.view("Settlement", "claim_ends", task)


def open_report(world, dispute, digest=RIGHT, salt=SALT):
    return world.send("stranger", "Settlement", "open_report", dispute, digest, salt)


def close(world, task=TASK, place=0):
    return world.send("stranger", "Settlement", "close_prize", report_id(task, place))


def collect(world, dispute):
    return world.send("stranger", "Settlement", "collect", dispute)


def over(world, task=TASK):
    """Let the claim window pass."""
    world.warp_to(deadline_of(world, task) + 1)


def pot(world, task=TASK):
    return held(world, bounty_key(task))


def held(world, key):
    return world.view("Staking", "pots", key)


# Opening


def test_open_report(world):
    """Promise 8: whoever sends it, it counts for the committed challenger."""
    ended(world)
    for rights, user in enumerate(CHALLENGERS, 1):
        challenge(world, rights, user)
        assert not world.view("Settlement", "report_opened", rights)
        opened = {"task": TASK, "dispute": rights, "challenger": world[user]}
        opened |= {"pot": bounty_key(TASK), "rights": rights}
        assert events(open_report(world, rights)) == {"ReportOpened": [opened]}
        assert world.view("Settlement", "report_opened", rights)
        assert not world.view("Settlement", "collected", rights)
        assert bounty(world).rights == rights


def test_open_report_in_its_window(world):
    now = world.port.now()
    ended(world)
    assert deadline_of(world) > now + P.claim_window
    challenge(world, 1)
    check_window(world, deadline_of(world), "settlement: late", lambda: open_report(world, 1))


def test_open_report_only_after_the_end(world):
    """Nor of a task of which no report can have fallen."""
    challenge(world, 1)
    with refused("settlement: open"):
        open_report(world, 1)
    settle(world, reported(world, 0, RIGHT))
    for send in (lambda: open_report(world, 1), lambda: close(world)):
        with refused("settlement: open"):
            send()


def test_open_report_of_no_challenge(world):
    ended(world)
    with refused("settlement: open"):
        open_report(world, 99)


def test_open_report_twice(world):
    ended(world)
    challenge(world, 1)
    open_report(world, 1)
    with refused("settlement: opened"):
        open_report(world, 1)
    assert bounty(world).rights == 1


@pytest.mark.parametrize("phase", [COMMITTED, FORFEITED])
def test_open_report_that_was_not_revealed(world, phase):
    """Who commits its seal itself has nothing to reveal, and nothing to open."""
    ended(world)
    challenge(world, 1, phase=phase)
    with refused("settlement: unrevealed"):
        open_report(world, 1)


def test_what_was_sealed_against_the_open_round_is_never_opened(world):
    """Its reports were public before: a seal may be a copy of one."""
    ended(world)
    challenge(world, 1, place=16)
    with refused("settlement: open round"):
        open_report(world, 1)
    challenge(world, 2, place=0)
    open_report(world, 2)


@pytest.mark.parametrize("phase", [REVEALED, WON, LOST, CLOSED])
def test_whoevers_game_ended_how(world, phase):
    """What counts is the report."""
    ended(world)
    challenge(world, 1, phase=phase)
    open_report(world, 1)


@pytest.mark.parametrize(
    ("digest", "salt"),
    [(RIGHT, OTHER), (OTHER, SALT), (WRONG, SALT), (ZERO, SALT), (RIGHT, ZERO)],
    ids=["other salt", "other report", "challenged report", "no report", "no salt"],
)
def test_open_report_opens_what_was_sealed(world, digest, salt):
    ended(world)
    challenge(world, 1)
    with refused("settlement: seal"):
        open_report(world, 1, digest, salt)


def test_copied_seal_does_not_open(world):
    """Promise 8: a seal names its owner, so that one copied from the mempool is worthless (rule of attack A12)."""
    ended(world)
    challenge(world, 1)
    challenge(world, 2, "other_whistleblower", sealed=seal(world, "whistleblower", RIGHT))
    open_report(world, 1)
    with refused("settlement: seal"):
        open_report(world, 2)


def test_seal_of_another_task_does_not_open(world):
    """Nor can one seal serve twice."""
    ended(world)
    challenge(world, 1, sealed=seal(world, "whistleblower", RIGHT, task=TASK + 1))
    with refused("settlement: seal"):
        open_report(world, 1)


@pytest.mark.parametrize(
    ("sealed", "rule"), [(OTHER, "report"), (WRONG, "challenged"), (ZERO, "report")], ids=["other", "fallen", "none"]
)
def test_wrong_report(world, sealed, rule):
    """It opens, but it is not the report that was upheld."""
    ended(world)
    challenge(world, 1, digest=sealed)
    with refused(f"settlement: {rule}"):
        open_report(world, 1, sealed)
    assert bounty(world).rights == 0


def test_challenged_report_never_counts(world):
    """Not even where it is the one that is finally upheld: who challenged it had nothing better."""
    ended(world, upheld=WRONG)
    challenge(world, 1, digest=WRONG)
    with refused("settlement: challenged"):
        open_report(world, 1, WRONG)


def test_only_the_challenged_report_never_counts(world):
    """Who challenged a wrong one shares, though the report it sealed had fallen to silence before."""
    reported(world, 0, RIGHT)
    reported(world, 1, WRONG)
    settle(world, reported(world, 2, RIGHT))
    challenge(world, 1, place=1)
    challenge(world, 2, "other_whistleblower", place=0)
    open_report(world, 1)
    with refused("settlement: challenged"):
        open_report(world, 2)


@pytest.mark.parametrize("sealed", [RIGHT, ZERO])
def test_no_report_is_right_where_none_was_upheld(world, sealed):
    """Who seals the zero digest bets on no report being upheld, and would get slashed deposits back."""
    reported(world, 0, WRONG)
    fill(world)
    settle(world, 0)
    challenge(world, 1, digest=sealed)
    with refused("settlement: report"):
        open_report(world, 1, sealed)
    burnt = world.view("Staking", "burnt")
    over(world)
    close(world)
    assert (pot(world), world.view("Staking", "burnt") - burnt) == (0, TOTAL)


# Closing and collecting


@pytest.mark.parametrize("rights", [0, 1, 2, 3])
def test_close_prize(world, rights):
    """k reports share total / 2^(k-1), whoever owns them, and the rest is burnt (attacks A12, A21)."""
    ended(world)
    for dispute, user in enumerate(CHALLENGERS[:rights], 1):
        challenge(world, dispute, user)
        open_report(world, dispute)
    each = TOTAL // 2 ** (rights - 1) // rights if rights else 0
    rest = TOTAL - rights * each
    before, burnt = balances(world, *USERS), world.view("Staking", "burnt")
    over(world)
    assert events(close(world)) == {
        "PrizeClosed": [{"task": TASK, "pot": bounty_key(TASK), "total": TOTAL, "rights": rights, "each": each}],
        "Burnt": [{"pot": bounty_key(TASK), "amount": rest}],
    }
    assert tuple(bounty(world)) == (rights, True, each)
    assert world.view("Staking", "burnt") - burnt == rest
    for dispute in range(1, rights + 1):
        collect(world, dispute)
    assert pot(world) == 0
    assert moved(world, before) == dict.fromkeys(CHALLENGERS[:rights], (0, 0, each))


def test_aliases_always_cost(world):
    """The more reports one owner opens, the less it has in all (attack A21)."""
    totals = []
    ended(world)
    for rights in (1, 2, 3):
        with world.undone():
            for dispute in range(1, rights + 1):
                open_report(world, challenge(world, dispute))
            before = balances(world, "whistleblower")
            over(world)
            for dispute in range(1, rights + 1):
                collect(world, dispute)
            totals.append(moved(world, before)["whistleblower"][2])
    assert totals == [TOTAL, TOTAL // 2 // 2 * 2, TOTAL // 4 // 3 * 3]
    assert totals[0] > totals[1] > totals[2]


def test_however_many_are_right_all_are_counted(world):
    """Dozens of aliases are as many parts, and what they share is next to nothing."""
    many = 40
    for dispute in range(1, many + 1):
        challenge(world, dispute)
    ended(world)
    for dispute in range(1, many + 1):
        open_report(world, dispute)
    assert bounty(world).rights == many
    over(world)
    close(world)
    assert tuple(bounty(world)) == (many, True, (TOTAL >> many - 1) // many)


def test_close_prize_after_its_window(world):
    ended(world)
    check_exit(world, deadline_of(world), "settlement: early", lambda: close(world))
    with refused("settlement: closed"):
        close(world)


def test_close_prize_needs_an_end(world):
    with refused("settlement: open"):
        close(world)


def test_collect_closes_the_prize(world):
    """Anybody may send it; the credit is the challenger's (promise 8)."""
    ended(world)
    open_report(world, challenge(world, 1))
    before = balances(world, *USERS)
    check_exit(world, deadline_of(world), "settlement: early", lambda: collect(world, 1))
    assert moved(world, before) == {"whistleblower": (0, 0, TOTAL)}
    assert bounty(world).closed


def test_collect_logs(world):
    ended(world)
    for dispute, user in enumerate(CHALLENGERS[:2], 1):
        open_report(world, challenge(world, dispute, user))
    each = TOTAL // 2 // 2
    over(world)
    collected = {"task": TASK, "dispute": 1, "challenger": world["whistleblower"], "amount": each}
    assert events(collect(world, 1)) == {
        "PrizeClosed": [{"task": TASK, "pot": bounty_key(TASK), "total": TOTAL, "rights": 2, "each": each}],
        "Burnt": [{"pot": bounty_key(TASK), "amount": TOTAL - 2 * each}],
        "PrizeCollected": [collected],
        "Paid": [{"pot": bounty_key(TASK), "receiver": world["whistleblower"], "amount": each}],
    }
    # The second one finds it closed.
    assert set(events(collect(world, 2))) == {"PrizeCollected", "Paid"}
    assert world.view("Settlement", "collected", 1) and world.view("Settlement", "collected", 2)


def test_collect_twice(world):
    ended(world)
    for dispute, user in enumerate(CHALLENGERS[:2], 1):
        open_report(world, challenge(world, dispute, user))
    over(world)
    collect(world, 1)
    with refused("settlement: collected"):
        collect(world, 1)
    assert pot(world) == TOTAL // 2 // 2
    collect(world, 2)


def test_collect_needs_an_opened_report(world):
    ended(world)
    challenge(world, 1)
    over(world)
    for number in (1, 99):
        with refused("settlement: unopened"):
            collect(world, number)


def test_bounties_are_apart(world):
    """A task's bounty pays for nothing else."""
    ended(world)
    open_report(world, challenge(world, 1))
    ended(world, task=TASK + 1)
    assert (pot(world), pot(world, TASK + 1)) == (TOTAL, TOTAL)
    over(world)
    collect(world, 1)
    assert (pot(world), pot(world, TASK + 1)) == (0, TOTAL)
    assert not bounty(world, TASK + 1).closed


# Jackpots


def ended_with_both(world, upheld=RIGHT):
    """A forced report in the first round, whose fallback fell, and another in the second, whose fallback was upheld."""
    forced = [force(world, 0), force(world, 1)]
    reported(world, 8, WRONG)
    fill(world)
    settle(world, reported(world, 9, upheld))
    return forced


@pytest.mark.parametrize("rights", [0, 1, 2, 3])
def test_a_jackpot_is_shared_by_who_was_right(world, rights):
    """k share total / 2^(k-1), the rest is burnt (attacks A11, A21); where nobody was right, it goes back to the pool.

    The fallback of this one has fallen: its verifier is none of them. The bounty of the task is another prize, and
    stays as it is.
    """
    forced, _ = ended_with_both(world)
    jackpot = jackpot_key(forced)
    for dispute, user in enumerate(CHALLENGERS[:rights], 1):
        challenge(world, dispute, user)
        opened = {"task": TASK, "dispute": dispute, "challenger": world[user], "pot": jackpot, "rights": dispute}
        assert events(open_report(world, dispute)) == {"ReportOpened": [opened]}
    each = JACKPOT // 2 ** (rights - 1) // rights if rights else 0
    before, burnt = balances(world, *USERS), world.view("Staking", "burnt")
    over(world)
    closed = {"task": TASK, "pot": jackpot, "total": JACKPOT, "rights": rights, "each": each}
    rest = {"Burnt": [{"pot": jackpot, "amount": JACKPOT - rights * each}]}
    if rights == 0:
        rest = {"Shifted": [{"source": jackpot, "target": pool_key(), "amount": JACKPOT}]}
    assert events(close(world)) == {"PrizeClosed": [closed]} | rest
    assert tuple(bounty(world)) == (rights, True, each)
    for dispute in range(1, rights + 1):
        assert set(events(collect(world, dispute))) == {"PrizeCollected", "Paid"}
    assert moved(world, before) == dict.fromkeys(CHALLENGERS[:rights], (0, 0, each))
    assert held(world, jackpot) == 0
    assert held(world, pool_key()) == (0 if rights else JACKPOT)
    assert world.view("Staking", "burnt") - burnt == (JACKPOT - rights * each if rights else 0)
    # Neither the bounty, nor the other jackpot.
    assert (pot(world), held(world, jackpot_key(report_id(TASK, 1)))) == (TOTAL, JACKPOT)
    assert tuple(bounty(world, place=8)) == tuple(bounty(world, place=1)) == (0, False, 0)


@pytest.mark.parametrize("rights", [0, 1, 2, 3])
def test_a_verifier_whose_fallback_is_upheld_is_one_of_the_right(world, rights):
    """It is credited when the prize is closed, whoever closes it; alone it has the whole jackpot."""
    _, forced = ended_with_both(world)
    jackpot, members = jackpot_key(forced), rights + 1
    for dispute, user in enumerate(CHALLENGERS[:rights], 1):
        open_report(world, challenge(world, dispute, user, place=1))
    each = JACKPOT // 2**rights // members
    before, burnt = balances(world, *USERS), world.view("Staking", "burnt")
    over(world)
    # The first to collect closes it, too.
    logged = events(collect(world, 1) if rights == 3 else close(world, place=1))
    closed = {"task": TASK, "pot": jackpot, "total": JACKPOT, "rights": members, "each": each}
    assert logged["PrizeClosed"] == [closed]
    assert logged["Paid"][0] == {"pot": jackpot, "receiver": world["verifier_one"], "amount": each}
    assert logged["Burnt"] == [{"pot": jackpot, "amount": JACKPOT - members * each}]
    assert tuple(bounty(world, place=1)) == (members, True, each)
    for dispute in range(2 if rights == 3 else 1, rights + 1):
        collect(world, dispute)
    assert moved(world, before) == dict.fromkeys(("verifier_one", *CHALLENGERS[:rights]), (0, 0, each))
    assert held(world, jackpot) == 0
    assert world.view("Staking", "burnt") - burnt == JACKPOT - members * each
    with refused("settlement: closed"):
        close(world, place=1)


def test_an_alias_never_earns_more_of_a_jackpot(world):
    """Attacks A11, A21: a verifier that tells aliases of its forced error has less with each, whoever else looks."""
    ended_with_both(world)
    for others in (0, 1):
        totals = []
        for aliases in (0, 1, 2):
            with world.undone():
                for dispute in range(1, others + aliases + 1):
                    user = "other_solver" if dispute <= others else "whistleblower"
                    open_report(world, challenge(world, dispute, user, place=1))
                before = balances(world, "verifier_one", "whistleblower")
                over(world)
                close(world, place=1)
                for dispute in range(others + 1, others + aliases + 1):
                    collect(world, dispute)
                totals.append(sum(gained[2] for gained in moved(world, before).values()))
        assert totals[0] > totals[1] > totals[2] > 0
        assert totals[0] == JACKPOT // 2**others // (1 + others)


def test_a_blind_challenge_wins_no_jackpot(world):
    """Attack A11: a forced report is wrong for sure, so it takes the right one, sealed before the secret was open."""
    ended_with_both(world)
    challenge(world, 1, digest=OTHER)
    with refused("settlement: report"):
        open_report(world, 1, OTHER)
    challenge(world, 2, digest=WRONG)
    with refused("settlement: challenged"):
        open_report(world, 2, WRONG)
    challenge(world, 3, phase=COMMITTED)
    with refused("settlement: unrevealed"):
        open_report(world, 3)
    assert tuple(bounty(world)) == (0, False, 0)


def test_no_jackpot_where_no_report_was_upheld(world):
    """It goes back to the pool; the bounty is burnt."""
    force(world, 0)
    fill(world)
    settle(world, 0)
    challenge(world, 1)
    with refused("settlement: report"):
        open_report(world, 1)
    burnt = world.view("Staking", "burnt")
    over(world)
    close(world)
    close(world, place=8)
    assert (held(world, pool_key()), pot(world)) == (JACKPOT, 0)
    assert world.view("Staking", "burnt") - burnt == TOTAL


def test_each_prize_closes_once(world):
    """All reports that fell by a conviction have one; each forced one has its own."""
    ended_with_both(world)
    with refused("settlement: early"):
        close(world)
    over(world)
    for place in (8, 0, 1):
        assert not bounty(world, place=place).closed
        close(world, place=place)
        assert bounty(world, place=place).closed
    for place in (0, 1, 2, 8, 9, 10, 16):
        with refused("settlement: closed"):
            close(world, place=place)
    # The second verifier's fallback was upheld.
    assert held(world, pool_key()) == JACKPOT


@pytest.mark.parametrize("seed", range(6))
def test_every_unit_of_all_prizes_is_accounted_for(world, seed):
    """Promise 2: two jackpots and a bounty in one task, opened and collected in any order, share nothing."""
    chance = random.Random(seed)
    ended_with_both(world)
    prizes = {0: JACKPOT, 8: TOTAL, 1: JACKPOT}
    counts = {place: chance.randrange(4) for place in prizes}
    disputes = {}
    for place, count in counts.items():
        for user in CHALLENGERS[:count]:
            disputes[challenge(world, len(disputes) + 1, user, place=place)] = (place, user)
    for dispute in chance.sample(sorted(disputes), len(disputes)):
        open_report(world, dispute)
    # The second verifier is one of the right.
    members = counts | {1: counts[1] + 1}
    each = {place: prizes[place] // 2 ** (k - 1) // k if k else 0 for place, k in members.items()}
    gains = dict.fromkeys(CHALLENGERS, 0) | {"verifier_one": each[1]}
    before, burnt = balances(world, *gains), world.view("Staking", "burnt")
    over(world)
    for dispute in chance.sample(sorted(disputes), len(disputes)):
        place, user = disputes[dispute]
        collect(world, dispute)
        gains[user] += each[place]
    for place, count in counts.items():
        if not count:
            close(world, place=place)
        assert tuple(bounty(world, place=place)) == (members[place], True, each[place])
    assert moved(world, before) == {user: (0, 0, gain) for user, gain in gains.items() if gain}
    back = 0 if counts[0] else JACKPOT
    assert held(world, pool_key()) == back
    assert world.view("Staking", "burnt") - burnt == sum(prizes.values()) - back - sum(gains.values())
    assert pot(world) == sum(held(world, jackpot_key(report_id(TASK, place))) for place in (0, 1)) == 0
