"""A port whose time stands still, with raw calls: what is sent a million times is encoded once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pinpoint.chain.revm_port import ANYBODY, GAS_LIMIT, RevmPort, reason


class StillPort(RevmPort):
    """What `attempt` sends takes no time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder=folder)
        self._reasons: dict[str, str] = {}

    def calldata(self, contract: str, method: str, *arguments: Any) -> bytes:
        """The bytes of a call."""
        return self._interfaces[contract].functions[method].calldata(arguments)

    def attempt(self, sender: str, contract: str, calldata: bytes) -> str | None:
        """Send a transaction in a block of its own, of this second; why it was refused, or None."""
        self.number += 1
        self.present()
        try:
            self.evm.message_call(caller=sender, to=self._addresses[contract], calldata=calldata, gas=GAS_LIMIT)
        except RuntimeError as error:
            # The gas that it used, before this, is never the same.
            output = str(error).partition("output: ")[2]
            if output not in self._reasons:
                self._reasons[output] = reason(str(error))
            return self._reasons[output]
        return None

    def words(self, contract: str, calldata: bytes) -> list[int]:
        """What a view returns at the time of the last transaction, as words."""
        data = self.evm.message_call(
            caller=ANYBODY, to=self._addresses[contract], calldata=calldata, gas=GAS_LIMIT, is_static=True
        )
        return [int.from_bytes(data[at : at + 32], "big") for at in range(0, len(data), 32)]

    def present(self) -> None:
        """Let views see the present second."""
        self._begin()
