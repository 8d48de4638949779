"""What an ending did to everybody's money, in words: from the accounts and the events of the contracts alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from inspect import cleandoc
from itertools import groupby
from textwrap import TextWrapper
from typing import Any

from pinpoint.chain.client import Client, Geometry
from pinpoint.chain.parameters import WAD, Parameters
from pinpoint.chain.port import Event
from pinpoint.program.work import program_units
from tests.integration.books import POOL, RICH, Bill, Books
from tests.play import INTERVAL, PROGRAM, SAMPLES, STEPS
from tests.world import PARAMETERS

fill = TextWrapper(120, break_on_hyphens=False, break_long_words=False).fill
PARTS = {
    # What somebody does in a task: the event that says so, and its field, of one address or several.
    "submitter": ("TaskRegistry", "TaskSubmitted", "submitter"),
    "solver": ("TaskRegistry", "SolverDrawn", "solver"),
    "verifier": ("Verification", "VerifierDrawn", "verifier"),
    "reporter": ("OpenRound", "ReportCommitted", "reporter"),
    "challenger": ("Arbitration", "ChallengeCommitted", "challenger"),
    "finder": ("Settlement", "SubmitterSlashed", "finder"),
    "profiler": ("Profiling", "ProfilersDrawn", "profilers"),
}
COUNTS = ("max_tries", "max_rounds")
"""Parameters that are plain numbers among those of money, which begin with the task's deposit."""


def statement(name: str, docstring: str, books: Books) -> str:
    """A play in words: who has how much more or less than before it, to the unit.

    Args:
        name: of the play, by which the page has it.
        docstring: what the play shows.
        books: made before the play's only task was submitted.

    Raises:
        AssertionError: if there are other tasks, or the task has left something locked or undistributed, or money was
            lost or made.
    """
    world = books.world
    events = world.port.log[books.log_start :]
    submitted = [event.fields for event in events if event.name == "TaskSubmitted"]
    assert len(submitted) == 1, f"expected one task in the play, got {len(submitted)}"
    number = submitted[0]["task"]
    left = books.locks(number) | books.pots(number)
    assert not left, f"expected everything distributed, got {left}"
    changes = changes_of(books, events)
    assert sum(changes.values()) == 0, f"expected changes whose sum is 0, got {changes}"
    task = Client(world.port, world.deployment).task(number)
    order = task.order
    played = terms(world.parameters, order.price, order.units, order.geometry, submitted[0]["escrow"])
    other = [f"{what} {value}" for what, value in played.items() if standard().get(what) != value]
    lines = [
        f"### {name}",
        fill(" ".join(cleandoc(docstring).split())),
        *([fill(f"Played with other terms: {', '.join(other)}.")] if other else []),
        table(changes),
        f"Sum in base units:\n\n```\n{fill(exact_sum(changes))}\n```",
        f"Ending on chain: {task.ending.name} ({task.ending.value})",
        fill(f"Money moved by: {trail(events)}"),
    ]
    return "\n\n".join(lines)


def changes_of(books: Books, events: Sequence[Event]) -> dict[str, int]:
    """By how much every account has changed: those who took part, in the order of PARTS, then who else has gained or
    lost, treasury, pool, and what was burnt.
    """
    world = books.world
    gains = books.gains()
    changes = {
        ", ".join(labels): gains.pop(world.name_of(address), 0) for address, labels in parts(events).items()
    }
    last = {"treasury": gains.pop("treasury", 0), "jackpot pool": gains.pop(POOL, 0)}
    burnt = world.view("Staking", "burnt") - books.burnt
    return changes | {user.replace("_", " "): gain for user, gain in gains.items()} | last | {"burnt": burnt}


def parts(events: Sequence[Event]) -> dict[str, list[str]]:
    """What everybody was in a task, by address; numbered where there were several, verifiers by their round."""
    labels: defaultdict[str, list[str]] = defaultdict(list)
    for part, (contract, name, field) in PARTS.items():
        told = [e.fields for e in events if (e.contract, e.name) == (contract, name)]
        found = [(address, fields) for fields in told for address in addresses(fields[field])]
        # The first event of each address.
        first = dict(reversed(found))
        for number, (address, fields) in enumerate(reversed(first.items()), 1):
            suffix = f" of round {fields['round']}" if part == "verifier" else f" {number}" if len(first) > 1 else ""
            labels[str(address)].append(part + suffix)
    return labels


def addresses(field: Any) -> list[Any]:
    """Those that an event's field names."""
    return list(field) if isinstance(field, list | tuple) else [field]


def trail(events: Sequence[Event]) -> str:
    """The names of what Staking and Settlement have told, in order; a plus stands for several in a row, of one name or
    of some in brackets, since how many chunks are asked for differs with the samples.
    """
    told = groupby(e.name for e in events if e.contract in ("Staking", "Settlement"))
    names = "".join(f"{name}{'+' * (len(list(group)) > 1)}, " for name, group in told)
    return re.sub(r"\b((?:\w+\+?, ){1,2}\w+\+?), (?:\1, )+", r"(\1)+, ", names).removesuffix(", ")


def table(changes: Mapping[str, int]) -> str:
    """Changes in tokens, rounded, with the sum."""
    rows = [f"| {account} | {tokens(change)} |" for account, change in changes.items()]
    return "\n".join(["| account | change in tokens |", "| --- | ---: |", *rows, f"| **sum** | {tokens(0)} |"])


def exact_sum(changes: Mapping[str, int]) -> str:
    """Changes in base units, in the order of the table, with their sum."""
    terms = " ".join(f"{'-' if change < 0 else '+'} {abs(change)}" for change in changes.values() if change)
    return f"{terms or 0} = {sum(changes.values())}"


def tokens(amount: int) -> str:
    """Rounded to four places, with its sign."""
    return f"{Decimal(amount) / WAD:+,.4f}" if amount else "0"


# Terms


def terms(parameters: Parameters, price: int, units: int, geometry: Any, escrow: int) -> dict[str, str]:
    """All that money follows from, exactly: the task's, then the deployment's."""
    task = {
        "price of a unit": exact(price),
        "units in a step": f"{units}",
        "steps": f"{geometry.steps}",
        "steps in a segment": f"{geometry.interval}",
        "segments sampled": f"{geometry.samples}",
        "escrow": exact(escrow),
    }
    names = list(Parameters.model_fields)
    for name in names[names.index("task_deposit") :]:
        if name.startswith("threshold"):
            # Bits, and no money.
            continue
        value = getattr(parameters, name)
        task[name] = str(value) if name in COUNTS else exact(value)
    return task


def standard() -> dict[str, str]:
    """The terms that are not repeated at each play: of the tiny task of tests/play.py, on the test deployment."""
    bill = Bill.at(RICH)
    counts = Geometry(1, 1, 1, STEPS, INTERVAL, SAMPLES, 0, 1, 0)
    escrow = bill.fee + bill.verifier_fee + bill.tax
    return terms(PARAMETERS, RICH, program_units(PROGRAM), counts, escrow)


def exact(amount: int) -> str:
    """In tokens, or a rate or share, without rounding."""
    text = f"{amount // WAD}.{amount % WAD:018}"
    return text.rstrip("0").rstrip(".")
