"""Reference, vector and the compiled Referee yield the same bits.

Promise 11: the referee and the evaluator agree on every operator and every
input. Seeds are fixed; a failure shows the operator and its operands, which
are all that is needed to repeat it.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from eth_abi import decode, encode
from eth_utils import keccak
from pyrevm import EVM
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.settings import OptimizationLevel, Settings

from pinpoint.binary32 import reference, vector
from tests import vectors

ROOT = Path(__file__).resolve().parents[2]
CALLER = "0x" + "11" * 20
LARGEST_RUNTIME = 24_576  # EIP-170

CASES = 4_000
SUM, ROW_MAX, MATMUL = 48, 49, 50

# name: code, number of operands, reference
POINTWISE: dict[str, tuple[int, int, Callable[..., int]]] = {
    "add": (16, 2, reference.add),
    "sub": (17, 2, reference.sub),
    "mul": (18, 2, reference.mul),
    "div": (19, 2, reference.div),
    "fma": (20, 3, reference.fma),
    "neg": (21, 1, reference.neg),
    "maximum": (22, 2, reference.maximum),
    "select": (24, 3, reference.select),
    "sqrt": (25, 1, reference.sqrt),
    "exp": (26, 1, reference.exp),
    "log": (27, 1, reference.log),
}
PREDICATES = (reference.less_than, reference.less_equal, reference.equal)


class Reverted(Exception):
    """The referee refused; the message is the reason."""


class Referee:
    """The compiled contract in a bare EVM."""

    def __init__(self) -> None:
        path = ROOT / "contracts" / "Referee.vy"
        bundle = FilesystemInputBundle([ROOT / "contracts"])
        output = compile_from_file_input(
            bundle.load_file(path),
            input_bundle=bundle,
            output_formats=["bytecode", "bytecode_runtime"],
            settings=Settings(evm_version="cancun", optimize=OptimizationLevel.GAS),
        )
        self.runtime_size = len(output["bytecode_runtime"]) // 2 - 1
        self._evm = EVM()
        self._address = self._evm.deploy(CALLER, bytes.fromhex(output["bytecode"][2:]))

    def pointwise(self, code: int, attribute: int, lanes: int, *words: int) -> int:
        arguments = [code, attribute, lanes, *words, *[0] * (3 - len(words))]
        return self._call("pointwise", ["uint256"] * 6, arguments)

    def reduce(self, code: int, terms: int, a: Sequence[int], b: Sequence[int] = ()) -> int:
        types = ["uint256", "uint256", "uint256[]", "uint256[]"]
        return self._call("reduce", types, [code, terms, a, b])

    @property
    def gas(self) -> int:
        """What the last call used."""
        return self._evm.result.gas_used

    def _call(self, name: str, types: list[str], arguments: list) -> int:
        selector = keccak(text=f"{name}({','.join(types)})")[:4]
        checkpoint = self._evm.snapshot()
        try:
            output = self._evm.message_call(
                caller=CALLER,
                to=self._address,
                calldata=selector + encode(types, arguments),
                gas=30_000_000,
            )
        except RuntimeError as error:
            raise Reverted(reason(str(error))) from error
        finally:
            self._evm.revert(checkpoint)
        return int.from_bytes(output, "big")


def reason(message: str) -> str:
    """The string of an Error(string), from pyrevm's message, else all of it."""
    output = re.search("output: 0x08c379a0([0-9a-f]+)", message)
    return decode(["string"], bytes.fromhex(output[1]))[0] if output else message


@pytest.fixture(scope="module")
def referee() -> Referee:
    return Referee()


def pack(lanes: Sequence[int]) -> int:
    """A word, its missing lanes zero."""
    return int.from_bytes(np.array(lanes, dtype=">u4").tobytes().ljust(32, b"\0"), "big")


def unpack(word: int) -> list[int]:
    return np.frombuffer(word.to_bytes(32, "big"), dtype=">u4").tolist()


def pack_row(lanes: Sequence[int]) -> list[int]:
    return [pack(lanes[i : i + 8]) for i in range(0, len(lanes), 8)]


