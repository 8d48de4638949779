"""What deposits honesty needs, as forged results become worth more elsewhere, or more stake dishonest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pinpoint.economics import solver, verifier
from pinpoint.economics.calculator import MARGIN
from pinpoint.economics.inequality import Inequality
from pinpoint.economics.setting import Setting

OUTSIDE = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""What a forged result is worth elsewhere, over the task's price."""
Ways = Callable[[Setting], list[Inequality]]
"""To cheat, each with what it loses and gains."""


def for_solvers(s: Setting) -> list[Inequality]:
    """What a solver's deposit deters."""
    others = (solver.skips_everything, solver.withholds_data, solver.forged_state, solver.owns_the_task)
    partial = solver.partial_ways(s, s.outside) + solver.partial_ways(s, 0.0)
    return [*partial, *(inequality(s) for inequality in others)]


def for_verifiers(s: Setting) -> list[Inequality]:
    """What a verifier's deposit deters."""
    return [verifier.verifier_works(s), verifier.lazy_verifier(s)]


@dataclass(frozen=True)
class Point:
    """The least deposits for one outside value and one number of samples, as multiples of the task's price.

    Attributes:
        outside: value, over the price.
        samples: how many of the task's segments are sampled.
        solver_deposit: the solver's.
        verifier_deposit: the verifier's.
        entry: all deposits of the task.
    """

    outside: float
    samples: int
    solver_deposit: float
    verifier_deposit: float
    entry: float


def needed(s: Setting, name: str, ways: Ways) -> float:
    """The least multiple of a deposit that keeps MARGIN, in closed form; infinite if none does.

    Every left side is a + b x in the deposit x, and no right side depends on it, so x >= (right / (1 - m) - a) / b.
    """
    least = 0.0
    for none, one in zip(ways(s.changed(**{name: 0.0})), ways(s.changed(**{name: 1.0})), strict=True):
        missing, slope = none.right / (1 - MARGIN) - none.left, one.left - none.left
        if missing > 0:
            least = max(least, missing / slope if slope > 1e-12 else float("inf"))
    return least


def point(s: Setting, outside: float, samples: int) -> Point:
    """The least deposits, all else as in the setting."""
    s = s.changed(outside_value=outside, samples=samples)
    for_solver = needed(s, "solver_deposit", for_solvers)
    for_verifier = needed(s, "verifier_deposit", for_verifiers)
    flat = s.changed(solver_deposit=0.0, verifier_deposit=0.0).entry_multiple
    solvers = for_solver / s.task.sampled
    return Point(outside, samples, solvers, for_verifier, flat + solvers + for_verifier)


def frontier(s: Setting, outside: Sequence[float] = OUTSIDE) -> list[Point]:
    """For each outside value, the number of samples whose deposits are least."""
    counts = range(1, s.task.segments + 1)
    return [min((point(s, value, q) for q in counts), key=lambda p: p.entry) for value in outside]


def largest_outside(s: Setting, entry: float) -> float:
    """The outside value up to which deposits of `entry` prices suffice, with the setting's samples; 0 if none."""
    if point(s, 0.0, s.task.samples).entry > entry:
        return 0.0
    low, high = 0.0, 1e6
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if point(s, middle, s.task.samples).entry <= entry else (low, middle)
    return low
