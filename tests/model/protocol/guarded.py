"""What only the contracts themselves may send: everybody else is refused, before anything else is looked at."""

from __future__ import annotations

from tests.model.protocol.words import Refused

GUARDED = {
    "Staking": (
        *("lock", "fund", "pledge", "restore", "forfeit", "release", "slash"),
        *("pay", "pay_rest", "shift", "burn"),
    ),
    "TaskRegistry": ("end", "solver_failed", "profiled", "invalidate"),
    "Sortition": ("assign", "free"),
    "Profiling": ("begin", "abandon"),
    "Verification": ("begin", "overturn", "give", "withheld", "conclude"),
    "Arbitration": ("decide",),
    "Settlement": (
        *("solver_declined", "solver_silent", "solver_left", "refund", "deposit_returned", "program_invalid"),
        *("verifier_excused", "verifier_silent", "overturned", "disclosed", "forced", "withheld", "reporter_closed"),
        *("profiler_closed", "bond_returned", "bond_lost", "bond_burnt", "fee_paid"),
    ),
}
SPOKEN = ("Arbitration", "decide")
"""What the judges say of proofs: the model knows it."""


def refuse(contract: str, method: str) -> None:
    """Refuse what is not for users."""
    if method in GUARDED.get(contract, ()) and (contract, method) != SPOKEN:
        raise Refused(f"{contract.lower().removeprefix('task')}: caller")
