"""anvil as an engine: a node of its own, spoken to in JSON over HTTP."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import weakref
from collections.abc import Sequence
from http.client import HTTPConnection
from time import sleep
from typing import Any

from eth_abi.abi import encode

from pinpoint.chain.parameters import Parameters
from pinpoint.chain.port import CallRefused
from pinpoint.chain.revm_port import GAS_LIMIT, Interface, code_of
from tests.campaigns.protocol.codec import Log, address, word
from tests.campaigns.protocol.engines import ANYBODY, CHAIN_ID, START_BLOCK, Outcome, Stored, deploy_suite, reason

GENESIS = 1_800_000_000
BEFORE = START_BLOCK - 1
"""The block before the first action."""
TRIES, PAUSE = 100, 0.1


class Node:
    """An anvil process."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        options = {
            "--port": self._port,
            "--chain-id": CHAIN_ID,
            "--timestamp": GENESIS,
            "--gas-limit": 4 * GAS_LIMIT,
            "--base-fee": 0,
            "--gas-price": 0,
            "--hardfork": "prague",
        }
        command = ["anvil", "--silent", "--auto-impersonate", *(str(x) for pair in options.items() for x in pair)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.stop = weakref.finalize(self, process.terminate)
        for _ in range(TRIES):
            self._connection = HTTPConnection("127.0.0.1", self._port)
            try:
                self.ask("eth_chainId")
                return
            except OSError:
                sleep(PAUSE)
        raise OSError(f"expected anvil to answer within {TRIES * PAUSE:.0f} seconds")

    def ask(self, method: str, *parameters: Any) -> Any:
        """A JSON-RPC call.

        Raises:
            CallRefused: with the node's message.
        """
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
        self._connection.request("POST", "/", body, {"Content-Type": "application/json"})
        answer = json.loads(self._connection.getresponse().read())
        if "error" in answer:
            raise CallRefused(f"{method}: {answer['error']['message']}")
        return answer["result"]


class AnvilPort:
    """As much of a port as a deployment asks for."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._interfaces: dict[str, Interface] = {}
        self._at: dict[str, str] = {}

    def deploy(self, sender: str, name: str, arguments: Sequence[Any]) -> str:
        code = code_of(name)
        self._interfaces[name] = Interface(code["abi"])
        data = code["bytecode"] + encode(self._interfaces[name].created, arguments).hex()
        call = {"from": sender, "data": data, "gas": hex(GAS_LIMIT), "gasPrice": "0x0"}
        receipt = self._node.ask("eth_sendTransactionSync", call)
        if receipt["status"] != "0x1":
            raise CallRefused(f"expected {name} to be deployed")
        self._at[name] = address(int(receipt["contractAddress"], 16))
        return self._at[name]

    def attach(self, name: str, at: str) -> None:
        self._interfaces[name] = Interface(code_of(name)["abi"])
        self._at[name] = at

    def address(self, account: str) -> str:
        return account

    def nonce(self, account: str) -> int:
        return int(self._node.ask("eth_getTransactionCount", account, "latest"), 16)

    def height(self) -> int:
        return int(self._node.ask("eth_blockNumber"), 16)

    def view(self, contract: str, method: str, *arguments: Any) -> Any:
        function = self._interfaces[contract].functions[method]
        data = "0x" + function.calldata(arguments).hex()
        found = self._node.ask("eth_call", {"to": self._at[contract], "data": data}, "latest")
        return function.returned(bytes.fromhex(found[2:]))


class AnvilEngine:
    """The suite on an anvil of its own."""

    def __init__(self, parameters: Parameters) -> None:
        self._node = Node()
        port = AnvilPort(self._node)
        self.deployment = deploy_suite(port, parameters)
        self._at = dict(self.deployment.addresses)
        self._names = {at.lower(): name for name, at in self._at.items() if name != "Token"}
        self._node.ask("anvil_mine", hex(BEFORE - port.height()))
        self._number = BEFORE

    def send(self, now: int, number: int, sender: int, contract: str, calldata: bytes) -> Outcome:
        ask = self._node.ask
        if number > self._number + 1:
            ask("anvil_mine", hex(number - self._number - 1))
        ask("evm_setNextBlockTimestamp", hex(now))
        to, gas = self._at[contract], hex(GAS_LIMIT)
        call = {"from": address(sender), "to": to, "data": "0x" + calldata.hex(), "gas": gas, "gasPrice": "0x0"}
        receipt = ask("eth_sendTransactionSync", call)
        self._number = int(receipt["blockNumber"], 16)
        trace = ask("debug_traceTransaction", receipt["transactionHash"], {"tracer": "callTracer"})
        output = bytes.fromhex(trace.get("output", "0x")[2:])
        if receipt["status"] != "0x1":
            return Outcome(reason(output), [])
        return Outcome(None, [log for each in receipt["logs"] if (log := self._log(each)) is not None], output)

    def call(self, contract: str, calldata: bytes) -> bytes:
        call = {"from": ANYBODY, "to": self._at[contract], "data": "0x" + calldata.hex()}
        return bytes.fromhex(self._node.ask("eth_call", call, "latest")[2:])

    def slot(self, contract: str, place: int) -> int:
        return int(self._node.ask("eth_getStorageAt", self._at[contract], hex(place), "latest"), 16)

    def stored(self) -> Stored:
        state = json.loads(gzip.decompress(bytes.fromhex(self._node.ask("anvil_dumpState")[2:])))
        accounts = {at.lower(): account["storage"].items() for at, account in state["accounts"].items()}
        found = {}
        for name, at in self._at.items():
            words = {int(place, 16): int(value, 16) for place, value in accounts[at.lower()]}
            found[name] = {place: value for place, value in words.items() if value}
        return found

    def snapshot(self) -> Any:
        return self._node.ask("evm_snapshot"), self._number

    def revert(self, snapshot: Any) -> None:
        name, self._number = snapshot
        self._node.ask("evm_revert", name)

    def _log(self, log: Any) -> Log | None:
        name = self._names.get(log["address"].lower())
        if name is None:
            return None
        topics = tuple(word(int(topic, 16)) for topic in log["topics"])
        return name, topics, bytes.fromhex(log["data"][2:])
