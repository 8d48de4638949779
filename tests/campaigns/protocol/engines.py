"""One interface over several EVMs: raw messages in, outcomes out, with time and block number given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from eth_abi.abi import decode
from pyrevm import AccountInfo, BlockEnv

from pinpoint.chain.deployment import Deployment, deploy
from pinpoint.chain.parameters import Parameters
from pinpoint.chain.revm_port import CONTRACTS, GAS_LIMIT, RevmPort
from tests.campaigns.protocol.codec import Log, address

START_TIME, START_BLOCK = 1_800_100_000, 1_000
"""Of the first action, on every engine: seeds follow from the numbers of blocks."""
CHAIN_ID = 1
"""Of every engine: commitments are bound to it."""
DEPLOYER, TREASURY = (0xD0 << 152) + 1, (0x7E << 152) + 1
JUDGES = ("ValueJudge", "RootJudge")
"""In whose name a campaign says what was proved."""
ANYBODY = "0x" + "11" * 20
ERROR = bytes.fromhex("08c379a0")
ACCOUNT = re.compile(r"0x([0-9a-f]{40}): Account \{.*?storage: \{(.*?)\}, status", re.DOTALL)
WORD = re.compile(r"(\d+): StorageSlot \{ previous_or_original_value: \d+, present_value: (\d+) \}")
"""Of an account and of a word that it stores, in the text that pyrevm makes of its state."""
Stored = dict[str, dict[int, int]]
"""By contract, words by their places."""


class Outcome(NamedTuple):
    """What a transaction did: why it was refused, or None; what was logged, and what it returned."""

    refused: str | None
    logs: list[Log]
    returned: bytes = b""


class Engine(Protocol):
    """An EVM with the suite on it."""

    deployment: Deployment

    def send(self, now: int, number: int, sender: int, contract: str, calldata: bytes) -> Outcome:
        """Send a transaction in a block of its own."""

    def call(self, contract: str, calldata: bytes) -> bytes:
        """What a view returns in the block of the last transaction."""

    def slot(self, contract: str, place: int) -> int:
        """A word of a contract's storage."""

    def stored(self) -> Stored:
        """All that the contracts have stored, as far as it is not zero. Slow."""

    def snapshot(self) -> Any:
        """Remember the state."""

    def revert(self, snapshot: Any) -> None:
        """Return to a state; what was remembered after it is forgotten."""


def reason(output: bytes) -> str:
    """The string of a revert; empty without one, as when the compiler refuses calldata."""
    return str(decode(["string"], output[4:])[0]) if output[:4] == ERROR else output.hex()


def deploy_suite(port: Any, parameters: Parameters) -> Deployment:
    """The suite, with a token and a beacon for tests, at the same addresses on every engine."""
    deployer = address(DEPLOYER)
    token = port.deploy(deployer, "LocalToken", [])
    beacon = port.deploy(deployer, "BeaconMock", [])
    return deploy(port, deployer, token, address(TREASURY), parameters, beacon)


class RevmEngine:
    """pyrevm, for volume."""

    def __init__(self, parameters: Parameters, folder: Path = CONTRACTS, port: RevmPort | None = None) -> None:
        """
        Args:
            folder: that the contracts are in.
            port: that deploys them, if not as they are shipped.
        """
        port = port or RevmPort(folder=folder)
        port.fund(address(DEPLOYER))
        self.deployment = deploy_suite(port, parameters)
        self._evm = port.evm
        for judge in JUDGES:
            # A sender may have no code (EIP-3607).
            self._evm.insert_account_info(self.deployment.addresses[judge], AccountInfo(balance=10**24, nonce=1))
        self._at = dict(self.deployment.addresses)
        self._names = {at.lower(): name for name, at in self._at.items()}
        self._reasons: dict[str, str] = {}
        self._senders: dict[int, str] = {}
        self._topics: dict[str, bytes] = {}

    def send(self, now: int, number: int, sender: int, contract: str, calldata: bytes) -> Outcome:
        evm = self._evm
        # Without this, a transaction sees what the last has left in transient storage.
        evm.reset_transient_storage()
        evm.set_block_env(BlockEnv(number=number, timestamp=now, gas_limit=4 * GAS_LIMIT))
        try:
            returned = evm.message_call(self._sender(sender), self._at[contract], calldata=calldata, gas=GAS_LIMIT)
        except RuntimeError as error:
            return Outcome(self._reason(str(error)), [])
        result = evm.result
        assert result is not None, "expected a result of a call"
        return Outcome(None, [log for each in result.logs if (log := self._log(each)) is not None], returned)

    def call(self, contract: str, calldata: bytes) -> bytes:
        return self._evm.message_call(ANYBODY, self._at[contract], calldata=calldata, gas=GAS_LIMIT, is_static=True)

    def slot(self, contract: str, place: int) -> int:
        return self._evm.storage(self._at[contract], place)

    def stored(self) -> Stored:
        found = {}
        for at, words in ACCOUNT.findall(self._evm.journal_str):
            if (name := self._names.get(f"0x{at}")) is not None:
                found[name] = {int(place): int(value) for place, value in WORD.findall(words) if value != "0"}
        return found

    def snapshot(self) -> Any:
        return self._evm.snapshot()

    def revert(self, snapshot: Any) -> None:
        self._evm.revert(snapshot)

    def _sender(self, sender: int) -> str:
        if sender not in self._senders:
            self._senders[sender] = address(sender)
        return self._senders[sender]

    def _log(self, log: Any) -> Log | None:
        name = self._names.get(log.address.lower())
        if name is None or name == "Token":
            return None
        topics, data = log.data
        return name, tuple(map(bytes, topics)), bytes(data)

    def _reason(self, message: str) -> str:
        # The gas that it used, before this, is never the same.
        _, reverted, rest = message.partition("output: 0x")
        if not reverted:
            return message
        output = rest.split(" ")[0].rstrip(" })")
        if output not in self._reasons:
            digits = "".join(digit for digit in output if digit in "0123456789abcdef")
            self._reasons[output] = reason(bytes.fromhex(digits))
        return self._reasons[output]


def boa_engine(parameters: Parameters) -> Engine:
    """titanoboa, on py-evm."""
    from tests.campaigns.protocol.boa_engine import BoaEngine

    return BoaEngine(parameters)


def anvil_engine(parameters: Parameters) -> Engine:
    """anvil, by JSON over HTTP."""
    from tests.campaigns.protocol.anvil_engine import AnvilEngine

    return AnvilEngine(parameters)


ENGINES: Mapping[str, Callable[[Parameters], Engine]] = {
    "revm": RevmEngine,
    "boa": boa_engine,
    "anvil": anvil_engine,
}
