"""Tokens that lie, each in its own way: none breaks Staking's sums, and none freezes an account but its own.

`contracts/mocks/HostileToken.vy` says what each lie does. A deployment has one token for ever, so what a token does to
all its holders alike (it pauses, it shrinks) no contract can mend: then the accounts must stay as they are, be seen to
be short, and be paid out as far and as soon as the token lets them.
"""

from enum import IntFlag

import boa
import pytest

HOSTILE = boa.load_partial("contracts/mocks/HostileToken.vy")
STAKING = boa.load_partial("contracts/Staking.vy")
SCALE = boa.loads_partial('''
# pragma version 0.4.3
"""
In the place of Sortition, with verifiers that have no weight.
"""

@external
def weigh(verifier: address):
    pass
''')
KEY, POT = b"key".ljust(32, b"\0"), b"pot".ljust(32, b"\0")
NOBODY = "0x" + "00" * 20
PERIOD = 10


class Lie(IntFlag):
    """HostileToken's."""

    (
        FEE,
        SILENT,
        REFUSAL,
        BLACKLIST,
        PAUSE,
        HOOK,
        NO_ZERO,
        REBASE,
        UINT96,
        DECIMALS,
        APPROVAL,
        BALANCE,
    ) = (1 << i for i in range(12))


class Case:
    """A Staking of its own over a token that will lie; this test is Settlement and Registry. Two users, each with 50
    of stake, 10 that have been unbonded and can go, and 40 of credit."""

    def __init__(self) -> None:
        self.token = HOSTILE.deploy()
        # Its transfers return raw bytes, which titanoboa could not decode when it words an error.
        boa.env.register_contract(self.token.address, None)
        self.settlement = boa.env.generate_address("hostile settlement")
        one, two = (boa.env.generate_address() for _ in range(2))
        s, scale = self.settlement, SCALE.deploy().address
        self.staking = STAKING.deploy(self.token.address, s, one, two, s, s, s, scale, s, PERIOD)
        self.users = [boa.env.generate_address(f"hostile {i}") for i in range(2)]
        for user in self.users:
            self.enter(user)
        boa.env.evm.patch.timestamp += PERIOD + 2

    def enter(self, user: str) -> None:
        self.token.mint(user, 1000)
        with boa.env.prank(user):
            self.staking.deposit(100)
            self.pay(user, 40)
            self.staking.unbond(10)

    def pay(self, user: str, amount: int) -> None:
        """Of a user's stake to its credit, by way of a pot."""
        self.staking.fund(POT, user, amount, sender=self.settlement)
        self.staking.pay(POT, user, amount, sender=self.settlement)

    def accounts(self, user: str) -> tuple[int, int, int]:
        """Stake, unbonding, credit."""
        return self.staking.stake(user), self.staking.unbonding(user), self.staking.credit(user)

    def check(self, *changed: tuple[str, tuple[int, int, int]]) -> None:
        """These accounts are so, all others as they were at first, and the sum of all is what is owed."""
        expected = dict.fromkeys(self.users, (50, 10, 40)) | dict(changed)
        assert {user: self.accounts(user) for user in expected} == expected
        assert self.staking.owed() == sum(map(sum, expected.values()))

    def leave(self, user: str) -> int:
        """Take out all that can go: tokens received."""
        before = self.token.balanceOf(user)
        self.staking.withdraw(self.staking.credit(user), sender=user)
        self.staking.withdraw_stake(sender=user)
        return int(self.token.balanceOf(user) - before)


@pytest.fixture
def case():
    with boa.env.anchor():
        yield Case()


def refuses(rule):
    return pytest.raises(boa.BoaError, match=rule)


def test_all_twelve_are_here():
    assert len(Lie) == 12


def test_no_token_is_refused():
    with refuses("staking: token"):
        STAKING.deploy(boa.env.generate_address(), *[NOBODY] * 8, PERIOD)


def test_without_a_lie_everybody_leaves(case):
    for user in case.users:
        assert case.leave(user) == 50
    case.check(*((user, (50, 0, 0)) for user in case.users))
    assert case.staking.solvent() and case.token.balanceOf(case.staking.address) == 100


# A fee on transfer


def test_a_fee_on_transfer_is_refused(case):
    user, other = case.users
    case.token.be(Lie.FEE)
    with refuses("staking: received"):
        case.staking.deposit(10, sender=user)
    case.check()
    # Who leaves bears the fee alone.
    assert case.leave(user) == 40 - 4 + 10 - 1
    case.check((user, (50, 0, 0)))
    assert case.staking.solvent() and case.leave(other) == 45
    case.token.be(0)
    case.staking.deposit(10, sender=user)


# No answer, and a refusal


def test_no_answer_is_a_yes(case):
    user, other = case.users
    case.token.be(Lie.SILENT)
    case.staking.deposit(60, sender=user)
    case.check((user, (110, 10, 40)))
    assert case.leave(user) == 50
    assert case.leave(other) == 50
    assert case.token.balanceOf(case.staking.address) == case.staking.owed() == 160


