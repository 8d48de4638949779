"""Replicator dynamics whose every generation plays tasks of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pinpoint.economics.setting import Setting
from pinpoint.simulation.campaign import Machines, Store
from pinpoint.simulation.chunks import Profits, pieces
from pinpoint.simulation.replicator import PAIRINGS, ROLES, Floats, Mix, Pairing, grown, honest

GENERATIONS = 12


def generations(
    s: Setting, start: Mix, tasks: int, seed: int, store: Store, machines: Machines
) -> Iterator[tuple[Mix, int]]:
    """Each generation's mix, with the tasks that it has played, until honesty has won or GENERATIONS are over.

    Args:
        s: of the world.
        start: the first mix.
        tasks: of a generation.
        seed: of who meets whom, and of all that happens.
        store: of what was played.
        machines: which play.
    """
    mix = start
    yield mix, 0
    for generation in range(GENERATIONS):
        if honest(mix):
            return
        chunks = {
            pairing: pieces(s, f"live {generation}: {pairing.name}", pairing.trial(s), count, seed)
            for pairing, count in met(mix, tasks, seed, generation).items()
        }
        earned = store.play_all(machines, chunks)
        mix = grown(mix, payoffs(mix, earned, s.fee))
        yield mix, tasks


def met(mix: Mix, tasks: int, seed: int, generation: int) -> dict[Pairing, int]:
    """How often each pairing meets, where everybody is drawn from the mix."""
    random = np.random.default_rng([seed, generation])
    chances = np.array([mix[0][p.solver] * mix[1][p.verifier] * mix[2][p.whistleblower] for p in PAIRINGS])
    counts = random.multinomial(tasks, chances / chances.sum())
    return {pairing: int(count) for pairing, count in zip(PAIRINGS, counts, strict=True) if count}


def payoffs(mix: Mix, earned: Mapping[Pairing, Profits], price: float) -> Mix:
    """Each strategy's mean profit over the price; its role's mean where nobody has played it."""
    by_role: list[dict[int, list[float]]] = [defaultdict(list) for _ in ROLES]
    for pairing, tasks in earned.items():
        places = (pairing.solver, pairing.verifier, pairing.whistleblower)
        for role, place in enumerate(places):
            by_role[role][place] += [profits[role] / price for profits in tasks]
    first, second, third = (_means(shares, found) for shares, found in zip(mix, by_role, strict=True))
    return first, second, third


def _means(shares: Floats, found: Mapping[int, Sequence[float]]) -> Floats:
    known = sorted(found)
    mean = float(np.average([np.mean(found[place]) for place in known], weights=shares[known]))
    return np.array([np.mean(found[place]) if place in found else mean for place in range(len(shares))])
