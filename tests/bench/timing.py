"""Times of alternatives taken in turn, so that a slow minute of the machine hits all of them alike."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter, process_time

Clock = Callable[[], float]
Action = Callable[[], object]

LEAST_SECONDS = 0.02
"""A sample is as many calls as take so long: more than a clock's step, less than a machine's mood."""


@dataclass(frozen=True)
class Spread:
    """A median between its quartiles."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of at least two values."""
        low, _, high = quantiles(values, n=4, method="inclusive")
        return cls(low, median(values), high)


def clock_for(threads: int) -> Clock:
    """Processor time for one thread, which does not count what others make it wait; else wall-clock time."""
    return process_time if threads == 1 else perf_counter


def in_turn(
    actions: Mapping[str, Action], count: int, clock: Clock, least: float = LEAST_SECONDS
) -> dict[str, list[float]]:
    """Seconds of a call of each action, `count` samples, the order reversed from round to round.

    Each action is called at least once before, so that caches are warm and nothing is loaded any more; that call says
    how many calls make a sample of `least` seconds. The collector of cycles waits.
    """
    calls = {name: max(1, math.ceil(least / max(_sample(action, 1, clock), 1e-9))) for name, action in actions.items()}
    samples: dict[str, list[float]] = {name: [] for name in actions}
    names = list(actions)
    enabled = gc.isenabled()
    gc.disable()
    try:
        for _ in range(count):
            for name in names:
                samples[name].append(_sample(actions[name], calls[name], clock))
            names.reverse()
    finally:
        if enabled:
            gc.enable()
    return samples


def _sample(action: Action, calls: int, clock: Clock) -> float:
    start = clock()
    for _ in range(calls):
        action()
    return (clock() - start) / calls


def ratios(samples: Mapping[str, Sequence[float]], above: str, below: str) -> Spread:
    """Of the quotients of the samples that were taken in the same round."""
    return Spread.of([a / b for a, b in zip(samples[above], samples[below], strict=True)])
