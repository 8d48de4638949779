"""All properties of a campaign by id: invariants, steps, ends, and what each function does and refuses."""

from __future__ import annotations

import inspect
from functools import cache

from tests.campaigns.protocol.drain import DRAINED
from tests.campaigns.protocol.properties import PROPERTIES
from tests.campaigns.protocol.transitions import TRANSITIONS
from tests.model.protocol.accounts import Accounts
from tests.model.protocol.arbitration import Arbitration
from tests.model.protocol.availability import Availability
from tests.model.protocol.base import Part
from tests.model.protocol.lots import Lots
from tests.model.protocol.open_round import OpenRound
from tests.model.protocol.profiling import Profiling
from tests.model.protocol.programs import Programs
from tests.model.protocol.protocol import PARTS
from tests.model.protocol.registry import Registry
from tests.model.protocol.settlement import Settlement
from tests.model.protocol.verification import Verification

CLASSES: dict[str, type[Part]] = {
    "Staking": Accounts,
    "Sortition": Lots,
    "TaskRegistry": Registry,
    "Profiling": Profiling,
    "Verification": Verification,
    "Arbitration": Arbitration,
    "Settlement": Settlement,
    "OpenRound": OpenRound,
    "Availability": Availability,
    "ProgramJudge": Programs,
}
assert list(CLASSES) == list(PARTS), "expected a class for each part"


def functions() -> list[tuple[str, str]]:
    """Contract and name of all that anybody can send, as the model knows them: those that take a sender."""
    return [
        (contract, name)
        for contract, part in CLASSES.items()
        for name, method in vars(part).items()
        if not name.startswith("_")
        and inspect.isfunction(method)
        and list(inspect.signature(method).parameters)[1:2] == ["sender"]
        and (contract, name) != ("Staking", "transfer")
    ]


@cache
def all_properties() -> dict[str, str]:
    """Texts by id."""
    found = {each.id: each.text for each in PROPERTIES} | TRANSITIONS | DRAINED
    for contract, name in functions():
        found[f"{contract}.{name}/pre"] = "refused exactly when the model refuses it, for the same reason"
        found[f"{contract}.{name}/post"] = "logs the model's events in order, and leaves the model's balances and state"
    return found