def test_a_refusal_changes_nothing(case):
    user, _ = case.users
    case.token.be(Lie.REFUSAL)
    for send in (
        lambda: case.staking.deposit(10, sender=user),
        lambda: case.staking.deposit_with_permit(10, 0, 0, b"", b"", sender=user),
        lambda: case.staking.withdraw(10, sender=user),
        lambda: case.staking.withdraw_stake(sender=user),
    ):
        with refuses("staking: transfer"):
            send()
        case.check()
    case.token.be(0)
    assert case.leave(user) == 50


# A blacklist, and a pause


def test_one_blocked_account_stops_nobody_else(case):
    blocked, other = case.users
    case.token.set_blocked(blocked)
    case.token.be(Lie.BLACKLIST)
    with refuses("token: blocked"):
        case.staking.withdraw(10, sender=blocked)
    with refuses("token: blocked"):
        case.staking.withdraw_stake(sender=blocked)
    case.check()
    # It can still be paid, since no payment touches the token, and others leave.
    case.pay(blocked, 5)
    case.check((blocked, (45, 10, 45)))
    assert case.leave(other) == 50
    case.token.be(0)
    assert case.leave(blocked) == 55


def test_a_task_ends_while_nothing_moves(case):
    """Locks, slashes, pots and unbonding are accounts: none of them waits for the token."""
    user, other = case.users
    staking, settlement = case.staking, case.settlement
    case.token.be(Lie.PAUSE)
    with refuses("token: paused"):
        staking.withdraw(10, sender=user)
    with refuses("token: paused"):
        staking.deposit(10, sender=user)
    case.check()
    staking.lock(KEY, user, 30, sender=settlement)
    staking.slash(KEY, (5, other, 10, POT, 8), sender=settlement)
    staking.pay_rest(POT, user, sender=settlement)
    staking.restake(3, sender=other)
    staking.unbond(4, sender=other)
    assert case.accounts(user) == (25, 10, 48) and case.accounts(other) == (49, 14, 47)
    assert staking.burnt() == 7 and staking.owed() == 200
    case.token.be(0)
    boa.env.evm.patch.timestamp += PERIOD + 1
    assert (case.leave(user), case.leave(other)) == (58, 61)


# Hooks


REENTRIES = {
    "deposit": (5,),
    "deposit_with_permit": (5, 0, 0, bytes(32), bytes(32)),
    "restake": (5,),
    "unbond": (5,),
    "withdraw_stake": (),
    "withdraw": (5,),
    "stake": (NOBODY,),
    "credit": (NOBODY,),
    "unbonding": (NOBODY,),
    "owed": (),
    "bonded": (NOBODY,),
    "locks": (KEY,),
    "locked_amount": (KEY,),
    "pots": (POT,),
    "lockable": (NOBODY,),
    "solvent": (),
}


@pytest.mark.parametrize("method", REENTRIES)
@pytest.mark.parametrize("outer", ["deposit", "withdraw", "withdraw_stake"])
def test_nothing_is_entered_from_a_transfer(case, outer, method):
    """A token with hooks, which has stake, unbonding and credit of its own, calls back in the middle."""
    token, staking, (user, _) = case.token, case.staking, case.users
    me = token.address
    token.mint(me, 1000)
    token.act(staking.address, staking.deposit.prepare_calldata(100))
    case.pay(me, 40)
    token.act(staking.address, staking.unbond.prepare_calldata(10))
    boa.env.evm.patch.timestamp += PERIOD + 2
    data = getattr(staking, method).prepare_calldata(*REENTRIES[method])
    with boa.env.anchor():
        token.act(staking.address, data)  # Outside of a transfer it goes through.

    token.set_hook(staking.address, data)
    token.be(Lie.HOOK)
    {
        "deposit": lambda: staking.deposit(7, sender=user),
        "withdraw": lambda: staking.withdraw(7, sender=user),
        "withdraw_stake": lambda: staking.withdraw_stake(sender=user),
    }[outer]()
    assert token.calls() == 1 and token.answer() is False
    expected = {"deposit": (57, 10, 40), "withdraw": (50, 10, 33), "withdraw_stake": (50, 0, 40)}[outer]
    case.check((me, (50, 10, 40)), (user, expected))
    assert token.balanceOf(staking) == staking.owed()


# Nothing is never sent


def test_nothing_is_never_sent(case):
    """So that a token which refuses it has nothing to refuse."""
    staking, settlement, (user, other) = case.staking, case.settlement, case.users
    case.token.be(Lie.NO_ZERO)
    for send in (lambda: staking.deposit(0, sender=user), lambda: staking.withdraw(0, sender=user)):
        with refuses("staking: amount"):
            send()
    staking.withdraw_stake(sender=user)
    with refuses("staking: amount"):
        staking.withdraw_stake(sender=user)
    # What a task has nothing of is paid without the token.
    staking.pay_rest(POT, user, sender=settlement)
    staking.lock(KEY, user, 0, sender=settlement)
    staking.slash(KEY, (0, other, 0, POT, 0), sender=settlement)
    case.check((user, (50, 0, 40)))


