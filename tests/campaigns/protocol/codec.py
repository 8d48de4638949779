"""Calls and events as bytes. Words are integers in and out; what is flat is put together without a library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from eth_abi.abi import encode
from eth_utils import to_checksum_address
from eth_utils.abi import collapse_if_tuple

from pinpoint.chain.revm_port import code_of
from pinpoint.commitment.tree import keccak
from tests.model.protocol.protocol import Said

Entry = Mapping[str, Any]
Log = tuple[str, tuple[bytes, ...], bytes]
"""Contract, topics and data."""


def word(value: int) -> bytes:
    """32 bytes."""
    return int(value).to_bytes(32, "big")


def address(value: int) -> str:
    """An address as libraries like it."""
    return to_checksum_address(value.to_bytes(20, "big"))


def flat(entries: Sequence[Entry]) -> list[Entry] | None:
    """Words and lists of words, static structs taken apart; none where something else is among them."""
    found: list[Entry] = []
    for entry in entries:
        if entry["type"] == "tuple":
            inner = flat(entry["components"])
            if inner is None or any(part["type"].endswith("]") for part in inner):
                return None
            found += inner
        elif entry["type"] == "bytes" or entry["type"].startswith("tuple["):
            return None
        else:
            found.append(entry)
    return found


def packed(entries: Sequence[Entry], values: Sequence[Any]) -> bytes:
    """Flat values as the ABI encodes them."""
    heads: list[bytes] = []
    tails: list[bytes] = []
    at = 32 * len(entries)
    for entry, value in zip(entries, values, strict=True):
        if entry["type"].endswith("[]"):
            heads.append(word(at))
            tail = word(len(value)) + b"".join(map(word, value))
            tails.append(tail)
            at += len(tail)
        else:
            heads.append(word(value))
    return b"".join(heads + tails)


def plain(entry: Entry, value: Any) -> Any:
    """A nested value as the library wants it."""
    kind = entry["type"]
    if kind.endswith("[]"):
        return [plain({**entry, "type": kind[:-2]}, each) for each in value]
    if kind == "tuple":
        return tuple(plain(part, each) for part, each in zip(entry["components"], value, strict=True))
    if kind == "bytes32":
        return word(value)
    return address(value) if kind == "address" else value


def nested(entries: Sequence[Entry], values: Sequence[Any]) -> bytes:
    """Any values as the ABI encodes them."""
    kinds = [collapse_if_tuple(entry) for entry in entries]  # type: ignore[arg-type]
    return encode(kinds, [plain(entry, value) for entry, value in zip(entries, values, strict=True)])


def signature(entry: Entry) -> bytes:
    """Hash of a function or an event."""
    return keccak(f"{entry['name']}({','.join(collapse_if_tuple(item) for item in entry['inputs'])})".encode())


GAP = b"\x5a" * 7
"""Between heads and tails of what is encoded crookedly: nothing says that there is none."""


def moves(entry: Entry) -> bool:
    """Whether a value has a tail."""
    kind = entry["type"]
    return kind == "bytes" or kind.endswith("[]") or (kind == "tuple" and any(map(moves, entry["components"])))


def crooked(entries: Sequence[Entry], values: Sequence[Any]) -> bytes:
    """Any values as the ABI lets them be encoded, too: tails after a gap, not padded, and equal ones only once."""
    heads: list[bytes | None] = []
    tails: list[bytes] = []
    for entry, value in zip(entries, values, strict=True):
        # Words are not looked at: what does not fit its kind is for the contract to refuse.
        fixed = word(value) if isinstance(value, int) else None if moves(entry) else nested([entry], [value])
        heads.append(fixed)
        tails.append(_tail(entry, value) if moves(entry) else b"")
    at = sum(32 if head is None else len(head) for head in heads) + len(GAP)
    found, rest = b"", b""
    for head, tail in zip(heads, tails, strict=True):
        if head is None:
            place = rest.find(tail)
            if place < 0:
                place, rest = len(rest), rest + tail
            head = word(at + place)
        found += head
    return found + GAP + rest


def _tail(entry: Entry, value: Any) -> bytes:
    kind = entry["type"]
    if kind == "bytes":
        return word(len(value)) + value
    if kind == "tuple":
        return crooked(entry["components"], value)
    inner = {**entry, "type": kind[:-2]}
    return word(len(value)) + (crooked([inner] * len(value), value) if moves(inner) else nested([entry], [value])[64:])


def zero(entry: Entry) -> Any:
    """Nothing of a kind."""
    kind = entry["type"]
    if kind.endswith("[]"):
        return ()
    if kind.endswith("]"):
        return (0,) * int(kind[kind.rindex("[") + 1 : -1])
    if kind == "tuple":
        return tuple(map(zero, entry["components"]))
    return b"" if kind == "bytes" else 0


class Message:
    """How a call's or an event's values are put together."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries, self._flat = entries, flat(entries)

    def encode(self, values: Sequence[Any]) -> bytes:
        """The values; those of static structs without their brackets, where all is flat."""
        return nested(self._entries, values) if self._flat is None else packed(self._flat, values)

    def crooked(self, values: Sequence[Any]) -> bytes:
        """The same, as nobody would encode them."""
        return crooked(self._flat or self._entries, values)

    @property
    def fixed(self) -> bool:
        """Whether all values have one length."""
        return bool(self._entries) and not any(map(moves, self._entries))


