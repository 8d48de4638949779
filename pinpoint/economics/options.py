"""A market and a typical task from the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import click

from pinpoint.economics.market import Market, Task

HELP = {
    "compute_cost": "Tokens that a work unit costs.",
    "gas_price": "Gwei.",
    "token_price": "Of one token, in the chain's coin.",
    "outside_value": "Of a forged result, over the task's price.",
    "dishonest": "Share of all stake that colludes.",
    "false_alarm": "Chance that an honest segment fails.",
    "skipped": "Share of a training whose skipping has to be found ...",
    "detection": "... with this chance.",
    "block_time": "Seconds.",
    "response": "Blocks that a party needs to answer.",
    "units": "Work units of a step.",
    "price": "Tokens for a unit.",
    "steps": "Of the training.",
    "interval": "Steps between checkpoints.",
    "samples": "Segments that are replayed.",
    "data": "Bytes that a verifier fetches.",
}


def market_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """An option for each number of the market and of the typical task."""
    parts: tuple[Market | Task, ...] = (Task(), Market())
    for part in parts:
        for field in reversed(fields(part)):
            value = getattr(part, field.name)
            name = "--" + field.name.replace("_", "-")
            option = click.option(name, type=type(value), default=value, show_default=True, help=HELP[field.name])
            command = option(command)
    return command


def market_of(numbers: Mapping[str, Any]) -> tuple[Market, Task]:
    """What the options say.

    Raises:
        ValueError: if they describe no market, or no task.
    """
    return (
        Market(**{field.name: numbers[field.name] for field in fields(Market)}),
        Task(**{field.name: numbers[field.name] for field in fields(Task)}),
    )