# Balances that change by themselves


def test_a_balance_that_shrinks_is_seen(case):
    """Promise 1, as far as a token lets it be kept: the accounts stay, and who leaves gets no more than is its own."""
    staking, (user, other) = case.staking, case.users
    case.token.be(Lie.REBASE)
    assert staking.solvent() is True
    case.token.rebase(500)
    assert staking.solvent() is False
    case.check()
    assert case.leave(user) == 50 and case.leave(other) == 50
    case.check((user, (50, 0, 0)), (other, (50, 0, 0)))
    case.token.mint(staking.address, 200)
    assert staking.solvent() is True


def test_a_balance_that_grows_is_nobodys(case):
    staking, (user, other) = case.staking, case.users
    case.token.be(Lie.REBASE)
    case.token.rebase(3000)
    assert staking.solvent() is True and case.token.balanceOf(staking.address) == 600
    case.check()
    with refuses("staking: credit"):
        staking.withdraw(41, sender=user)
    staking.withdraw(39, sender=user)
    case.check((user, (50, 10, 1)))
    assert case.leave(other) in (47, 48, 49, 50)  # as the token rounds


def test_what_is_rounded_away_is_refused(case):
    user, _ = case.users
    case.token.be(Lie.REBASE)
    case.token.rebase(3000)
    with refuses("staking: received"):
        case.staking.deposit(10, sender=user)
    case.check()
    case.staking.deposit(9, sender=user)
    case.check((user, (59, 10, 40)))


# Sizes


def test_what_is_cut_to_96_bits_is_refused(case):
    user, _ = case.users
    case.token.be(Lie.UINT96)
    for amount in (2**96, 2**96 + 5):
        with refuses("staking: received"):
            case.staking.deposit(amount, sender=user)
    case.check()
    case.token.mint(user, 2**96)
    case.staking.deposit(2**96 - 201, sender=user)
    assert case.token.balanceOf(case.staking.address) == case.staking.owed() == 2**96 - 1
    assert case.leave(user) == 50


@pytest.mark.parametrize("places", [2, 30])
def test_decimals_are_not_asked(case, places):
    """Amounts are base units, and all together fit 128 bits whatever they are called."""
    user, other = case.users
    case.token.set_decimals(places)
    case.token.be(Lie.DECIMALS)
    assert case.token.decimals() == places
    whole, most = 10**places, 2**128 - 1 - case.staking.owed()
    case.token.mint(user, 2**129)
    case.staking.deposit(1, sender=user)
    case.staking.deposit(whole, sender=user)
    case.check((user, (51 + whole, 10, 40)))
    with refuses("staking: amount"):
        case.staking.deposit(most - whole, sender=user)
    case.staking.deposit(most - whole - 1, sender=user)
    assert case.staking.owed() == 2**128 - 1 and case.staking.bonded(user) == 0
    # One lock holds 96 bits: with 30 decimals that is less than a tenth of a token, so no deposit can be that much.
    with refuses("staking: amount"):
        case.staking.lock(KEY, user, 2**96, sender=case.settlement)
    assert case.leave(other) == 50


# Allowances


def test_a_deposit_uses_up_its_allowance_alone(case):
    """A token that lets an allowance change by way of zero only. What one has allowed, no other can spend."""
    user, other = case.users
    token, staking = case.token, case.staking
    token.be(Lie.APPROVAL)
    token.approve(staking.address, 30, sender=user)
    with refuses("token: approval"):
        token.approve(staking.address, 40, sender=user)
    with boa.reverts():
        staking.deposit(30, sender=other)
    with boa.reverts():
        staking.deposit(31, sender=user)
    case.check()
    staking.deposit(30, sender=user)
    case.check((user, (80, 10, 40)))
    assert token.allowance(user, staking.address) == 0
    token.approve(staking.address, 40, sender=user)
    # An allowance that is there needs no permit, and a token without permits refuses none.
    staking.deposit_with_permit(40, 0, 0, b"", b"", sender=user)
    case.check((user, (120, 10, 40)))
    assert case.leave(other) == 50


# A balance that is made up


@pytest.mark.parametrize("claimed", [0, 200, 2**256 - 1])
def test_a_balance_that_is_made_up_opens_no_account(case, claimed):
    user, other = case.users
    case.token.claim(claimed)
    case.token.be(Lie.BALANCE)
    with boa.reverts():
        case.staking.deposit(10, sender=user)
    case.check()
    assert case.staking.solvent() is (claimed >= 200)
    # Nobody who leaves depends on what it says.
    case.staking.withdraw(40, sender=user)
    case.staking.withdraw_stake(sender=other)
    case.token.be(0)
    case.check((user, (50, 10, 0)), (other, (50, 0, 40)))
    assert case.token.balanceOf(case.staking.address) == case.staking.owed() == 150
