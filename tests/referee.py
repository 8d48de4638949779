"""The compiled Referee alone, and the patterns that go in and out of it."""

from collections.abc import Sequence

import numpy as np
from pyrevm import EVM

from tests.evm import Contract


class Referee(Contract):
    """The compiled contract in a bare EVM. Raises Reverted where it refuses."""

    def __init__(self) -> None:
        super().__init__(EVM(), "Referee")

    def pointwise(self, code: int, attribute: int, lanes: int, *words: int) -> int:
        """The word of results; words that are not given are zero."""
        return int(self.call("pointwise", code, attribute, lanes, *words, *[0] * (3 - len(words))))

    def reduce(self, code: int, attribute: int, terms: int, a: Sequence[int], b: Sequence[int] = ()) -> int:
        """The lane of the result."""
        return int(self.call("reduce", code, attribute, terms, a, b))


def pack(lanes: Sequence[int]) -> int:
    """A word, its missing lanes zero."""
    return int.from_bytes(np.array(lanes, dtype=">u4").tobytes().ljust(32, b"\0"), "big")


def unpack(word: int) -> list[int]:
    """The eight lanes of a word."""
    return np.frombuffer(word.to_bytes(32, "big"), dtype=">u4").tolist()


def pack_row(lanes: Sequence[int]) -> list[int]:
    """A row's words."""
    return [pack(lanes[i : i + 8]) for i in range(0, len(lanes), 8)]


def as_arrays(cases: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
    """(cases, operands) patterns as one float32 array per operand."""
    columns = np.array(cases, dtype=np.uint32).T
    return [np.ascontiguousarray(column).view(np.float32) for column in columns]


def assert_same(name: str, cases: Sequence[Sequence[int]], *results: Sequence[int]) -> None:
    """All results agree, case by case; a failure shows the operands, which repeat it."""
    for case, *bits in zip(cases, *results, strict=True):
        shown = [hex(operand) for operand in case]
        assert len(set(bits)) == 1, (name, shown, [hex(b) for b in bits])
