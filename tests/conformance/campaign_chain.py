"""The Referee in bulk: calldata packed by NumPy, many lanes at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from eth_utils import keccak
from numpy.typing import NDArray

from tests.conformance.campaign_tally import REVERTED, Results, Words
from tests.evm import Reverted
from tests.referee import Referee

Bytes = NDArray[np.uint8]

LANES, WORD = 8, 32
POINTWISE = keccak(text="pointwise(uint256,uint256,uint256,uint256,uint256,uint256)")[:4]
REDUCE = keccak(text="reduce(uint256,uint256,uint256,uint256[],uint256[])")[:4]


@cache
def referee() -> Referee:
    """One for each process."""
    return Referee()


def pointwise(operator: int, attribute: int, operands: Sequence[Words]) -> Results:
    """(count,) lanes of each operand, eight a call; (count,) results."""
    count = len(operands[0])
    columns = [_words(operand[None])[0].reshape(-1, WORD) for operand in operands]
    calls = len(columns[0])
    fields = [_numbers([number] * calls) for number in (operator, attribute, LANES)]
    missing = [np.zeros((calls, WORD), np.uint8)] * (3 - len(columns))
    return _sent(POINTWISE, np.concatenate([*fields, *columns, *missing], axis=1)).ravel()[:count]


def reduce(operator: int, attributes: Sequence[int], a: Words, b: Words | None = None) -> Results:
    """(rows, terms) lanes, a row and its attribute a call; (rows,) results."""
    rows, terms = a.shape
    first = _words(a)
    second = np.empty((rows, 0), np.uint8) if b is None else _words(b)
    offsets = 5 * WORD, 6 * WORD + first.shape[1]
    numbers = [[operator] * rows, attributes, [terms] * rows, *([offset] * rows for offset in offsets)]
    arrays = [part for side in (first, second) for part in (_numbers([side.shape[1] // WORD] * rows), side)]
    return _sent(REDUCE, np.concatenate([*map(_numbers, numbers), *arrays], axis=1))[:, -1]


def _words(lanes: Words) -> Bytes:
    """(rows, lanes) as (rows, bytes) of whole words, each row's last filled with zeros."""
    padded = np.zeros((len(lanes), -(-lanes.shape[1] // LANES) * LANES), ">u4")
    padded[:, : lanes.shape[1]] = lanes
    return padded.view(np.uint8)


def _numbers(values: Iterable[int]) -> Bytes:
    """Each below 2**64 as a word."""
    return np.array([[0, 0, 0, value] for value in values], ">u8").view(np.uint8)


def _sent(selector: bytes, arguments: Bytes) -> Results:
    """(calls, bytes) to (calls, 8): the lanes of the words that are returned."""
    results = np.empty((len(arguments), LANES), np.int64)
    for call, packed in enumerate(arguments):
        try:
            results[call] = np.frombuffer(referee().send(selector + packed.tobytes()), ">u4")
        except Reverted:
            results[call] = REVERTED
    return results
