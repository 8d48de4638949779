"""Every token in the system, as accounts (promises 1, 2 and 9)."""

from __future__ import annotations

from collections import defaultdict

from tests.model.protocol.base import Part
from tests.model.protocol.signed import permit_digest, signer_of
from tests.model.protocol.words import NOBODY, need

MAX_OWED, MAX_LOCK = 2**128 - 1, 2**96 - 1


class Accounts(Part):
    """Stake, bonds, unbonding stake, credit, locks, pots, and what is burnt; by address or key."""

    def start(self) -> None:
        self.stake: defaultdict[int, int] = defaultdict(int)
        self.bonded: defaultdict[int, int] = defaultdict(int)
        self.locked: defaultdict[int, int] = defaultdict(int)
        self.unbonding: defaultdict[int, int] = defaultdict(int)
        self.unbonding_ends: defaultdict[int, int] = defaultdict(int)
        self.credit: defaultdict[int, int] = defaultdict(int)
        self.locks: dict[int, tuple[int, int]] = {}
        self.pots: defaultdict[int, int] = defaultdict(int)
        self.burnt = self.owed = 0
        # What the token says, of everybody, and what they allow Staking to take.
        self.donated = 0
        self.tokens: defaultdict[int, int] = defaultdict(int)
        self.allowance: defaultdict[int, int] = defaultdict(int)
        self.permits: defaultdict[int, int] = defaultdict(int)

    # Users

    def deposit(self, sender: int, amount: int) -> None:
        self._deposit(sender, amount, self.allowance[sender])

    def deposit_with_permit(self, sender: int, amount: int, deadline: int, v: int, r: int, s: int) -> None:
        if self.allowance[sender] >= amount:
            self._deposit(sender, amount, self.allowance[sender])
            return
        self._check_permit(sender, amount, deadline, v, r, s)
        self._deposit(sender, amount, amount)
        self.permits[sender] += 1

    def permit(self, owner: int, amount: int, deadline: int, v: int, r: int, s: int) -> None:
        """Of the token: anybody may show what an owner has signed for Staking."""
        self._check_permit(owner, amount, deadline, v, r, s)
        self.permits[owner] += 1
        self.allowance[owner] = amount

    def restake(self, sender: int, amount: int) -> None:
        need(amount != 0, "staking: amount")
        need(self.credit[sender] >= amount, "staking: credit")
        self.credit[sender] -= amount
        self.stake[sender] += amount
        self.say("Restaked", sender, amount)

    def unbond(self, sender: int, amount: int) -> None:
        need(amount != 0, "staking: amount")
        need(self.stake[sender] >= amount, "staking: stake")
        self.stake[sender] -= amount
        self.unbonding[sender] += amount
        self.unbonding_ends[sender] = self.m.now + self.p.unbonding_period
        self.say("Unbonded", sender, amount, self.unbonding_ends[sender])
        self.m.lots.weigh(sender, sender)

    def withdraw_stake(self, sender: int) -> None:
        amount = self.unbonding[sender]
        need(amount != 0, "staking: amount")
        need(self.m.now > self.unbonding_ends[sender], "staking: unbonding")
        self.unbonding[sender] = 0
        self.say("StakeWithdrawn", sender, amount)
        self._send(sender, amount)

    def withdraw(self, sender: int, amount: int) -> None:
        need(amount != 0, "staking: amount")
        need(self.credit[sender] >= amount, "staking: credit")
        self.credit[sender] -= amount
        self.say("Withdrawn", sender, amount)
        self._send(sender, amount)

    def transfer(self, sender: int, receiver: int, amount: int) -> None:
        """Of tokens, a donation where the receiver is Staking."""
        need(self.tokens[sender] >= amount, "erc20: transfer amount exceeds balance")
        self.tokens[sender] -= amount
        self.tokens[receiver] += amount
        self.touch(sender)

    # The other parts

    def allotted(self, owner: int) -> int:
        """What counts in draws: stake, and what is locked or bonded of it."""
        return self.stake[owner] + self.bonded[owner] + self.locked[owner]

    def lockable(self, owner: int) -> int:
        """What could be locked under one key: stake on its way out is at stake still (promise 9)."""
        return min(self.stake[owner] + self.unbonding[owner], MAX_LOCK)

    def lock(self, name: int, owner: int, amount: int) -> None:
        need(name not in self.locks, "staking: locked")
        need(amount <= MAX_LOCK, "staking: amount")
        need(amount <= self.stake[owner] + self.unbonding[owner], "staking: stake")
        from_stake = min(amount, self.stake[owner])
        self.stake[owner] -= from_stake
        self.unbonding[owner] -= amount - from_stake
        self.locked[owner] += amount
        self.locks[name] = owner, amount
        self.say("Locked", name, owner, from_stake, amount - from_stake)

    def fund(self, pot: int, owner: int, amount: int) -> None:
        need(self.stake[owner] >= amount, "staking: stake")
        self.stake[owner] -= amount
        self.pots[pot] += amount
        self.say("Funded", pot, owner, amount)
        self.m.lots.weigh(owner, owner)

    def pledge(self, owner: int, amount: int) -> None:
        need(self.stake[owner] >= amount, "staking: stake")
        self.stake[owner] -= amount
        self.bonded[owner] += amount
        self.say("Pledged", owner, amount)

    def restore(self, owner: int, amount: int) -> None:
        self.bonded[owner] -= amount
        self.stake[owner] += amount
        self.say("Restored", owner, amount)

    def forfeit(self, owner: int, amount: int, receiver: int, paid: int) -> None:
        self.bonded[owner] -= amount
        self._credit(receiver, paid)
        self.burnt += amount - paid
        self.say("Forfeited", owner, receiver, paid, amount - paid)

    def release(self, name: int) -> int:
        """Give a lock back; its owner."""
        owner, amount = self.locks.pop(name)
        self.locked[owner] -= amount
        self.stake[owner] += amount
        self.say("Released", name, owner, amount)
        return owner

    def slash(
        self, name: int, receiver: int = NOBODY, returned: int = 0, paid: int = 0, pot: int = 0, kept: int = 0
    ) -> int:
        """Divide a lock; what the division leaves is burnt. Its owner."""
        owner, amount = self.locks.pop(name)
        burnt = amount - returned - paid - kept
        self.locked[owner] -= amount
        self.stake[owner] += returned
        self._credit(receiver, paid)
        self.pots[pot] += kept
        self.burnt += burnt
        self.say("Slashed", name, owner, receiver, returned, paid, pot, kept, burnt)
        return owner

    def pay(self, pot: int, receiver: int, amount: int) -> None:
        self.pots[pot] -= amount
        self._credit(receiver, amount)
        self.say("Paid", pot, receiver, amount)

    def pay_rest(self, pot: int, receiver: int) -> None:
        """All that is in a pot; nothing if it is empty."""
        if self.pots[pot]:
            self.pay(pot, receiver, self.pots[pot])

    def shift(self, source: int, target: int, amount: int) -> None:
        self.pots[source] -= amount
        self.pots[target] += amount
        self.say("Shifted", source, target, amount)

    def burn(self, pot: int, amount: int) -> None:
        self.pots[pot] -= amount
        self.burnt += amount
        self.say("Burnt", pot, amount)

    # Details

    def _deposit(self, sender: int, amount: int, allowed: int) -> None:
        need(amount != 0, "staking: amount")
        need(amount <= MAX_OWED - self.owed, "staking: amount")
        need(allowed >= amount, "erc20: insufficient allowance")
        need(self.tokens[sender] >= amount, "erc20: transfer amount exceeds balance")
        self.allowance[sender] = allowed if allowed == 2**256 - 1 else allowed - amount
        self.transfer(sender, self.m.at["Staking"], amount)
        self.stake[sender] += amount
        self.owed += amount
        self.say("Deposited", sender, amount)

    def _check_permit(self, owner: int, amount: int, deadline: int, v: int, r: int, s: int) -> None:
        need(self.m.now <= deadline, "erc20: expired deadline")
        digest = permit_digest(self.m, owner, amount, self.permits[owner], deadline)
        signer = signer_of(digest, r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v]))
        need(signer is not None, "ecdsa: invalid signature")
        need(signer == owner, "erc20: invalid signature")

    # What holds always

    def total(self) -> int:
        """The sum of all accounts."""
        parts = (self.stake, self.bonded, self.unbonding, self.credit, self.locked, self.pots)
        return self.burnt + sum(sum(each.values()) for each in parts)

    def _credit(self, receiver: int, amount: int) -> None:
        if amount:
            self.credit[receiver] += amount

    def _send(self, receiver: int, amount: int) -> None:
        self.owed -= amount
        self.transfer(self.m.at["Staking"], receiver, amount)
        self.touch(receiver)

    def say(self, name: str, *values: int) -> None:
        self.m.say("Staking", name, *values)

    def touch(self, owner: int) -> None:
        """Its tokens have moved."""
        self.m.moved.add(owner)