def as_arrays(cases: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
    columns = np.array(cases, dtype=np.uint32).T
    return [np.ascontiguousarray(column).view(np.float32) for column in columns]


def in_eights(cases: list[tuple[int, ...]]) -> Iterator[list[tuple[int, ...]]]:
    for i in range(0, len(cases), 8):
        yield cases[i : i + 8]


def judged(referee: Referee, code: int, attribute: int, cases: list[tuple[int, ...]]) -> list[int]:
    """The referee's results, eight cases a call."""
    results = []
    for group in in_eights(cases):
        words = [pack(column) for column in zip(*group, strict=True)]
        lanes = unpack(referee.pointwise(code, attribute, len(group), *words))
        assert not any(lanes[len(group) :])
        results += lanes[: len(group)]
    return results


def assert_same(name: str, cases: Sequence, *results: Sequence[int]) -> None:
    for case, *bits in zip(cases, *results, strict=True):
        shown = [hex(operand) for operand in case]
        assert len(set(bits)) == 1, (name, shown, [hex(b) for b in bits])


def test_fits_the_chain(referee):
    assert referee.runtime_size <= LARGEST_RUNTIME


# Per lane of ordinary numbers, dispatch included: 5 % above what was measured.
GAS = {
    "add": 1000,
    "sub": 1140,
    "mul": 940,
    "div": 1160,
    "fma": 1430,
    "neg": 610,
    "maximum": 660,
    "select": 570,
    "sqrt": 870,
    "exp": 1620,
    "log": 1540,
}
GAS_OF_A_DOT_PRODUCT = 900  # per term, calldata included


@pytest.mark.parametrize("name", POINTWISE)
def test_gas_per_lane(referee, name):
    code, size, _ = POINTWISE[name]
    rng = random.Random(39)
    used = 0
    for _ in range(50):
        words = [pack([vectors.ordinary(rng) for _ in range(8)]) for _ in range(size)]
        for lanes, sign in ((8, 1), (1, -1)):
            referee.pointwise(code, 0, lanes, *words)
            used += sign * referee.gas
    assert used / (50 * 7) <= GAS[name]


def test_gas_of_a_dot_product(referee):
    rng = random.Random(40)
    a, b = ([reference.from_float(rng.gauss(0, 1)) for _ in range(1_024)] for _ in range(2))
    used = 0
    for terms, sign in ((1_024, 1), (8, -1)):
        referee.reduce(MATMUL, terms, pack_row(a[:terms]), pack_row(b[:terms]))
        used += sign * referee.gas
    assert used / 1_016 <= GAS_OF_A_DOT_PRODUCT


@pytest.mark.parametrize("name", POINTWISE)
def test_pointwise(referee, name):
    code, size, exact = POINTWISE[name]
    cases = vectors.operands(CASES, size, seed=31)
    expected = [exact(*case) for case in cases]
    evaluated = getattr(vector, name)(*as_arrays(cases)).view(np.uint32).tolist()
    assert_same(name, cases, expected, evaluated, judged(referee, code, 0, cases))


@pytest.mark.parametrize("predicate", range(3))
def test_compare(referee, predicate):
    cases = vectors.operands(CASES, 2, seed=32)
    expected = [PREDICATES[predicate](*case) for case in cases]
    evaluated = vector.compare(*as_arrays(cases), predicate).view(np.uint32).tolist()
    results = judged(referee, 23, predicate, cases)
    assert_same(f"compare {predicate}", cases, expected, evaluated, results)


@pytest.mark.parametrize("predicate", [3, 2**32, 2**256 - 1])
def test_an_unknown_predicate_never_holds(referee, predicate):
    cases = vectors.operands(80, 2, seed=33)
    evaluated = vector.compare(*as_arrays(cases), predicate).view(np.uint32).tolist()
    assert_same("compare", cases, [0] * len(cases), evaluated, judged(referee, 23, predicate, cases))


@pytest.mark.parametrize("attribute", [0, 0x7F800001, 0x12345678, 2**256 - 1])
def test_fill(referee, attribute):
    for lanes in range(1, 9):
        word = referee.pointwise(3, attribute, lanes)
        assert word == pack([attribute % 2**32] * lanes)


def test_lanes_beyond_the_count_are_zero(referee):
    ones = pack([reference.ONE] * 8)
    for lanes in range(1, 9):
        assert referee.pointwise(16, 0, lanes, ones, ones) == pack([0x40000000] * lanes)


def rows(seed: int, size: int) -> Iterator[list[tuple[int, ...]]]:
    """Rows of `size`-tuples of every family and of many lengths."""
    rng = random.Random(seed)
    for terms in (*range(1, 18), 63, 64, 65, 200):
        for family in vectors.FAMILIES:
            yield [tuple(family(rng) for _ in range(size)) for _ in range(terms)]
    for start in range(0, 1_200, 6):
        yield vectors.operands(1_200, size, seed)[-1_200:][start : start + 6]


def test_sum(referee):
    for row in rows(seed=34, size=1):
        terms = [a for (a,) in row]
        expected = 0
        for term in terms:
            expected = reference.add(expected, term)
        evaluated = int(vector.row_sum(as_arrays(row)[0][None, :]).view(np.uint32)[0, 0])
        result = referee.reduce(SUM, len(terms), pack_row(terms))
        assert_same("sum", [terms], [expected], [evaluated], [result])


def test_row_max(referee):
    for row in rows(seed=35, size=1):
        terms = [a for (a,) in row]
        expected = terms[0]
        for term in terms:
            expected = reference.maximum(expected, term)
        evaluated = int(vector.row_max(as_arrays(row)[0][None, :]).view(np.uint32)[0, 0])
        result = referee.reduce(ROW_MAX, len(terms), pack_row(terms))
        assert_same("row_max", [terms], [expected], [evaluated], [result])


def assert_dot_product(referee: Referee, row: list[tuple[int, int]]) -> None:
    a, b = ([pair[side] for pair in row] for side in (0, 1))
    expected = 0
    for pair in row:
        expected = reference.fma(*pair, expected)
    x, y = (array[None, :] for array in as_arrays(row))
    evaluated = int(vector.matmul_transposed(x, y).view(np.uint32)[0, 0])
    result = referee.reduce(MATMUL, len(row), pack_row(a), pack_row(b))
    assert_same("matmul", [a + b], [expected], [evaluated], [result])


def test_matmul(referee):
    for row in rows(seed=36, size=2):
        assert_dot_product(referee, row)


def test_matmul_where_every_step_is_delicate(referee):
    rng = random.Random(38)
    for _ in range(1_500):
        assert_dot_product(referee, vectors.tight_row(rng, rng.choice((9, 16, 17))))


def test_the_longest_reductions(referee):
    rng = random.Random(37)
    a, b = ([vectors.ordinary(rng) for _ in range(4_096)] for _ in range(2))
    x, y = (array[None, :] for array in as_arrays(list(zip(a, b, strict=True))))
    for code, evaluated, other in (
        (SUM, vector.row_sum(x), []),
        (ROW_MAX, vector.row_max(x), []),
        (MATMUL, vector.matmul_transposed(x, y), pack_row(b)),
    ):
        result = referee.reduce(code, 4_096, pack_row(a), other)
        assert result == int(evaluated.view(np.uint32)[0, 0])


@pytest.mark.parametrize("code", [SUM, ROW_MAX, MATMUL])
def test_lanes_beyond_the_terms_are_ignored(referee, code):
    words = [pack([reference.ONE] * 3 + [0x7F7FFFFF] * 5)]
    other = words if code == MATMUL else []
    expected = reference.ONE if code == ROW_MAX else 0x40400000
    assert referee.reduce(code, 3, words, other) == expected


@pytest.mark.parametrize("code", [0, 1, 2, 4, 15, 28, 48, 50, 64, 80, 2**255])
def test_unknown_pointwise_operators_are_refused(referee, code):
    with pytest.raises(Reverted, match=r"^referee: operator$"):
        referee.pointwise(code, 0, 8, 0, 0, 0)


@pytest.mark.parametrize("lanes", [0, 9, 2**255])
def test_impossible_lanes_are_refused(referee, lanes):
    with pytest.raises(Reverted, match=r"^referee: lanes$"):
        referee.pointwise(16, 0, lanes, 0, 0, 0)


@pytest.mark.parametrize("code", [0, 3, 16, 20, 47, 51, 64, 2**255])
def test_unknown_reductions_are_refused(referee, code):
    with pytest.raises(Reverted, match=r"^referee: operator$"):
        referee.reduce(code, 1, [0], [0])


@pytest.mark.parametrize(
    ("code", "terms", "a", "b"),
    [
        (SUM, 0, 0, 0),
        (SUM, 4_097, 512, 0),
        (SUM, 2**256 - 1, 512, 0),
        (SUM, 8, 2, 0),
        (SUM, 9, 1, 0),
        (SUM, 8, 1, 1),
        (ROW_MAX, 0, 0, 0),
        (ROW_MAX, 8, 1, 1),
        (ROW_MAX, 8, 0, 0),
        (MATMUL, 0, 0, 0),
        (MATMUL, 4_097, 512, 512),
        (MATMUL, 8, 1, 0),
        (MATMUL, 8, 1, 2),
        (MATMUL, 9, 1, 2),
    ],
)
def test_impossible_terms_are_refused(referee, code, terms, a, b):
    with pytest.raises(Reverted, match=r"^referee: terms$"):
        referee.reduce(code, terms, [0] * a, [0] * b)
