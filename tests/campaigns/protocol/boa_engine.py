"""titanoboa as an engine: py-evm runs the code, and whoever measures coverage sees it."""

from __future__ import annotations

from typing import Any

import boa
from boa.util.abi import Address

from pinpoint.chain.parameters import Parameters
from pinpoint.chain.revm_port import GAS_LIMIT
from tests.boa_port import BoaPort
from tests.campaigns.protocol.codec import Log, address, word
from tests.campaigns.protocol.engines import ANYBODY, CHAIN_ID, Outcome, Stored, deploy_suite, reason


class BoaEngine:
    """The suite on titanoboa's only chain, which it is best to leave as it was found: `boa.env.anchor`."""

    def __init__(self, parameters: Parameters) -> None:
        boa.env.evm.patch.chain_id = CHAIN_ID
        self._port = BoaPort()
        self.deployment = deploy_suite(self._port, parameters)
        self._at = {name: Address(at) for name, at in self.deployment.addresses.items()}
        self._names = {at.canonical_address: name for name, at in self._at.items() if name != "Token"}
        self._contracts = {**self._port.contracts, "Token": self._port.contracts["LocalToken"]}

    def send(self, now: int, number: int, sender: int, contract: str, calldata: bytes) -> Outcome:
        patch = boa.env.evm.patch
        patch.timestamp, patch.block_number = now, number
        done = self._execute(address(sender), contract, calldata, True)
        if done.is_error:
            return Outcome(reason(done.output), [])
        logs = [log for each in done.get_raw_log_entries() if (log := self._log(each)) is not None]
        return Outcome(None, logs, bytes(done.output))

    def call(self, contract: str, calldata: bytes) -> bytes:
        return bytes(self._execute(ANYBODY, contract, calldata, False).output)

    def slot(self, contract: str, place: int) -> int:
        return int(boa.env.get_storage(self._at[contract], place))

    def stored(self) -> Stored:
        # titanoboa remembers all places that were ever stored to.
        words = {name: boa.env.sstore_trace.get(at, set()) for name, at in self._at.items()}
        return {
            name: {place: value for place in places if (value := self.slot(name, place))}
            for name, places in words.items()
        }

    def snapshot(self) -> Any:
        return boa.env.evm.snapshot()

    def revert(self, snapshot: Any) -> None:
        boa.env.evm.revert(snapshot)

    def _execute(self, sender: str, contract: str, calldata: bytes, modifies: bool) -> Any:
        return boa.env.execute_code(
            to_address=self._at[contract],
            sender=Address(sender),
            gas=GAS_LIMIT,
            data=calldata,
            is_modifying=modifies,
            contract=self._contracts.get(contract),
        )

    def _log(self, log: Any) -> Log | None:
        _, at, topics, data = log
        name = self._names.get(at)
        return None if name is None else (name, tuple(map(word, topics)), bytes(data))
