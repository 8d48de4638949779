"""The whole model: actions in, refusals or events out."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

from pinpoint.chain.parameters import Parameters
from tests.model.protocol.accounts import Accounts
from tests.model.protocol.arbitration import Arbitration
from tests.model.protocol.availability import Availability
from tests.model.protocol.guarded import refuse
from tests.model.protocol.lots import Lots
from tests.model.protocol.open_round import OpenRound
from tests.model.protocol.profiling import Profiling
from tests.model.protocol.programs import Programs
from tests.model.protocol.registry import Registry
from tests.model.protocol.settlement import Settlement
from tests.model.protocol.verification import Verification
from tests.model.protocol.words import Refused, hashed, need
from tests.model.protocol.works import Works

Said = tuple[Any, ...]
"""Contract, name and values of an event, in the order of its declaration."""
PARTS = {
    "Staking": "accounts",
    "Sortition": "lots",
    "TaskRegistry": "registry",
    "Profiling": "profiling",
    "Verification": "verification",
    "Arbitration": "arbitration",
    "Settlement": "settlement",
    "OpenRound": "open_round",
    "Availability": "availability",
    "ProgramJudge": "programs",
}


class Protocol:
    """All parts of the protocol, and the chain's time."""

    def __init__(
        self, parameters: Parameters, at: Mapping[str, int], treasury: int, chain_id: int, works: Works
    ) -> None:
        """
        Args:
            at: addresses of the contracts, which commitments are bound to.
        """
        self.p, self.at, self.treasury, self.chain_id, self.works = parameters, at, treasury, chain_id, works
        self.now = self.number = self.deployer = 0
        self.said: list[Said] = []
        self.moved: set[int] = set()
        self.seeds: dict[int, int] = {}
        self.accounts = Accounts(self)
        self.lots = Lots(self)
        self.registry = Registry(self)
        self.profiling = Profiling(self)
        self.verification = Verification(self)
        self.arbitration = Arbitration(self)
        self.settlement = Settlement(self)
        self.open_round = OpenRound(self)
        self.availability = Availability(self)
        self.programs = Programs(self)

    def send(
        self, now: int, number: int, sender: int, contract: str, method: str, arguments: tuple[Any, ...]
    ) -> list[Said]:
        """Do what a transaction does, in a block of that time and number; its events in order.

        Raises:
            Refused: with the reason, and nothing has changed.
        """
        self.now, self.number = now, number
        self.said, self.moved = [], {sender}
        refuse(contract, method)
        if contract == "Beacon":
            self.seeds[arguments[0]] = arguments[1]
        elif contract == "Token":
            self._token(sender, method, *arguments)
        else:
            getattr(getattr(self, PARTS[contract]), method)(sender, *arguments)
        return self.said

    def misunderstand(self, now: int, number: int) -> None:
        """Refuse, without a reason, what is too short to be understood.

        Raises:
            Refused: always.
        """
        self.now, self.number, self.said, self.moved = now, number, [], set()
        raise Refused("")

    def say(self, contract: str, name: str, *values: Any) -> None:
        """An event."""
        self.said.append((contract, name, *values))

    def seed_of(self, number: int) -> int:
        """Randomness of a past block; 0 where it is not known."""
        if number >= self.number:
            return 0
        return self.seeds[number] if number in self.seeds else hashed(self.at["Beacon"], number)

    def expired(self, number: int) -> bool:
        """Whether the randomness of a past block will never be known."""
        return self.seed_of(number) == 0

    def seed(self, number: int, task: int, purpose: int) -> int:
        """For a purpose of a task, so that one block decides many draws independently."""
        found = self.seed_of(number)
        need(found != 0, "randomness: seed")
        return hashed(found, task, purpose)

    def copy(self) -> Protocol:
        """As it stands; parameters, addresses and trees are shared."""
        shared = self.p, self.at, self.works
        self.p = self.at = self.works = None  # type: ignore[assignment]
        try:
            made: Protocol = pickle.loads(pickle.dumps(self, pickle.HIGHEST_PROTOCOL))
        finally:
            self.p, self.at, self.works = shared
        made.p, made.at, made.works = shared
        for order in (task.order for task in made.registry.tasks.values()):
            order._p = self.p
        return made

    def _token(self, sender: int, method: str, other: int, amount: int, *permitted: Any) -> None:
        if method == "permit":
            self.accounts.permit(other, *permitted)
        elif method == "transfer":
            self.accounts.transfer(sender, other, amount)
            self.accounts.donated += amount if other == self.at["Staking"] else 0
            self.moved.add(other)
        elif method == "mint":
            self.accounts.tokens[other] += amount
            self.moved.add(other)
        elif method == "approve":
            self.accounts.allowance[sender] = amount
        else:
            raise Refused(f"no {method} of a token")
