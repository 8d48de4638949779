"""The bounty of a task: opening sealed reports, the part of each, and collecting it.

As in test_settlement.py, Staking is the real one and the other contracts are stand-ins.
"""

import pytest
from eth_abi import encode

from pinpoint.commitment.tree import keccak
from tests.unit.contracts.bank import Bank
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


def bounty(world, task=TASK):
    return world.view("Settlement", "bounties", task)


def open_report(world, dispute, digest=RIGHT, salt=SALT):
    return world.send("stranger", "Settlement", "open_report", dispute, digest, salt)


def close(world, task=TASK):
    return world.send("stranger", "Settlement", "close_bounty", task)


def collect(world, dispute):
    return world.send("stranger", "Settlement", "collect", dispute)


def over(world, task=TASK):
    """Let the claim window pass."""
    world.warp_to(bounty(world, task).deadline + 1)


def pot(world, task=TASK):
    return world.view("Staking", "pots", bounty_key(task))


# Opening


def test_open_report(world):
    """Promise 8: whoever sends it, it counts for the committed challenger."""
    ended(world)
    for rights, user in enumerate(CHALLENGERS, 1):
        challenge(world, rights, user)
        assert not world.view("Settlement", "report_opened", rights)
        opened = {"task": TASK, "dispute": rights, "challenger": world[user], "rights": rights}
        assert events(open_report(world, rights)) == {"ReportOpened": [opened]}
        assert world.view("Settlement", "report_opened", rights)
        assert not world.view("Settlement", "collected", rights)
        assert bounty(world).rights == rights


def test_open_report_in_its_window(world):
    now = world.port.now()
    ended(world)
    assert bounty(world).deadline > now + P.claim_window
    challenge(world, 1)
    check_window(world, bounty(world).deadline, "settlement: late", lambda: open_report(world, 1))


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
def test_close_bounty(world, rights):
    """k reports share total / 2^(k-1), whoever owns them, and the rest is burnt (attacks A12, A21)."""
    ended(world)
    for dispute, user in enumerate(CHALLENGERS[:rights], 1):
        challenge(world, dispute, user)
        open_report(world, dispute)
    each = TOTAL // 2 ** (rights - 1) // rights if rights else 0
    rest = TOTAL - rights * each
    before, burnt = balances(world, *USERS), world.view("Staking", "burnt")
    deadline = bounty(world).deadline
    over(world)
    assert events(close(world)) == {
        "BountyClosed": [{"task": TASK, "total": TOTAL, "rights": rights, "each": each}],
        "Burnt": [{"pot": bounty_key(TASK), "amount": rest}],
    }
    assert tuple(bounty(world)) == (deadline, rights, True, each)
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


def test_close_bounty_after_its_window(world):
    ended(world)
    check_exit(world, bounty(world).deadline, "settlement: early", lambda: close(world))
    with refused("settlement: closed"):
        close(world)


def test_close_bounty_needs_an_end(world):
    with refused("settlement: open"):
        close(world)


def test_collect_closes_the_bounty(world):
    """Anybody may send it; the credit is the challenger's (promise 8)."""
    ended(world)
    open_report(world, challenge(world, 1))
    before = balances(world, *USERS)
    check_exit(world, bounty(world).deadline, "settlement: early", lambda: collect(world, 1))
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
        "BountyClosed": [{"task": TASK, "total": TOTAL, "rights": 2, "each": each}],
        "Burnt": [{"pot": bounty_key(TASK), "amount": TOTAL - 2 * each}],
        "BountyCollected": [collected],
        "Paid": [{"pot": bounty_key(TASK), "receiver": world["whistleblower"], "amount": each}],
    }
    # The second one finds it closed.
    assert set(events(collect(world, 2))) == {"BountyCollected", "Paid"}
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
