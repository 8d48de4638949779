"""The jackpot's pool over many tasks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pinpoint.economics.jackpot import jackpot, part
from pinpoint.economics.setting import Setting


def play(
    s: Setting, tasks: int, seed: int, rights: Sequence[int] = (1,), start: float = 0.0
) -> NDArray[np.float64]:
    """What is in the pool after each of so many tasks, in tokens.

    Args:
        s: the task; all are alike.
        tasks: how many are settled.
        seed: of which errors are forced, and how many find them.
        rights: numbers of right reports, one of which is drawn for each forced error; 0: nobody found it. (1,) is the
            dearest: one alias always does, and alone.
        start: what is in the pool at first.
    """
    random = np.random.default_rng(seed)
    forced = random.random(tasks) < s.rate("forced_rate")
    found = random.choice(np.asarray(rights), tasks)
    income = s.tax * s.rate("pool_share")
    pool, amounts = start, np.empty(tasks)
    for task in range(tasks):
        pool += income
        if forced[task] and found[task]:
            k = int(found[task])
            pool -= k * part(jackpot(s.tax, s.rate("pool_share"), s.rate("forced_rate"), pool), k)
        amounts[task] = pool
    return amounts
