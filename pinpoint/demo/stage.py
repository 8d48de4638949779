"""What the audience sees: a timeline per task, progress, tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.rule import Rule
from rich.table import Table

UNIT = 10**18
STAGES: dict[str, tuple[str, ...]] = {
    "deployment": ("deploy",),
    "accounts": ("approve", "deposit", "mint", "register", "restake", "withdraw", "transfer", "weigh"),
    "submission": ("submit_task",),
    "profiling": ("commit_profile", "profile_unavailable", "reveal_profile", "finish"),
    "enrolment": ("enrol", "close_enrolment", "draw_solver", "accept", "decline", "leave"),
    "proof": ("post_proof",),
    "verification": ("draw", "fix", "accept_assignment", "report", "report_unavailable", "report_fallback"),
    "availability": ("ask", "post", "refund"),
    "challenge": ("commit_challenge", "reveal_challenge", "open_secret", "close", "sweep"),
    "descent": ("descend", "show_children", "show_leaf", "post_state", "signed_move", "time_out"),
    "arbitration": (
        "prove_word_fault",
        "prove_lane_fault",
        "prove_moved_fault",
        "prove_input_fault",
        "prove_distance_fault",
        "prove_malformed",
    ),
    "settlement": ("settle", "open_report", "close_prize", "collect"),
}


def stage_of(method: str) -> str:
    """The stage that a call belongs to."""
    return next((stage for stage, methods in STAGES.items() if method in methods), "other")


class Stage:
    """Prints the play."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._bars: dict[str, TaskID] = {}

    @contextmanager
    def story(self, title: str, text: str) -> Iterator[None]:
        """One task, with its progress bars below its timeline."""
        self._console.print(Rule(f"[bold]{title}"))
        self._console.print(text, style="italic")
        columns = (TextColumn("{task.description:>24}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=self._console, transient=True) as self._progress:
            yield
        self._progress, self._bars = None, {}

    def progress(self, who: str) -> Any:
        """A role's progress callback."""

        def update(what: str, done: int, total: int) -> None:
            if self._progress is None:
                return
            name = f"{who}: {what}"
            if name not in self._bars:
                self._bars[name] = self._progress.add_task(name, total=total)
            self._progress.update(self._bars[name], completed=done, visible=done < total)

        return update

    def line(self, seconds: int, who: str, what: str, gas: int | None = None, style: str = "") -> None:
        """One entry of the timeline; seconds since the task was submitted."""
        cost = f"{gas:>9,} gas" if gas is not None else ""
        self._console.print(f"  [dim]{seconds:>6} s[/]  [cyan]{who:<16}[/]{what:<22}[dim]{cost}[/]", style=style)

    def say(self, text: str) -> None:
        """A remark between the lines."""
        self._console.print(f"            [bold yellow]{text}[/]")

    def balances(self, title: str, before: Mapping[str, int], after: Mapping[str, int]) -> None:
        """What everybody has, before and after, in whole tokens."""
        table = Table("account", "before", "after", "change", title=title)
        for name, amount in after.items():
            change = amount - before.get(name, 0)
            style = "green" if change > 0 else "red" if change < 0 else "dim"
            cells = (f"{value / UNIT:,.4f}" for value in (before.get(name, 0), amount))
            table.add_row(name, *cells, f"[{style}]{change / UNIT:+,.4f}[/]")
        for column in table.columns[1:]:
            column.justify = "right"
        self._console.print(table)

    def gas(self, stages: Counter[str]) -> None:
        """Gas per stage, all tasks together."""
        table = Table("stage", "gas", title="Gas per stage")
        table.columns[1].justify = "right"
        for stage in (*STAGES, "other"):
            if stages[stage]:
                table.add_row(stage, f"{stages[stage]:,}")
        self._console.print(table)
