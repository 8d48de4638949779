"""The calculator's figures, as PNG and SVG."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pinpoint.economics import solver
from pinpoint.economics.detection import detection
from pinpoint.economics.frontier import OUTSIDE, point
from pinpoint.economics.inequality import most_tempting
from pinpoint.economics.setting import Setting
from pinpoint.economics.solvency import play

SIZE = (7.0, 4.5)
TASKS, SEED = 10_000, 7
STEPS = 60


def write(s: Setting, folder: Path) -> list[Path]:
    """Write every plot twice, and say where.

    Args:
        s: what is drawn.
        folder: is made if it is not there.
    """
    return [path for name, draw in PLOTS.items() for path in save(name, partial(draw, s), folder)]


def save(name: str, draw: Callable[[Axes], None], folder: Path) -> list[Path]:
    """Draw once, write as PNG and SVG, and say where.

    Args:
        folder: is made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=SIZE, layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure.subplots())
    paths = [folder / f"{name}.{suffix}" for suffix in ("png", "svg")]
    for path in paths:
        # Without a date, and with fixed names inside, the same figures give the same file.
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
    return paths


def detection_against_samples(s: Setting, axes: Axes) -> None:
    """How surely forged segments are found, by the number of samples."""
    n = s.task.segments
    counts = range(n + 1)
    for forged in sorted({1, 2, max(1, n // 4), max(1, n // 2)}):
        axes.plot(counts, [detection(n, q, forged) for q in counts], marker=".", label=f"{forged} of {n} forged")
    axes.axvline(s.task.samples, color="grey", linestyle=":", label="samples of the task")
    axes.set(xlabel="samples", ylabel="chance of detection", title="Detection against samples")
    axes.legend()


def profit_of_cheating(s: Setting, axes: Axes) -> None:
    """What the worst forger gains over honest work, by the solver's deposit and the chance of an honest verifier."""
    deposits = np.linspace(0, max(5.0, 2 * s.rate("solver_deposit")), STEPS)
    audits = np.linspace(0.3, 1, STEPS)
    gain = np.array([[_gain(s, float(deposit), float(audit)) for deposit in deposits] for audit in audits])
    bound = float(np.abs(gain).max())
    shown = axes.pcolormesh(deposits, audits, gain, cmap="RdBu_r", vmin=-bound, vmax=bound, rasterized=True)
    axes.contour(deposits, audits, gain, levels=[0], colors="black")
    axes.plot(s.rate("solver_deposit"), s.honest_draw, "k*", markersize=12)
    axes.annotate("deployed", (s.rate("solver_deposit"), s.honest_draw), xytext=(6, 6), textcoords="offset points")
    axes.figure.colorbar(shown, ax=axes, label="profit of cheating over honesty, task prices")
    axes.set(
        xlabel="solver_deposit: task prices, over the share that is sampled",
        ylabel="chance that an honest verifier audits",
        title="A cheater's profit; black: break-even",
    )


def _gain(s: Setting, deposit: float, audit: float) -> float:
    tried = s.changed(solver_deposit=deposit, dishonest=(1 - audit) * s.rate("eligible_share"))
    ways = (*solver.partial_ways(tried, tried.outside), solver.forged_state(tried), solver.skips_everything(tried))
    best = most_tempting(ways)
    return (best.right - best.left) / s.fee


def solvency_of_the_pool(s: Setting, axes: Axes) -> None:
    """What is in the jackpot's pool over many tasks, by who finds forced errors."""
    for label, rights in (
        ("one alias finds all, alone", (1,)),
        ("one alias and one other", (2,)),
        ("nobody to three, evenly", (0, 1, 2, 3)),
    ):
        axes.plot(play(s, TASKS, SEED, rights) / s.fee, label=label, linewidth=0.8)
    axes.axhline(3 * s.jackpot / s.fee, color="grey", linestyle=":", label="three jackpots")
    axes.set(xlabel="tasks", ylabel="pool, task prices", title="The jackpot's pool", yscale="symlog")
    axes.set_ylim(bottom=0)
    axes.legend()


def deposits_against_outside_value(s: Setting, axes: Axes) -> None:
    """All deposits of a task, by what a forged result is worth elsewhere, for several numbers of samples."""
    n = s.task.segments
    for samples in sorted({max(1, n // 4), max(1, n // 2), s.task.samples, n}):
        entries = [point(s, outside, samples).entry for outside in OUTSIDE]
        axes.plot(OUTSIDE, entries, marker=".", label=f"{samples} of {n} sampled")
    axes.plot(s.market.outside_value, s.entry_multiple, "k*", markersize=12, label="deployed")
    axes.set_xscale("symlog", linthresh=1)
    axes.set_yscale("log")
    axes.set(
        xlabel="outside value of a forged result, task prices",
        ylabel="all deposits, task prices",
        title="What honesty costs to enter",
    )
    axes.legend()


PLOTS: dict[str, Callable[[Setting, Axes], None]] = {
    "detection": detection_against_samples,
    "profit": profit_of_cheating,
    "solvency": solvency_of_the_pool,
    "frontier": deposits_against_outside_value,
}
"""By the name of the file."""
