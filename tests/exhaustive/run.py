"""Checks chunk after chunk, settles by MPFR what the enclosure or the fast path left, and keeps the progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from time import thread_time

import numpy as np

from pinpoint.binary32 import reference
from tests.exhaustive.judge import CODES, Finding, Judge, Tally, Verdict
from tests.exhaustive.mpfr import rounded
from tests.exhaustive.progress import CHUNK, CHUNKS, Progress, Totals

Report = Callable[[str, Totals], None]


def run(
    judge: Judge,
    progress: Progress,
    path: Path,
    functions: Iterable[str],
    workers: int = 1,
    report: Report = lambda function, totals: None,
    chunk: int = CHUNK,
) -> None:
    """Check the chunks that are not done yet; save and report after each. The C code releases the interpreter's lock,
    so workers are threads."""

    def timed(function: str, index: int) -> tuple[Tally, float]:
        started = thread_time()
        tally = judge.check(function, index * CHUNK, chunk)
        return tally, thread_time() - started

    for function in functions:
        totals = progress.of(function)
        left = [index for index in range(CHUNKS) if index not in totals.done]
        with ThreadPoolExecutor(workers) as pool:
            futures: dict[Future[tuple[Tally, float]], int] = {pool.submit(timed, function, i): i for i in left}
            try:
                for future in as_completed(futures):
                    tally, seconds = future.result()
                    settle(judge, function, tally, totals)
                    totals.seconds += seconds
                    totals.done = sorted([*totals.done, futures[future]])
                    progress.save(path)
                    report(function, totals)
            finally:
                pool.shutdown(cancel_futures=True)


def settle(judge: Judge, function: str, tally: Tally, totals: Totals) -> None:
    """Add a tally: undecided lanes get the reference's result, as in the library; these and the straddling are right
    if MPFR says so, and the enclosure does not object."""
    mended = [Finding(a, getattr(reference, function)(a), 0.0) for a in tally.undecided]
    ranked = list(tally.hardest)
    for found in mended + tally.straddling:
        verdicts, distances = judge.judge(function, _one(found.input), _one(found.result))
        if found.result != rounded(function, found.input) or verdicts[0] == Verdict.WRONG:
            totals.wrong.append((found.input, found.result))
        elif verdicts[0] == Verdict.RIGHT:
            ranked.append(Finding(found.input, found.result, float(distances[0])))
    totals.wrong += [(found.input, found.result) for found in tally.wrong]
    totals.undecided = [a + b for a, b in zip(totals.undecided, tally.undecided_at, strict=True)]
    totals.straddling += len(tally.straddling)
    totals.rank(ranked)


def _one(word: int) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.array([word], np.uint32)


def all_complete(progress: Progress) -> bool:
    return all(progress.of(function).complete for function in CODES)
