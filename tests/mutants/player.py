"""What tests asked of a chain, asked again of other code: where does anybody see a difference?"""

from __future__ import annotations

import gzip
import pickle
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from eth_utils import to_canonical_address, to_checksum_address
from pyrevm import EVM, AccountInfo, BlockEnv, CfgEnv, Env

from pinpoint.chain.revm_port import reason
from tests.mutants import ops

FUNDS = 10**24
"""Of whoever deploys; nobody else pays for anything."""
CODE_SIZE = 2**20
"""No bound, since a change may make a contract that is just small enough too large."""
OPEN = -1
ORIGIN = "0x" + "0e" * 20
"""Who sends where a test lets a contract send, which the protocol of the chain forbids."""


class Seen(NamedTuple):
    """What the caller of a transaction sees, and who reads logs."""

    succeeded: bool
    output: bytes
    logs: bytes


class Difference(NamedTuple):
    """The first transaction that shows a change.

    Attributes:
        kind: outcome, reason, returned or logs.
    """

    test: str
    kind: str


@dataclass
class Frame:
    """A stretch of a trace that is undone at its end, or its whole.

    Attributes:
        last: how many places count: after them, nothing touches what is watched.
    """

    number: int = OPEN
    places: list[int] = field(default_factory=list)
    last: int = 0

    def take(self, inner: Frame, end: Sequence[int] = ()) -> None:
        """Add an inner stretch, if anything in it is watched."""
        if inner.last:
            self.places += [*inner.places[: inner.last], *end]
            self.last = len(self.places)


class Trace:
    """The operations of a test file, and what came of them."""

    def __init__(self, path: Path, originals: Mapping[str, bytes], marked: Mapping[str, bytes]) -> None:
        """
        Args:
            path: that the recorder wrote.
            originals: creation code of each contract.
            marked: the same as tests deploy it, with the compiler's metadata.
        """
        self.name = path.stem
        with gzip.open(path) as file:
            self.ops = [getattr(ops, kind)(*fields) for kind, fields in pickle.load(file)]
        self._originals = originals
        self._made = {place: made for place, op in enumerate(self.ops) if (made := _contract(op, marked))}
        self._addresses: dict[str, set[bytes]] = {}
        self.contracts = {name for name, _ in self._made.values()}
        self.strange = 0
        # Of this recording: what an earlier one of the same tests has seen is not what this one asks.
        self._expected = self._first(path.with_suffix(f".{digest(path.read_bytes()).hex()}.expected"))

    def plan(self, names: Collection[str]) -> list[int]:
        """The places of the operations without which those of some contracts could not be played."""
        watched = {address for name in names for address in self._addresses.get(name, ())}
        chains = {self.ops[place].chain for place, (name, _) in self._made.items() if name in names}
        stacks = {chain: [Frame()] for chain in chains}
        for place, op in enumerate(self.ops):
            if isinstance(op, ops.Test) or op.chain not in chains:
                continue
            stack = stacks[op.chain]
            if isinstance(op, ops.Snapshot):
                stack.append(Frame(op.number, [place]))
            elif isinstance(op, ops.Revert):
                while stack[-1].number != op.number:
                    _close(stack)
                frame = stack.pop()
                stack[-1].take(frame, [place])
            else:
                stack[-1].places.append(place)
                if self._touches(place, op, names, watched):
                    stack[-1].last = len(stack[-1].places)
        found: list[int] = []
        for stack in stacks.values():
            while len(stack) > 1:
                _close(stack)
            found += stack[0].places[: stack[0].last]
        return found

    def difference(self, codes: Mapping[str, bytes], places: Sequence[int]) -> Difference | None:
        """The first that is seen with other creation code of some contracts."""
        stage = Stage({**self._originals, **codes})
        for place in places:
            seen = stage.play(self.ops[place], self._made.get(place))
            expected = self._expected.get(place)
            if seen is not None and expected is not None and seen != expected:
                return Difference(self.test(place), _kind(expected, seen))
        return None

    def test(self, place: int) -> str:
        """The test that a place belongs to."""
        return next((op.name for op in reversed(self.ops[:place]) if isinstance(op, ops.Test)), "")

    def _touches(self, place: int, op: Any, names: Collection[str], watched: set[bytes]) -> bool:
        if isinstance(op, ops.Poke):
            return False
        if isinstance(op, ops.Deploy) and place in self._made and self._made[place][0] in names:
            return True
        return op.touched is None or not watched.isdisjoint(op.touched)

    def _first(self, path: Path) -> Mapping[int, Seen]:
        """What is seen with the original code, where that is what the test saw. Kept, with the addresses.

        It is not where a test gives the chain what is not recorded, as hashes of blocks: what fails for that reason
        shows nothing.
        """
        if path.exists():
            found: Mapping[int, Seen]
            found, self._addresses, self.strange = pickle.loads(path.read_bytes())
            return found
        stage, expected = Stage(self._originals), {}
        for place, op in enumerate(self.ops):
            seen = stage.play(op, self._made.get(place))
            if seen is None:
                continue
            if seen.succeeded == op.succeeded:
                expected[place] = seen
            else:
                self.strange += 1
            if place in self._made and seen.succeeded:
                self._addresses.setdefault(self._made[place][0], set()).add(stage.made)
        path.write_bytes(pickle.dumps((expected, self._addresses, self.strange)))
        return expected


