"""The page of all properties, docs/properties.md: written by `make docs`."""

from __future__ import annotations

from pinpoint.chain.revm_port import ROOT
from tests.campaigns.protocol.drain import DRAINED
from tests.campaigns.protocol.names import functions
from tests.campaigns.protocol.properties import PROPERTIES
from tests.campaigns.protocol.transitions import TRANSITIONS

PAGE = ROOT / "docs" / "properties.md"
HEAD = """# Properties

Written by `make docs` from `tests/campaigns/protocol`. `make campaign` plays random lives of several tasks on the
contracts and on a model in Python (`tests/model/protocol`), which knows nothing of the contracts but the names of
their functions, events and refusals. After every transaction it compares the outcome, the reason of a refusal, all
events byte by byte and in order, everybody's balances as they are stored, and the state of whatever was touched;
every twentieth time, everything by views. So what holds of the model holds of the contracts, and these properties
are asked of it.

`tests/campaigns/test_protocol.py` plays a slice of it, and breaks the contracts to see it find what is wrong
(`tests/campaigns/protocol/faults.py`). What a proof in a game shows is said in the judges' names; that they are
right is what `make explore`, `make games` and `make conformance` are about. Tokens that lie are not played here, but
in `tests/unit/contracts/test_hostile_tokens.py`.
"""
ALONE = """When time has ended everything

From every state of a task that was reached for the first time, and at the end of each life, exits that anybody may
take are taken until there is none."""
FUNCTIONS = """## Of each function

`pre`: it is refused exactly when the model refuses it, for the same reason. `post`: it logs the model's events in
order, and leaves the model's balances and state. `decide` is what two judges call. What only contracts may send
(`tests/model/protocol/guarded.py`) is refused to everybody.
"""


def page() -> str:
    """All of it."""
    states = [(each.id, each.text) for each in PROPERTIES]
    parts = [
        HEAD,
        section("In every state", states),
        section("From each state to the next", TRANSITIONS.items()),
        section(ALONE, DRAINED.items()),
        FUNCTIONS,
    ]
    contracts = dict.fromkeys(contract for contract, _ in functions())
    rows = [
        f"| {contract} | {', '.join(f'`{name}`' for owner, name in functions() if owner == contract)} |"
        for contract in contracts
    ]
    table = "\n".join(["| contract | functions, each with `/pre` and `/post` |", "| --- | --- |", *rows])
    return "\n".join([*parts, table, ""]).replace("\n\n\n", "\n\n")


def section(title: str, rows: object) -> str:
    """A heading and a table of ids."""
    lines = [f"| {id} | {text} |" for id, text in rows]  # type: ignore[attr-defined]
    return "\n".join([f"## {title}", "", "| id | property |", "| --- | --- |", *lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page())
