"""Optimisers: how parameters and gradients become the next state, all inside the program."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.builder import Value
from pinpoint.program.operators import Shape


class Schedule(ABC):
    """A learning rate that depends on the step."""

    @abstractmethod
    def rate(self, step: Value) -> Value:
        """The learning rate of a step, 1 x 1; the first step is 1."""


@dataclass(frozen=True)
class Linear(Schedule):
    """Up from 0 to `peak` at step `warm_up`, then down to 0 just after step `steps`.

    Raises:
        ValueError: unless 0 < warm_up <= steps.
    """

    peak: float
    warm_up: int
    steps: int

    def __post_init__(self) -> None:
        if not 0 < self.warm_up <= self.steps:
            raise ValueError(f"expected 0 < warm-up <= steps, got {self.warm_up} and {self.steps}")

    def rate(self, step: Value) -> Value:
        """See Schedule."""
        fall = self.peak / (self.steps + 1 - self.warm_up)
        up, down = step * (self.peak / self.warm_up), step.fma(-fall, fall * (self.steps + 1))
        return up.minimum(down).maximum(0.0)


@dataclass(frozen=True)
class InverseSquareRoot(Schedule):
    """Up from 0 to `peak` at step `warm_up`, then `peak * sqrt(warm_up / step)`.

    Raises:
        ValueError: unless warm_up is positive.
    """

    peak: float
    warm_up: int

    def __post_init__(self) -> None:
        if self.warm_up <= 0:
            raise ValueError(f"expected a positive warm-up, got {self.warm_up}")

    def rate(self, step: Value) -> Value:
        """See Schedule."""
        progress = step * (1.0 / self.warm_up)
        return progress.minimum(progress.rsqrt()) * self.peak


@dataclass(frozen=True)
class Optimiser(ABC):
    """What follows from parameters and gradients, and what has to be remembered for it.

    The state of a training program is the parameters, then the memory: the number of steps done, 1 x 1, where it is
    needed, then as many moments as there are, each of the parameters' shapes. A count of steps is exact in every
    arithmetic. A sum that settles is not: what is left of its movement would be as small as the rounding that tells
    a solver's checkpoint from a replay.

    Attributes:
        learning_rate: constant, or of the step.
        max_norm: where given, gradients are scaled down to this norm, taken over all of them.
    """

    learning_rate: float | Schedule
    max_norm: float | None = None

    @property
    @abstractmethod
    def moments(self) -> int:
        """Tensors to remember for each parameter."""

    @property
    def counts(self) -> bool:
        """Whether the number of the step matters."""
        return isinstance(self.learning_rate, Schedule)

    def memory_shapes(self, shapes: Sequence[Shape]) -> list[Shape]:
        """Shapes of the state tensors that follow parameters of `shapes`."""
        return [(1, 1)] * self.counts + [*shapes] * self.moments

    def initial_memory(self, shapes: Sequence[Shape]) -> list[Tensor]:
        """These tensors before the first step, float32: zeros."""
        return [np.zeros(shape, np.float32) for shape in self.memory_shapes(shapes)]

    def step(self, parameters: Sequence[Value], slopes: Sequence[Value], memory: Sequence[Value]) -> list[Value]:
        """The next state.

        Args:
            parameters: as they are.
            slopes: their gradients.
            memory: of `memory_shapes`.

        Returns:
            The next parameters, then the next memory.
        """
        count = memory[0] + 1.0 if self.counts else parameters[0].builder.fill(1.0)
        rate = self.learning_rate
        back = -rate.rate(count) if isinstance(rate, Schedule) else parameters[0].builder.fill(-rate)
        if self.max_norm is not None:
            factor = _clipping(slopes, self.max_norm)
            slopes = [slope * factor for slope in slopes]
        moments, size = memory[int(self.counts) :], len(parameters)
        old = [moments[start : start + size] for start in range(0, len(moments), size)]
        directions, back, new = self._update(slopes, old, back, count)
        moved = [direction.fma(back, p) for p, direction in zip(parameters, directions, strict=True)]
        return [*moved, *[count] * self.counts, *new]

    @abstractmethod
    def _update(
        self, slopes: Sequence[Value], moments: Sequence[Sequence[Value]], back: Value, step: Value
    ) -> tuple[Sequence[Value], Value, Sequence[Value]]:
        """A direction per parameter, the factor by which it is added, and the next moments.

        Args:
            slopes: the gradients, scaled down.
            moments: as many sequences as `moments` says.
            back: the learning rate, negative.
            step: number of the step, from 1, where it `counts`.
        """


@dataclass(frozen=True)
class Sgd(Optimiser):
    """Gradient descent; with momentum `m' = momentum m + g`, `p' = p - rate m'`, as in PyTorch."""

    momentum: float = 0.0

    @property
    def moments(self) -> int:
        """See Optimiser."""
        return int(self.momentum != 0.0)

    def _update(
        self, slopes: Sequence[Value], moments: Sequence[Sequence[Value]], back: Value, step: Value
    ) -> tuple[Sequence[Value], Value, Sequence[Value]]:
        if not moments:
            return slopes, back, []
        velocities = [m.fma(self.momentum, g) for m, g in zip(moments[0], slopes, strict=True)]
        return velocities, back, velocities


@dataclass(frozen=True)
class Adam(Optimiser):
    """Adam with bias correction (Kingma and Ba, 2015), `epsilon` outside the root as in PyTorch.

    The moments are kept as sums, `m' = beta m + g`, one fused operation. What makes them averages goes into two
    scalars, since 1 + beta + ... + beta^(t-1) = (1 - beta^t) / (1 - beta), and with h = tanh(-t ln(beta) / 2), which
    loses nothing to cancellation where beta^t is near 1, its reciprocal is (1 - beta) / 2 (1 + 1 / h).

    Raises:
        ValueError: unless both betas are between 0 and 1.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        if not (0 < self.beta_1 < 1 and 0 < self.beta_2 < 1):
            raise ValueError(f"expected betas between 0 and 1, got {self.beta_1} and {self.beta_2}")

    @property
    def moments(self) -> int:
        """See Optimiser."""
        return 2

    @property
    def counts(self) -> bool:
        """See Optimiser."""
        return True

    def _update(
        self, slopes: Sequence[Value], moments: Sequence[Sequence[Value]], back: Value, step: Value
    ) -> tuple[Sequence[Value], Value, Sequence[Value]]:
        firsts = [m.fma(self.beta_1, g) for m, g in zip(moments[0], slopes, strict=True)]
        seconds = [g.fma(g, m * self.beta_2) for m, g in zip(moments[1], slopes, strict=True)]
        spread = _averaging(step, self.beta_2).sqrt()
        ratios = [m / v.sqrt().fma(spread, self.epsilon) for m, v in zip(firsts, seconds, strict=True)]
        return ratios, back * _averaging(step, self.beta_1), firsts + seconds


def _averaging(step: Value, beta: float) -> Value:
    """1 over the sum of beta^i for i below `step`."""
    half = (1.0 - beta) / 2.0
    return half / (step * (-math.log(beta) / 2.0)).tanh() + half


def _clipping(slopes: Sequence[Value], max_norm: float) -> Value:
    """What scales all gradients to at most `max_norm` together: 1 where they are short enough."""
    # Each row with itself: no matrix of squares is written.
    rows = [slope.matmul_transposed(slope, slope.shape[0]) for slope in slopes]
    total = reduce(Value.__add__, [squares.transpose().row_sum() for squares in rows])
    return (total.rsqrt() * max_norm).minimum(1.0)