class Stage:
    """Fresh chains on which operations are played."""

    def __init__(self, codes: Mapping[str, bytes]) -> None:
        self._codes = codes
        self._chains: dict[int, Any] = {}
        self._kept: dict[tuple[int, int], Any] = {}
        self.made = b""

    def play(self, op: Any, contract: tuple[str, bytes] | None) -> Seen | None:
        """Do it; what is seen of a transaction."""
        if isinstance(op, ops.Test):
            return None
        evm = self._chain(op.chain)
        if isinstance(op, ops.Snapshot):
            self._kept[op.chain, op.number] = evm.snapshot()
        elif isinstance(op, ops.Revert):
            evm.revert(self._kept.pop((op.chain, op.number)))
        elif isinstance(op, ops.Poke):
            _poke(evm, op)
        else:
            return self._transact(evm, op, contract)
        return None

    def _transact(self, evm: Any, op: Any, contract: tuple[str, bytes] | None) -> Seen:
        number, timestamp = op.block
        evm.reset_transient_storage()
        evm.set_block_env(BlockEnv(number=number, timestamp=timestamp, gas_limit=2**40))
        try:
            if isinstance(op, ops.Call):
                output = _called(evm, op)
            else:
                # Its address follows from the sender's nonce, and titanoboa's chain counts no calls.
                evm.insert_account_info(op.sender, AccountInfo(balance=FUNDS, nonce=op.nonce))  # type: ignore[call-arg]
                output = to_canonical_address(evm.deploy(op.sender, self._code(op, contract)))
                self.made = output
        except RuntimeError as error:
            message = str(error)
            said = reason(message)
            # Who calls does not see what was left of the gas.
            said = message.partition("gas_used")[0] + message.partition("output")[2] if said == message else said
            return Seen(False, digest(said.encode()), b"")
        logs = [(log.address, [bytes(topic) for topic in log.data[0]], bytes(log.data[1])) for log in evm.result.logs]
        return Seen(True, digest(output), digest(repr(logs).encode()) if logs else b"")

    def _code(self, op: Any, contract: tuple[str, bytes] | None) -> bytes:
        if contract is None:
            return bytes(op.code)
        name, arguments = contract
        return self._codes[name] + arguments

    def _chain(self, number: int) -> Any:
        if number not in self._chains:
            env = Env(cfg=CfgEnv(chain_id=1, limit_contract_code_size=CODE_SIZE))
            self._chains[number] = EVM(env=env, spec_id="CANCUN")
        return self._chains[number]


def _called(evm: Any, op: ops.Call) -> bytes:
    """What a call returns. A contract that sends is given a proxy's code meanwhile."""
    code = evm.get_code(op.sender)
    sent = {"calldata": op.data, "value": op.value, "gas": op.gas, "is_static": op.static}
    if not code:
        return bytes(evm.message_call(caller=op.sender, to=op.to, **sent))
    own = bytes(code)
    copy = to_checksum_address(blake2b(own, digest_size=20).digest())
    evm.insert_account_info(copy, AccountInfo(nonce=1, code=own))
    nonce = evm.basic(op.sender).nonce
    evm.insert_account_info(op.sender, AccountInfo(nonce=nonce, code=proxy(op.to, copy)))
    try:
        return bytes(evm.message_call(caller=ORIGIN, to=op.sender, **sent))
    finally:
        evm.insert_account_info(op.sender, AccountInfo(nonce=nonce, code=own))


def proxy(to: str, copy: str) -> bytes:
    """Code that passes on what ORIGIN sends, and for all others does what the code of the copy does."""
    code = (
        "36 6000 6000 37"  # calldatacopy
        f"33 73{ORIGIN[2:]} 14 6041 57"  # caller == ORIGIN, then jump to 0x41
        f"6000 6000 36 6000 73{copy[2:]} 5a f4 6061 56"  # delegatecall, then jump to 0x61
        f"5b 6000 6000 36 6000 34 73{to[2:]} 5a f1"  # 0x41: call
        "5b 3d 6000 6000 3e 606f 57 3d 6000 fd"  # 0x61: returndatacopy, revert if it did
        "5b 3d 6000 f3"  # 0x6f: return
    )
    return bytes.fromhex(code.replace(" ", ""))


def digest(data: bytes) -> bytes:
    """Eight bytes that stand for more."""
    return blake2b(data, digest_size=8).digest()


def _contract(op: Any, marked: Mapping[str, bytes]) -> tuple[str, bytes] | None:
    """Which contract is deployed, and the arguments of its constructor."""
    if isinstance(op, ops.Deploy):
        for name, code in marked.items():
            if op.code.startswith(code):
                return name, op.code[len(code) :]
    return None


def _close(stack: list[Frame]) -> None:
    """A stretch that is never undone belongs to the one around it."""
    frame = stack.pop()
    around = stack[-1]
    around.last = len(around.places) + frame.last if frame.last else around.last
    around.places += frame.places


def _poke(evm: Any, op: ops.Poke) -> None:
    address = op.arguments[0]
    if op.kind == "storage":
        evm.insert_account_storage(*op.arguments)
    elif op.kind == "code":
        evm.insert_account_info(address, AccountInfo(nonce=1, code=op.arguments[1]))
    elif op.kind == "balance":
        evm.set_balance(*op.arguments)
    else:
        evm.insert_account_info(address, AccountInfo(balance=op.arguments[1], nonce=op.arguments[2]))  # type: ignore[call-arg]


def _kind(expected: Seen, seen: Seen) -> str:
    if expected.succeeded != seen.succeeded:
        return "outcome"
    if not seen.succeeded:
        return "reason"
    return "returned" if expected.output != seen.output else "logs"
