"""The whole study: every strategy, the share of dishonest stake at which honesty ends, and how populations move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from pinpoint.simulation.chunks import pieces
from pinpoint.simulation.estimate import Estimate
from pinpoint.simulation.live import generations
from pinpoint.simulation.strategies import HONEST, Strategy, colluders_of, gain, solvers, strategies, with_colluders
from pinpoint.simulation.world import VERIFIERS, stand_in

WORST = ("partial training, 1% skipped", "one forged state that moves", "withholding solver")
COLLUSION = ("colluding solver and verifier", "colluding pair, one forged state", "colluding owner of the task")
SHARES = range(len(VERIFIERS) // 2 + 1)
"""Dishonest verifiers of the frontier."""
GRID = tuple(step / 40 for step in range(40))
"""Dishonest shares that populations begin with."""
SHOWN = 120
"""Generations of each path that are written down."""


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
        return cls(tasks, max(2, tasks // 4), max(2, tasks // 4), max(2, tasks // 2))


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
        return Setting(s.parameters, s.market, stand_in(s.task))

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
            "stake": ends(s) if all(point["agrees"] for point in points) else ends_as_played(points),
            "populations": evolved["stable_until"],
            "calculator": stable_until(self.setting),
        }
        count = sum(len(tasks) for tasks in played.values())
        count += sum(point["tasks"] for point in points) + evolved["tasks"]
        store.forget()
        return {
            "unit": "tokens a task",
            "strategies": rows,
            "agrees": all(row["agrees"] for row in (*rows.values(), *points)),
            "honest_dominates": all(row["margin"] > 0 for row in rows.values() if row["listed"]),
            "min_margin": worst["margin"],
            "binding": worst["listed"],
            "entry_multiple": self.setting.entry_multiple,
            "tax": self.setting.parameters.tax / WAD,
            "stable_until": min(parts.values()),
            "stable_until_by": parts,
            "frontier": {
                "stake": points,
                "stake_ends_as_played": ends_as_played(points),
                "deposits": [asdict(point) for point in frontier(self.setting)],
            },
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
            strategy.name: pieces(s, where + strategy.name, strategy.trial, tasks, self.seed) for strategy in every
        }
        done = store.play_all(machines, chunks)
        return {name: [earned for (earned,) in profits] for name, profits in done.items()}

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
                rows[strategy.name] |= self._margin(strategy, found)
        return rows

    def _margin(self, strategy: Strategy, found: Mapping[str, Estimate]) -> dict[str, Any]:
        s, one = with_colluders(self.world, colluders_of(self.world)), found[strategy.name]
        honest = HONEST[strategy.honest](s) if strategy.honest else 0.0
        base = found[strategy.honest] if strategy.honest else Estimate(0.0, 0.0, 0.0, one.tasks)
        # Where both agree with what was played, the closed forms are exact. Else the worse ends of both intervals.
        sides = (honest, strategy.closed_form)
        if not (one.holds(strategy.closed_form) and base.holds(honest)):
            sides = (base.low, one.high)
        return {
            "honest": strategy.honest,
            "gain": (one.mean - base.mean) / s.fee,
            "margin": Inequality(strategy.name, *sides, "tokens").margin,
        }

    def _frontier(self, store: Store, machines: Machines) -> list[dict[str, Any]]:
        points = []
        for colluders in SHARES:
            s = with_colluders(self.world, colluders)
            every = [strategy for strategy in solvers(s) if strategy.name in WORST + COLLUSION]
            played = self._play(store, machines, self.world, every, self.size.points, f"{colluders} dishonest: ")
            for strategy in every:
                one = Estimate.of(played[strategy.name], len(every) * len(SHARES))
                expected, fee = gain(s, strategy), s.fee
                base = strategy.closed_form - expected
                points.append(
                    {
                        "dishonest": colluders / len(VERIFIERS),
                        "strategy": strategy.name,
                        "gain": (one.mean - base) / fee,
                        "interval": [(one.low - base) / fee, (one.high - base) / fee],
                        "closed_form": expected / fee,
                        "agrees": one.holds(strategy.closed_form),
                        "tasks": one.tasks,
                    }
                )
        return points

    def _evolve(self, store: Store, machines: Machines) -> dict[str, Any]:
        s, tasks = self.world, self.size.pairings
        chunks = {
            pairing: pieces(s, pairing.name, pairing.trial(s), tasks, self.seed) for pairing in replicator.PAIRINGS
        }
        payoffs = replicator.table(store.play_all(machines, chunks), s.fee)
        won = [replicator.stable(payoffs, share, self.seed) for share in GRID]
        limit = max((share for at, share in enumerate(GRID) if all(won[: at + 1])), default=0.0)
        paths = {
            f"{share:g}": [
                [[round(float(now[0][0]), 4), round(float(now[1][0]), 4)] for now in path[:SHOWN]]
                for path in (replicator.trajectory(payoffs, mix) for mix in replicator.starts(share, self.seed))
            ]
            for share in (limit, GRID[-1])
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
            "paths": paths,
            "tasks": tasks * len(chunks) + sum(played for _, played in live),
        }


def ends(s: Setting) -> float:
    """The share of a draw's stake at which the first attack begins to pay, by closed form; to a thousandth, up to 1."""
    for step in range(1000):
        tried = s.changed(dishonest=step / 1000 * s.rate("eligible_share"))
        if any(gain(tried, strategy) > 0 for strategy in solvers(tried)):
            return max(0, step - 1) / 1000
    return 1.0


def ends_as_played(points: Sequence[Mapping[str, Any]]) -> float:
    """The same from what was played: each attack's gain is linear in the share, so a line is fitted; at most 1."""
    found = 1.0
    for name in {point["strategy"] for point in points}:
        line = [point for point in points if point["strategy"] == name]
        slope, level = np.polyfit([p["dishonest"] for p in line], [p["gain"] for p in line], 1)
        if slope > 0:
            found = min(found, max(0.0, float(-level / slope)))
    return found
