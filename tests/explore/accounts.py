"""Every account that there is in Staking, compared with the model's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eth_abi.abi import encode

from pinpoint.chain.client import PLACE_BITS
from pinpoint.commitment.tree import keccak
from tests.explore.deployed import Chain, Seat
from tests.model.state import State

MOST_REPORTS = 3
"""Of a task here: two rounds, and a report of the open one."""
ESCROW, BOUNTY, SOLVER, VERIFIER, SUBMITTER, FEE = 1, 2, 3, 4, 5, 7
"""What a key of Staking is for (contracts/libraries/keys.vy)."""
Balances = dict[tuple[str, str], int]


class Accounts:
    """All balances of every user and of a task, and what they were at the start."""

    def __init__(self, chain: Chain, task: int, verifier: str) -> None:
        """
        Args:
            verifier: who has given the report.
        """
        self._chain, self._verifier = chain, verifier
        self._successor = (task << PLACE_BITS) + 1
        users = chain.users
        pots = {"escrow": key(ESCROW, task), "bounty": key(BOUNTY, task), "fee": key(FEE, task)}
        locks = {"solver": key(SOLVER, task, users["solver"]), "submitter": key(SUBMITTER, task, users["submitter"])}
        locks |= {f"report {place}": key(VERIFIER, (task << PLACE_BITS) | place) for place in range(MOST_REPORTS)}
        views: dict[tuple[str, str], tuple[Any, ...]] = {
            (user, what): (what, address)
            for user, address in users.items()
            for what in ("stake", "bonded", "unbonding", "credit")
        }
        views |= {("pot", name): ("pots", of) for name, of in pots.items()}
        views |= {("lock", name): ("locked_amount", of) for name, of in locks.items()}
        views |= {("all", what): (what,) for what in ("burnt", "owed")}
        self._calls = {name: chain.port.calldata("Staking", *call) for name, call in views.items()}
        self._before = self._read()

    def differences(self, seats: tuple[Seat, ...], state: State) -> Iterator[str]:
        """Where there is another amount than in the model. Accounts that the model has not may not have moved."""
        expected = self._before | self._expected(seats, state)
        for name, amount in self._read().items():
            if amount != expected[name]:
                yield f"{' '.join(name)} holds {amount}, not {expected[name]}"

    def _read(self) -> Balances:
        words = self._chain.port.words
        return {name: words("Staking", calldata)[0] for name, calldata in self._calls.items()}

    def _expected(self, seats: tuple[Seat, ...], state: State) -> Balances:
        money, before = state.money, self._before
        credit = {
            "solver": money.solver,
            self._verifier: money.verifier,
            "submitter": money.submitter,
            "treasury": money.treasury,
        }
        if money.successor:
            given = self._chain.client.report(self._successor)
            credit[self._chain.name_of(given.verifier)] = money.successor
        changed = {(user, "credit"): before[user, "credit"] + amount for user, amount in credit.items()}
        changed |= {
            ("solver", "stake"): before["solver", "stake"] + money.solver_stake,
            (self._verifier, "stake"): before[self._verifier, "stake"] + money.verifier_stake,
            ("pot", "escrow"): money.escrow,
            ("pot", "bounty"): money.pot,
            ("lock", "solver"): money.solver_locked,
            ("lock", "report 0"): money.verifier_locked,
            ("all", "burnt"): before["all", "burnt"] + money.burnt,
        }
        for seat, c in zip(seats, state.challengers, strict=True):
            changed |= {
                (seat.user, "stake"): c.stake,
                (seat.user, "bonded"): c.bonded,
                (seat.user, "credit"): c.credit,
            }
        return changed


def key(*of: Any) -> bytes:
    """A key of Staking (contracts/libraries/keys.vy)."""
    types = ["address" if isinstance(value, str) else "uint256" for value in of]
    return keccak(encode(types, of))
