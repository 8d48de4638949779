"""What was found, as PNG and SVG."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from pinpoint.economics.plots import save

ROLE_COLOURS = {"solver": "tab:blue", "verifier": "tab:orange", "whistleblower": "tab:green"}


def write(found: dict[str, Any], folder: Path) -> list[Path]:
    """Write every plot twice, and say where.

    Args:
        found: the study's results.
        folder: is made if it is not there.
    """
    drawn = {"strategies": profits, "stake": gains, "replicator": populations, "live": generations}
    return [
        path
        for name, draw in drawn.items()
        for path in save(f"economics-{name}", partial(draw, found), folder)
    ]


def profits(found: dict[str, Any], axes: Axes) -> None:
    """What each strategy earns: played, with its interval, and expected."""
    fee, rows = found["task"]["fee"], found["strategies"]
    names = sorted(rows, key=lambda name: float(rows[name]["closed_form"]))
    places = range(len(names))
    means = [rows[name]["profit"] / fee for name in names]
    widths = [(rows[name]["interval"][1] - rows[name]["interval"][0]) / 2 / fee for name in names]
    axes.errorbar(means, places, xerr=widths, fmt=".", capsize=2, label="played, 99 %")
    axes.plot([rows[name]["closed_form"] / fee for name in names], places, "k|", markersize=9, label="closed form")
    axes.axvline(0, color="grey", linestyle=":")
    axes.set_yticks(list(places), [name + (" *" if rows[name]["listed"] else "") for name in names], fontsize=6)
    axes.set(xlabel="profit a task, task prices", title="Profit of each strategy; * attacks")
    axes.legend(fontsize=7)


def gains(found: dict[str, Any], axes: Axes) -> None:
    """What attacks gain over honesty, by the share of dishonest stake in a draw."""
    points = found["frontier"]["stake"]
    for name in dict.fromkeys(point["strategy"] for point in points):
        line = [point for point in points if point["strategy"] == name]
        shares = [point["dishonest"] for point in line]
        widths = [(point["interval"][1] - point["interval"][0]) / 2 for point in line]
        drawn = axes.errorbar(shares, [point["gain"] for point in line], yerr=widths, fmt=".", capsize=2, label=name)
        axes.plot(shares, [point["closed_form"] for point in line], color=drawn[0].get_color(), linewidth=0.8)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.axvline(found["dishonest_draw"], color="grey", linestyle=":", label="supposed")
    axes.set(
        xlabel="dishonest share of a draw",
        ylabel="gain over honesty, task prices",
        title="Where honesty ends; lines: closed form",
    )
    axes.legend(fontsize=7)


def populations(found: dict[str, Any], axes: Axes) -> None:
    """Paths of honest solvers and verifiers from many mixes."""
    for share, colour in zip(found["replicator"]["paths"], ("tab:blue", "tab:red"), strict=False):
        for at, path in enumerate(found["replicator"]["paths"][share]):
            label = f"{float(share):.0%} dishonest at first" if at == 0 else None
            axes.plot(*zip(*path, strict=True), color=colour, linewidth=0.6, alpha=0.7, label=label)
            axes.plot(*path[0], ".", color=colour, markersize=3)
    axes.set(xlabel="honest solvers", ylabel="honest verifiers", title="Populations that follow profit", xlim=(0, 1.02))
    axes.legend(fontsize=7, loc="lower right")


def generations(found: dict[str, Any], axes: Axes) -> None:
    """Shares of each role's strategies, every generation played."""
    live = found["replicator"]["live"]
    for role, (name, strategies) in enumerate(found["replicator"]["roles"].items()):
        for at, strategy in enumerate(strategies):
            style = "-" if at == 0 else ("--", ":", "-.")[at - 1]
            shares = [mix[role][at] for mix in live]
            axes.plot(shares, style, color=ROLE_COLOURS[name], marker=".", label=f"{name}: {strategy}")
    axes.set(xlabel="generation", ylabel="share of its role", title="Generations that play their own tasks")
    axes.legend(fontsize=6)
