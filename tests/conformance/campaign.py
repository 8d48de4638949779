"""The campaign: all sections, their tasks shared by processes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from time import process_time

from tests.conformance import campaign_fuzz, campaign_pointwise, campaign_reductions
from tests.conformance.campaign_tally import Section, Tally, Task

SECTIONS: dict[str, Section] = {
    "vectors": campaign_pointwise.VECTORS,
    "functions": campaign_pointwise.FUNCTIONS,
    "reductions": campaign_reductions.SECTION,
    "fuzz": campaign_fuzz.SECTION,
}
"""In the order of the report."""


def execute(task: Task) -> Tally:
    """Check a task's cases."""
    tally = Tally(task.section, task.name)
    started = process_time()
    SECTIONS[task.section].run(task, tally)
    tally.seconds = process_time() - started
    return tally


def run(
    only: Collection[str], seed: int, scale: float, workers: int, progress: Callable[[int, int], None]
) -> list[Tally]:
    """Check all cases of some sections.

    Args:
        only: the sections' names.
        seed: of everything random.
        scale: share of the cases.
        workers: processes; 1 for none but this one.
        progress: called with the tasks done and all tasks.

    Returns:
        A tally of each operation.
    """
    chosen = {name: section for name, section in SECTIONS.items() if name in only}
    tallies = {(name, of): Tally(name, of) for name, section in chosen.items() for of in section.names}
    tasks = [task for name, section in chosen.items() for task in section.tasks(name, seed, scale)]
    for done, tally in enumerate(_executed(tasks, workers), 1):
        tallies[tally.section, tally.name].add(tally)
        progress(done, len(tasks))
    return list(tallies.values())


def _executed(tasks: Sequence[Task], workers: int) -> Iterator[Tally]:
    if workers == 1:
        yield from map(execute, tasks)
        return
    # Not forked: the progress bar is a thread.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        try:
            for future in as_completed([pool.submit(execute, task) for task in tasks]):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)
