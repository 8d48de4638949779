"""The whole study: every strategy, the share of dishonest stake at which honesty ends, and how populations move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pinpoint.chain.deployment import CONTRACTS
from pinpoint.chain.parameters import WAD
from pinpoint.chain.revm_port import CONTRACTS as FOLDER
from pinpoint.chain.revm_port import texts
from pinpoint.commitment.tree import keccak
from pinpoint.economics import Inequality, stable_until
from pinpoint.economics.frontier import frontier
from pinpoint.economics.setting import Setting
from pinpoint.simulation import replicator
from pinpoint.simulation.campaign import Machines, Store
from pinpoint.simulation.chunks import Chunk, Profits
from pinpoint.simulation.estimate import Estimate
from pinpoint.simulation.live import generations
from pinpoint.simulation.strategies import Strategy, colluders_of, solvers, strategies, with_colluders
from pinpoint.simulation.world import VERIFIERS, stand_in

CHUNK = 25
"""Tasks of a piece."""
WORST = ("partial training, 1% skipped", "forged optimiser state", "withholding solver")
COLLUSION = ("colluding solver and verifier", "colluding owner of the task")
SHARES = range(len(VERIFIERS) // 2 + 1)
"""Dishonest verifiers of the frontier."""
GRID = tuple(step / 40 for step in range(37))
"""Dishonest shares that populations begin with."""


@dataclass(frozen=True)
class Size:
    """How much is played.

    Attributes:
        tasks: of each strategy.
        points: of each strategy at each share of the frontier.
        pairings: of each pairing of the replicator's table.
        live: of each generation.
    """

    tasks: int
    points: int
    pairings: int
    live: int

    @classmethod
    def of(cls, tasks: int) -> Size:
        """In proportion to the tasks of a strategy.

        Raises:
            ValueError: if they are fewer than two, of which nothing can be estimated.
        """
        if tasks < 2:
            raise ValueError(f"expected at least two tasks of each strategy, got {tasks}")
        return cls(tasks, max(2, tasks // 3), max(2, tasks // 10), max(2, tasks // 2))


@dataclass(frozen=True)
class Study:
    """What is asked.

    Attributes:
        setting: the typical task in its market, under a deployment's parameters.
        size: how much is played.
        seed: of everything.
    """

    setting: Setting
    size: Size
    seed: int

    @property
    def world(self) -> Setting:
        """What is played."""
        s = self.setting
        return Setting(s.parameters, s.rates, s.market, stand_in(s.task))

    @property
    def versions(self) -> dict[str, str]:
        """Hashes of what decides every result: parameters, contracts, agents."""
        sources = {name: sorted(texts(name, FOLDER).items()) for name in CONTRACTS}
        agents = sorted(Path(__file__).parent.glob("*.py"))
        return {
            "parameters": keccak(self.setting.parameters.model_dump_json().encode()).hex(),
            "contracts": keccak(repr(sources).encode()).hex(),
            "agents": keccak(b"".join(path.read_bytes() for path in agents)).hex(),
        }

    def run(self, folder: Path, machines: Machines) -> dict[str, Any]:
        """Play all that is not played yet, and say what was found.

        Args:
            folder: where partial results are kept.
            machines: which play.
        """
        store = Store(folder / "economics.partial.jsonl", f"{self} {self.versions}")
        s = self.world
        every = strategies(s)
        played = self._play(store, machines, s, every, self.size.tasks)
        rows = self._rows(every, played)
        points = self._frontier(store, machines)
        evolved = self._evolve(store, machines)
        worst = min((row for row in rows.values() if row["listed"]), key=lambda row: float(row["margin"]))
        parts = {
            "stake": ends(points),
            "populations": evolved["stable_until"],
            "calculator": stable_until(self.setting),
        }
        count = sum(len(tasks) for tasks in played.values())
        count += sum(point["tasks"] for point in points) + evolved["tasks"]
        store.forget()
        return {
            "unit": "tokens a task",
            "strategies": rows,
            "agrees": all(row["agrees"] for row in rows.values()),
            "honest_dominates": all(row["margin"] > 0 for row in rows.values() if row["listed"]),
            "min_margin": worst["margin"],
            "binding": worst["listed"],
            "entry_multiple": self.setting.entry_multiple,
            "tax": self.setting.parameters.tax / WAD,
            "stable_until": min(parts.values()),
            "stable_until_by": parts,
            "frontier": {"stake": points, "deposits": [asdict(point) for point in frontier(self.setting)]},
            "replicator": evolved,
            "dishonest_draw": colluders_of(s) / len(VERIFIERS),
            "task": asdict(self.setting.task) | {"fee": self.setting.fee, "cost": self.setting.cost},
            "market": asdict(self.setting.market),
            "parameters": self.setting.parameters.model_dump(),
            "versions": self.versions,
            "seed": self.seed,
            "tasks": count,
        }

    def _play(
        self, store: Store, machines: Machines, s: Setting, every: Sequence[Strategy], tasks: int, where: str = ""
    ) -> dict[str, list[float]]:
        """Profits by strategy."""
        chunks = {
            strategy.name: [
                Chunk(s, where + strategy.name, at // CHUNK, strategy.trial, min(CHUNK, tasks - at), self.seed)
                for at in range(0, tasks, CHUNK)
            ]
            for strategy in every
        }
        done = store.play(machines, [chunk for pieces in chunks.values() for chunk in pieces])
        return {
            name: [earned for piece in pieces for (earned,) in done[piece.key]] for name, pieces in chunks.items()
        }

    def _rows(self, every: Sequence[Strategy], played: dict[str, list[float]]) -> dict[str, dict[str, Any]]:
        found = {strategy.name: Estimate.of(played[strategy.name], len(every)) for strategy in every}
        rows: dict[str, dict[str, Any]] = {}
        for strategy in every:
            one = found[strategy.name]
            rows[strategy.name] = {
                "profit": one.mean,
                "interval": [one.low, one.high],
                "closed_form": strategy.closed_form,
                "agrees": one.holds(strategy.closed_form),
                "tasks": one.tasks,
                "listed": strategy.listed,
            }
            if strategy.listed is not None:
                low, mean = (found[strategy.honest].low, found[strategy.honest].mean) if strategy.honest else (0.0, 0.0)
                rows[strategy.name] |= {
                    "honest": strategy.honest,
                    "gain": (one.mean - mean) / self.setting.fee,
                    "margin": Inequality(strategy.name, low, one.high, "tokens").margin,
                }
        return rows

    def _frontier(self, store: Store, machines: Machines) -> list[dict[str, Any]]:
        points = []
        for colluders in SHARES:
            s = with_colluders(self.world, colluders)
            honest = {strategy.name: strategy.closed_form for strategy in strategies(s)}
            every = [strategy for strategy in solvers(s) if strategy.name in WORST + COLLUSION]
            played = self._play(store, machines, self.world, every, self.size.points, f"{colluders} dishonest: ")
            for strategy in every:
                one = Estimate.of(played[strategy.name], len(every) * len(SHARES))
                base, fee = honest[strategy.honest] if strategy.honest else 0.0, self.setting.fee
                points.append(
                    {
                        "dishonest": colluders / len(VERIFIERS),
                        "strategy": strategy.name,
                        "gain": (one.mean - base) / fee,
                        "interval": [(one.low - base) / fee, (one.high - base) / fee],
                        "closed_form": (strategy.closed_form - base) / fee,
                        "agrees": one.holds(strategy.closed_form),
                        "tasks": one.tasks,
                    }
                )
        return points

    def _evolve(self, store: Store, machines: Machines) -> dict[str, Any]:
        s, tasks = self.world, self.size.pairings
        chunks = {
            pairing: Chunk(s, pairing.name, 0, pairing.trial(s), tasks, self.seed) for pairing in replicator.PAIRINGS
        }
        done: dict[str, Profits] = store.play(machines, list(chunks.values()))
        payoffs = replicator.table({pairing: done[chunk.key] for pairing, chunk in chunks.items()}, s.fee)
        won = [replicator.stable(payoffs, share, self.seed) for share in GRID]
        limit = max((share for at, share in enumerate(GRID) if all(won[: at + 1])), default=0.0)
        paths = {
            f"{share:g}": [replicator.trajectory(payoffs, mix) for mix in replicator.starts(share, self.seed)]
            for share in (round(limit, 3), GRID[-1])
        }
        third = replicator.starts(1 / 3, self.seed)[-1]
        live = list(generations(s, third, self.size.live, self.seed, store, machines))
        return {
            "roles": {role: list(names) for role, names in replicator.ROLES.items()},
            "payoffs": payoffs.tolist(),
            "stable_until": limit,
            "honest_wins": dict(zip(map(str, GRID), won, strict=True)),
            "live": [[shares.tolist() for shares in mix] for mix, _ in live],
            "live_ends_honest": replicator.honest(live[-1][0]),
            "paths": {
                share: [[[float(mix[0][0]), float(mix[1][0])] for mix in path] for path in found]
                for share, found in paths.items()
            },
            "tasks": tasks * len(chunks) + sum(played for _, played in live),
        }


def ends(points: Sequence[dict[str, Any]]) -> float:
    """The share of dishonest stake at which the best attack begins to pay, between two that were played.

    The largest that was played, if none pays.
    """
    shares = sorted({point["dishonest"] for point in points})
    best = [max(point["gain"] for point in points if point["dishonest"] == share) for share in shares]
    if best[0] > 0:
        return 0.0
    for at in range(1, len(shares)):
        if best[at] > 0:
            return float(np.interp(0.0, best[at - 1 : at + 1], shares[at - 1 : at + 1]))
    return float(shares[-1])
