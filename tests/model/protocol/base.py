"""What the parts of the model share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinpoint.chain.parameters import Parameters
    from tests.model.protocol.protocol import Protocol


class Part:
    """A part of the protocol. `m` is the whole, `p` are the parameters."""

    def __init__(self, m: Protocol) -> None:
        self.m = m
        self.start()

    @property
    def p(self) -> Parameters:
        return self.m.p

    def start(self) -> None:
        """Begin with nothing."""
