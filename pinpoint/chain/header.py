"""The header of a block as it is hashed, from what a node says of the block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import rlp  # type: ignore[import-untyped]

from pinpoint.commitment.tree import keccak

INTEGERS = frozenset(
    ("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed", "excessBlobGas")
)
FIELDS = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom"),
    *("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce"),
)
"""Of every block, in the order in which they are hashed."""
APPENDED = (
    *("baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot", "requestsHash"),
)
"""By the forks from London to Prague, in the same order; a block has those of its time."""


class HeaderError(Exception):
    """A block's header is not what its hash says."""


def encode_header(block: Mapping[str, Any]) -> bytes:
    """A block's header in RLP (Yellow Paper, section 4.3; EIPs 1559, 4895, 4844, 4788, 7685 for what was appended).

    Args:
        block: as eth_getBlockByNumber gives it, in JSON: all values in hexadecimal.

    Raises:
        HeaderError: if the block lacks a field, or its hash is not that of the header.
    """
    try:
        items = [_item(block, name) for name in FIELDS]
        items += [_item(block, name) for name in APPENDED if block.get(name) is not None]
        expected = _bytes(block["hash"])
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise HeaderError(f"expected a mined block, got {error!r} in one") from error
    encoded: bytes = rlp.encode(items)
    if (found := keccak(encoded)) != expected:
        raise HeaderError(
            f"expected a header with the hash {expected.hex()} for block {block['number']}, got {found.hex()}: does "
            "this chain hash others, or has it had a fork since Prague?"
        )
    return encoded


def _item(block: Mapping[str, Any], name: str) -> bytes:
    if name not in INTEGERS:
        return _bytes(block[name])
    number = int(block[name], 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
