"""One task under a deployment's parameters in a market: the amounts that all inequalities speak of."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from pinpoint.chain.parameters import WAD, Parameters
from pinpoint.economics.jackpot import jackpot
from pinpoint.economics.market import Market, Task


@dataclass(frozen=True)
class Setting:
    """Amounts are in whole tokens, rates and shares plain numbers.

    Attributes:
        parameters: what the deployment fixes.
        market: prices and dishonesty.
        task: what is trained.
    """

    parameters: Parameters
    market: Market
    task: Task

    def __post_init__(self) -> None:
        """Refuse a deployment that forces no errors, or draws from nobody.

        Raises:
            ValueError: if a rate of these is 0.
        """
        for name in ("forced_rate", "pool_share", "eligible_share"):
            if self.rate(name) <= 0:
                raise ValueError(f"expected {name} above 0, got {self.rate(name)}")

    def rate(self, name: str) -> float:
        """A parameter in WAD, as a number: a rate, or an amount in tokens."""
        return int(getattr(self.parameters, name)) / WAD

    @property
    def fee(self) -> float:
        """The solver's."""
        return self.task.fee

    @property
    def cost(self) -> float:
        """What honest training costs the solver."""
        return self.market.compute_cost * self.task.units * self.task.steps

    @property
    def outside(self) -> float:
        """What a forged result is worth elsewhere. One forged segment is enough for all of it."""
        return self.market.outside_value * self.fee

    @property
    def solver_deposit(self) -> float:
        """The solver's: it grows as the inverse of the share that is sampled (A10)."""
        return self.rate("solver_deposit") * self.fee / self.task.sampled

    @property
    def verifier_fee(self) -> float:
        """For one replay of the samples."""
        return self.rate("verifier_rate") * self.fee * self.task.sampled

    @property
    def replay_cost(self) -> float:
        """What one replay of the samples costs."""
        return self.cost * self.task.sampled

    @property
    def verifier_deposit(self) -> float:
        """A verifier's."""
        return self.rate("verifier_deposit") * self.fee

    @property
    def bounty(self) -> float:
        """Set aside from a convicted verifier's deposit."""
        return self.rate("bounty_share") * self.verifier_deposit

    @property
    def tax(self) -> float:
        """Of the task."""
        return self.rate("tax") * self.fee

    @property
    def jackpot(self) -> float:
        """When the pool is full enough."""
        return jackpot(self.tax, self.rate("pool_share"), self.rate("forced_rate"), float("inf"))

    @property
    def drawn_dishonest(self) -> float:
        """Share of the stake in a draw whose owners collude, when as many honest ones as can be are left out."""
        return min(1.0, self.market.dishonest / self.rate("eligible_share"))

    @property
    def honest_draw(self) -> float:
        """Chance that an honest verifier is drawn. None is drawn before the proof is fixed."""
        return 1 - self.drawn_dishonest

    @property
    def solver_profit(self) -> float:
        """An honest solver's, but for gas."""
        return self.fee - self.cost

    @property
    def entry_multiple(self) -> float:
        """All deposits of a task over its price: submitter's, solver's, verifier's, and one challenger's bond."""
        flat = self.rate("task_deposit") + self.rate("challenge_bond")
        return (self.solver_deposit + self.verifier_deposit + flat) / self.fee

    def changed(self, **values: float) -> Setting:
        """The same with other values: of parameters (as numbers, not in WAD), market or task, by their names.

        Raises:
            AttributeError: if a name is nowhere.
        """
        parts = (self.market, self.task)
        known = [{name for name in values if _has(part, name)} for part in parts]
        changes: list[dict[str, Any]] = [{name: values[name] for name in names} for names in known]
        rest = values.keys() - set[str]().union(*known)
        # Not validated: an inequality is to say what is wrong.
        update = {name: round(values[name] * _scale(self.parameters, name)) for name in rest}
        return Setting(
            self.parameters.model_copy(update=update),
            replace(self.market, **changes[0]),
            replace(self.task, **changes[1]),
        )

    def value(self, name: str) -> float:
        """A number by its name, as `changed` takes it.

        Raises:
            AttributeError: if it is nowhere.
        """
        for part in (self.market, self.task):
            if _has(part, name):
                return float(getattr(part, name))
        return int(getattr(self.parameters, name)) / _scale(self.parameters, name)


COUNTS = ("_window", "_time", "_period", "_budget", "_per_second", "_delay", "_tries", "_rounds")
"""Ends of the names of parameters that are plain numbers. Rates and amounts are in units of 1e-18."""


def _has(part: Market | Task, name: str) -> bool:
    return name in {field.name for field in fields(part)}


def _scale(parameters: Parameters, name: str) -> int:
    if name not in type(parameters).model_fields:
        raise AttributeError(f"expected a number of the setting, got {name}")
    return 1 if name.endswith(COUNTS) else WAD
