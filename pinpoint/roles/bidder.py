"""What submitters and solvers share: they sign off chain, and number what they sign."""

from __future__ import annotations

from pinpoint.chain.bids import BidError, BidSignatures
from pinpoint.roles.role import Role


class Bidder(Role):
    """An account that signs bids or quotes."""

    @property
    def signatures(self) -> BidSignatures:
        """What it signs and checks with."""
        return BidSignatures.of(self.client)

    def number(self, name: str) -> int:
        """This account's number for all that it signs under a name, of which only one counts on chain.

        Drawn and kept the first time: the next one that is free. If the journal is lost, what was signed with it and
        is still open may share its number with something new; then again only one of them counts.

        Raises:
            BidError: if it is used up, by a match or a cancellation.
        """
        journal = self.journal("numbers")
        if journal.get(name) is None:
            number = max((given for _, given in journal.items()), default=-1) + 1
            while self._used(number):
                number += 1
            journal.put(name, number)
        number = int(journal.get(name))
        if self._used(number):
            raise BidError(f"expected something new to sign, got {name}, whose number {number} is used up")
        return number

    def _used(self, number: int) -> bool:
        return bool(self.client.port.view("TaskRegistry", "nonce_used", self.address, number))