@cache
def nothing(contract: str, method: str) -> tuple[Any, ...]:
    """Arguments that say nothing."""
    (entry,) = (each for each in code_of(contract)["abi"] if each.get("name") == method and each["type"] == "function")
    return tuple(map(zero, flat(entry["inputs"]) or entry["inputs"]))


class Codec:
    """All functions and events of the suite."""

    def __init__(self, names: Sequence[str]) -> None:
        """
        Args:
            names: of the contracts; "Token" and "Beacon" are those for tests.
        """
        self._calls: dict[tuple[str, str], tuple[bytes, Message]] = {}
        self._events: dict[tuple[str, str], tuple[bytes, list[Entry], Message]] = {}
        self._names: dict[tuple[str, bytes], str] = {}
        for name in names:
            for entry in code_of({"Token": "LocalToken", "Beacon": "BeaconMock"}.get(name, name))["abi"]:
                if entry["type"] == "function":
                    self._calls[name, entry["name"]] = signature(entry)[:4], Message(entry["inputs"])
                elif entry["type"] == "event":
                    topic = signature(entry)
                    data = Message([item for item in entry["inputs"] if not item["indexed"]])
                    self._events[name, entry["name"]] = topic, entry["inputs"], data
                    self._names[name, topic] = entry["name"]

    def call(self, contract: str, method: str, arguments: Sequence[Any]) -> bytes:
        """Calldata."""
        selector, message = self._calls[contract, method]
        return selector + message.encode(arguments)

    def crooked(self, contract: str, method: str, arguments: Sequence[Any]) -> bytes:
        """Calldata that says the same in another way."""
        selector, message = self._calls[contract, method]
        return selector + message.crooked(arguments)

    def fixed(self, contract: str, method: str) -> bool:
        """Whether calldata has one length, and nothing less is understood."""
        return self._calls[contract, method][1].fixed

    def log(self, said: Said) -> Log:
        """An event of the model as a chain logs it."""
        contract, name, *values = said
        topic, entries, data = self._events[contract, name]
        topics, rest, at = [topic], [], 0
        for entry in entries:
            width = len(flat([entry]) or [entry])
            mine = values[at : at + width]
            at += width
            if entry["indexed"]:
                topics.append(word(mine[0]))
            else:
                rest += mine
        return contract, tuple(topics), data.encode(rest)

    def describe(self, log: Log) -> str:
        """A log for people."""
        contract, topics, data = log
        words = [topic.hex().lstrip("0") or "0" for topic in topics[1:]]
        words += [data[at : at + 32].hex().lstrip("0") or "0" for at in range(0, len(data), 32)]
        return f"{contract}.{self._names.get((contract, topics[0]), topics[0].hex())}({', '.join(words)})"
