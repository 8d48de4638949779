"""Optimisers: how parameters and gradients become the next state."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pinpoint.program.builder import Value

Optimiser = Callable[[Sequence[Value], Sequence[Value]], list[Value]]
"""From parameters and their gradients to the next parameters."""


def sgd(learning_rate: float) -> Optimiser:
    """Plain gradient descent: `parameter - learning_rate * gradient`, one fused operation each."""

    def step(parameters: Sequence[Value], slopes: Sequence[Value]) -> list[Value]:
        return [slope.fma(-learning_rate, value) for value, slope in zip(parameters, slopes, strict=True)]

    return step
