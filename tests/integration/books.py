"""What an ending should cost, from deployments/local.yaml and the order alone; and every account that it may touch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import boa
import yaml
from eth_abi import encode

from pinpoint.chain.client import PLACE_BITS
from pinpoint.commitment.tree import keccak
from pinpoint.program.work import program_units
from tests.play import INTERVAL, PROGRAM, SAMPLES, STEPS
from tests.world import USERS, World

WAD = 10**18
POOL = "pool"
"""That jackpots are taken from, beside the users."""
RATES: dict[str, int] = yaml.safe_load(Path("deployments/local.yaml").read_text())
BOND, COST = RATES["challenge_bond"], RATES["challenge_cost"]
TASK_DEPOSIT, CHUNK_FEE = RATES["task_deposit"], RATES["chunk_fee"]

RICH = 10**17 + 7
"""A price of a unit whose deposits exceed the bond and the cost of a challenge, and whose shares are not whole."""
POOR = 10**12 + 7
"""One whose deposits are less than a challenge costs."""


def part(amount: int, rate: str) -> int:
    """A share, rounded down."""
    return amount * RATES[rate] // WAD


class Bill(NamedTuple):
    """What the standard tiny task of tests/play.py moves at a price."""

    fee: int
    verifier_fee: int
    tax: int
    pooled: int
    solver_deposit: int
    verifier_deposit: int

    @classmethod
    def at(cls, price: int) -> Bill:
        """At a price of a unit."""
        units = program_units(PROGRAM)
        fee = units * STEPS * price
        return cls(
            fee,
            part(units * SAMPLES * INTERVAL * price, "verifier_rate"),
            part(fee, "tax"),
            part(part(fee, "tax"), "pool_share"),
            part(fee, "solver_deposit") * (STEPS // INTERVAL) // SAMPLES,
            part(fee, "verifier_deposit"),
        )

    def accepted(self, solver: str, verifier: str | None = None) -> Counter[str]:
        """Everybody's gain where the report passes, all else apart; without a verifier, in the open round."""
        escrow = self.fee + self.verifier_fee + self.tax
        gains = Counter(
            {solver: self.fee, "treasury": self.tax - self.pooled, POOL: self.pooled, "submitter": -escrow}
        )
        return gains if verifier is None else plus(gains, {verifier: self.verifier_fee})

    def rejected(self, solver: str, verifier: str | None = None) -> Counter[str]:
        """Everybody's gain where the report fails, or data are withheld, likewise; the rest of the deposit is burnt,
        or in part a bounty.
        """
        gains = Counter({solver: -self.solver_deposit, "submitter": part(self.solver_deposit, "submitter_share")})
        return gains if verifier is None else plus(gains, {verifier: part(self.solver_deposit, "verifier_share")})

    def reported(self, conviction: bool, *reporters: str) -> Counter[str]:
        """The gain of those whose report of the open round passed: of total / 2^(k - 1) each has as much.

        Args:
            conviction: whether another report of the open round fell, which leaves its bounty to them.
        """
        total = self.verifier_fee + (self.bounty - self.won if conviction else 0)
        return Counter(dict.fromkeys(reporters, (total >> (len(reporters) - 1)) // len(reporters)))

    @property
    def bounty(self) -> int:
        """Set aside from a convicted verifier's deposit."""
        return part(self.verifier_deposit, "bounty_share")

    @property
    def won(self) -> int:
        """Paid at once to who convicts."""
        return min(self.bounty, COST)


def plus(*gains: Mapping[str, int]) -> Counter[str]:
    """The sum of gains and losses."""
    total: Counter[str] = Counter()
    for gain in gains:
        total.update(gain)
    return total


# Keys of locks and pots


def key(*of: Any) -> bytes:
    """A key of Staking: its number, and what it is for."""
    types = ["address" if isinstance(value, str) else "uint256" for value in of]
    return keccak(encode(types, of))


ESCROW, BOUNTY, SOLVER, VERIFIER, SUBMITTER, REPORTER, FEE, ASK, JACKPOT, POOLED = range(1, 11)


@contextmanager
def quick(world: World) -> Iterator[None]:
    """Many roles looking at one world in little time; not for worlds that are undone in between.

    What a view answers is kept until a block or the time has changed. After each transaction only the sum of all
    accounts is compared, and every single one in `Books.check`.
    """
    port, checks, view = world.port, list(world.port.checks), world.port.view
    seen: dict[Any, Any] = {}

    def look(*of: Any) -> Any:
        key = (boa.env.evm.patch.block_number, boa.env.evm.patch.timestamp, repr(of))
        if key not in seen:
            seen[key] = view(*of)
        return seen[key]

    port.checks[:] = [world.ledger.check_total]
    port.view = look  # type: ignore[method-assign]
    try:
        yield
    finally:
        del port.view
        port.checks[:] = checks


class Books:
    """All accounts, compared with those when this was made."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.before = self._wealth()
        self.burnt = world.view("Staking", "burnt")

    def gains(self) -> dict[str, int]:
        """By how much the wealth of users, and the pool, has changed; without those where it has not."""
        gains = {user: amount - self.before[user] for user, amount in self._wealth().items()}
        return {user: gain for user, gain in gains.items() if gain}

    def locks(self, task: int) -> dict[str, int]:
        """What is locked for a task, and all that is bonded."""
        world = self.world
        keys = {f"solver {user}": key(SOLVER, task, world[user]) for user in USERS}
        keys |= {f"verifier {place}": key(VERIFIER, task << PLACE_BITS | place) for place in range(16)}
        keys |= {f"reporter {user}": key(REPORTER, task, world[user]) for user in USERS}
        keys["submitter"] = key(SUBMITTER, task)
        amounts = {name: world.view("Staking", "locked_amount", of) for name, of in keys.items()}
        amounts |= {f"bonded {user}": world.view("Staking", "bonded", world[user]) for user in USERS}
        return {name: amount for name, amount in amounts.items() if amount}

    def pots(self, task: int) -> dict[str, int]:
        """What a task has yet to distribute."""
        keys = {"escrow": key(ESCROW, task), "bounty": key(BOUNTY, task), "fee": key(FEE, task)}
        asked = self.world.port.events("Availability", "ChunkAsked")
        keys |= {f"jackpot {place}": key(JACKPOT, task << PLACE_BITS | place) for place in range(16)}
        keys |= {f"ask {place}": bytes(e.fields["key"]) for place, e in enumerate(asked) if e.fields["task"] == task}
        amounts = {name: self.world.view("Staking", "pots", of) for name, of in keys.items()}
        return {name: amount for name, amount in amounts.items() if amount}

    def check(
        self, task: int, gains: Mapping[str, int], burnt: int = 0, locked: Mapping[str, int] | None = None
    ) -> None:
        """Everybody's wealth, what was burnt, every lock and pot of the task, and promises 1 and 2, to the unit.

        Args:
            gains: of users and the pool; nobody else's wealth has changed.
            burnt: in this task.
            locked: what is still locked, for its owner to take.
        """
        view, locked = self.world.view, locked or {}
        self.world.ledger.check()
        assert self.gains() == {user: gain for user, gain in gains.items() if gain}
        assert view("Staking", "burnt") - self.burnt == burnt
        assert self.locks(task) == locked
        assert self.pots(task) == {}
        # What some lost, others gained, or it is burnt, or it is locked (promise 2).
        assert sum(gains.values()) + burnt + sum(locked.values()) == 0
        accounts = sum(
            view("Staking", account, self.world[user]) for user in USERS for account in ("stake", "unbonding", "credit")
        )
        staking = self.world.deployment.addresses["Staking"]
        held = view("Token", "balanceOf", staking)
        total = accounts + self._pool() + sum(locked.values()) + view("Staking", "burnt")
        assert total == view("Staking", "owed") == held

    def _wealth(self) -> dict[str, int]:
        return {user: self.world.wealth(user) for user in USERS} | {POOL: self._pool()}

    def _pool(self) -> int:
        return int(self.world.view("Staking", "pots", key(POOLED)))
