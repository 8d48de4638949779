"""Targets of the figures, what others report, and the table of both. docs/benchmarks.md says what each figure is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from tests.bench.timing import Spread

TARGETS: Mapping[str, float] = {
    "matmul_256": 1.15,
    "matmul_1024": 1.15,
    "matmul_256_unset": 1.15,
    "matmul_1024_unset": 1.15,
    "step_dense": 1.3,
    "step_transformer": 1.3,
    "step_dense_unset": 1.3,
    "step_transformer_unset": 1.3,
    "commit_4mb_ms": 40.0,
    "trace_overhead": 1.6,
    "trace_overhead_2_threads": 1.6,
    "memory": 2.0,
}
"""The most that a figure should be."""

ANCHORS: Mapping[str, str] = {
    "matmul_1024": "Verde 1.30",
    "matmul_1024_unset": "Verde 1.30",
    "step_transformer": "Verde 1.60",
    "step_transformer_unset": "Verde 1.60",
    "step_transformer_torch": "Verde 1.60",
    "replay_transformer": "Gensyn 1.46, OVIG 1.14",
}
SOURCES = """Verde: bit-exact execution by RepOps, less than 30 % more for a large matmul, some 60 % for Llama-1B.
Gensyn (litepaper), OVIG (2026): verified training in all."""
"""Of the anchors: published by others, of something alike."""


def missed(found: Mapping[str, Spread]) -> list[str]:
    """Figures above their targets."""
    return [key for key, spread in found.items() if spread.median > TARGETS.get(key, spread.median)]


def figure_table(found: Mapping[str, Spread]) -> Table:
    """Figures with targets and anchors."""
    table = Table(box=SIMPLE_HEAD)
    table.add_column("figure", no_wrap=True)
    for heading in ("median", "quartiles", "target"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("others")
    late = missed(found)
    for key, spread in found.items():
        middle = f"{spread.median:.2f}"
        table.add_row(
            key,
            f"[red]{middle}[/red]" if key in late else middle,
            f"{spread.low:.2f}-{spread.high:.2f}",
            f"{TARGETS[key]:g}" if key in TARGETS else "",
            ANCHORS.get(key, ""),
        )
    return table


def cost_table(title: str, costs: Sequence[Mapping[str, float | str]], most: int) -> Table:
    """Milliseconds a step of what `tests.bench.profile` found, the dearest first, and the sums of all."""
    table = Table(title, box=SIMPLE_HEAD)
    for heading in ("nodes", "MB", "canonical", "native", "ratio", "commit"):
        table.add_column(heading, justify="right", no_wrap=True)
    sums = {key: sum(float(cost[key]) for cost in costs) for key in ("nodes", "size", "canonical", "native", "commit")}
    for cost in [*costs[:most], {"name": "all", **sums}]:
        numbers = {key: float(cost[key]) for key in sums}
        table.add_row(
            str(cost["name"]),
            f"{numbers['nodes']:.0f}",
            f"{numbers['size'] / 1e6:.2f}",
            f"{numbers['canonical']:.3f}",
            f"{numbers['native']:.3f}",
            f"{numbers['canonical'] / numbers['native']:.2f}",
            f"{numbers['commit']:.3f}",
        )
    return table
