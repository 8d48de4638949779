"""The table of operators: shape rules, its words, the page written from it, and the contracts' codes."""

import re
from itertools import product
from pathlib import Path
from random import Random

import pytest

from pinpoint.program import manual
from pinpoint.program.operators import (
    MAX_NODES,
    MAX_SIDE,
    MAX_STATE,
    MAX_TERMS,
    TABLE,
    Axis,
    Integer,
    Kind,
    Operator,
    Predicate,
    fits,
)
from tests import programs

CONTRACTS = Path(__file__).parents[2] / "contracts"
POINTWISE = [operator for operator, rule in TABLE.items() if rule.kind is Kind.POINTWISE]
FOLLOWING = [operator for operator, rule in TABLE.items() if rule.kind in (Kind.REDUCTION, Kind.MOVEMENT)]
"""Operators whose words state all shapes in letters."""


def shape(operator, shapes, attribute=0, stated=None):
    return TABLE[operator].shape(shapes, attribute, stated)


def grouped(blocks, group):
    return (blocks - 1) << 32 | (group - 1)


def at(row, col):
    return row << 32 | col


def test_every_operator_has_a_row():
    assert set(TABLE) == set(Operator)


@pytest.mark.parametrize("operator", POINTWISE)
def test_pointwise_operators_broadcast(operator):
    arity = TABLE[operator].arity
    mixed = [(3, 1), (1, 5), (1, 1)]
    for shapes in product(mixed, repeat=arity):
        natural = tuple(map(max, zip(*shapes, strict=True)))
        assert shape(operator, shapes) == natural
        for stated in [(3, 5), (3, 1), (1, 5), (2, 5), (7, 7)]:
            expected = stated if all(fits(s, stated) for s in shapes) else None
            assert shape(operator, shapes, 0, stated) == expected
    if arity > 1:
        assert shape(operator, [(3, 5), (2, 5), (3, 5)][:arity]) is None
        assert shape(operator, [(3, 5), (3, 4), (3, 5)][:arity]) is None


@pytest.mark.parametrize(
    ("side", "wide", "expected"), [(1, 5, True), (5, 5, True), (5, 1, False), (2, 4, False), (1, 1, True)]
)
def test_a_side_fits_if_it_is_the_same_or_one(side, wide, expected):
    assert fits((side, 3), (wide, 3)) == fits((3, side), (3, wide)) == expected


@pytest.mark.parametrize(
    ("operator", "shapes", "attribute", "stated", "expected"),
    [
        (Operator.SUM, [(3, 5)], 0, None, (3, 1)),
        (Operator.ROW_MAX, [(3, 5)], 0, None, (3, 1)),
        (Operator.ARGMAX, [(3, 5)], 0, None, (3, 1)),
        (Operator.MATMUL, [(6, 5), (4, 5)], 0, None, (6, 4)),
        (Operator.MATMUL, [(6, 5), (4, 5)], 1, None, (6, 2)),
        (Operator.MATMUL, [(6, 5), (6, 5)], 5, None, (6, 1)),
        (Operator.MATMUL, [(6, 5), (4, 6)], 0, None, None),
        (Operator.MATMUL, [(6, 5), (4, 5)], 2, None, None),
        (Operator.MATMUL, [(4, 5), (6, 5)], 2, None, None),
        (Operator.MATMUL, [(6, 5), (6, 5)], 6, None, None),
        (Operator.MATMUL, [(6, 5), (6, 5)], MAX_SIDE - 1, None, None),
        (Operator.MATMUL_INT8, [(6, 5), (4, 5)], 1, None, (6, 2)),
        (Operator.MATMUL_INT8, [(6, 5), (4, 6)], 1, None, None),
        (Operator.MATMUL_INT8, [(6, 5), (4, 5)], 2, None, None),
        (Operator.SCATTER_ADD, [(3, 5), (1, 5)], 0, (7, 3), (7, 3)),
        (Operator.SCATTER_ADD, [(3, 5), (1, 5)], 0, (1, 3), (1, 3)),
        (Operator.SCATTER_ADD, [(3, 5), (1, 5)], 0, (7, 4), (7, 3)),
        (Operator.SCATTER_ADD, [(3, 5), (1, 4)], 0, (7, 3), None),
        (Operator.SCATTER_ADD, [(3, 5), (1, 1)], 0, (7, 3), None),
        (Operator.SCATTER_ADD, [(3, 5), (5, 1)], 0, (7, 3), None),
        (Operator.SCATTER_ADD, [(3, 5), (2, 5)], 0, (7, 3), None),
        (Operator.SCATTER_ADD, [(3, 5), (1, 5)], 0, None, None),
        (Operator.TRANSPOSE, [(6, 8)], 0, None, (8, 6)),
        (Operator.TRANSPOSE, [(6, 8)], grouped(3, 1), None, (24, 2)),
        (Operator.TRANSPOSE, [(6, 8)], grouped(1, 4), None, (2, 24)),
        (Operator.TRANSPOSE, [(6, 8)], grouped(3, 4), None, (6, 8)),
        (Operator.TRANSPOSE, [(6, 8)], grouped(6, 8), None, (6, 8)),
        (Operator.TRANSPOSE, [(6, 8)], grouped(4, 1), None, None),
        (Operator.TRANSPOSE, [(6, 8)], grouped(1, 3), None, None),
        (Operator.TRANSPOSE, [(6, 8)], grouped(12, 1), None, None),
        (Operator.TRANSPOSE, [(6, 8)], grouped(1, 16), None, None),
        (Operator.TRANSPOSE, [(6, 8)], grouped(1, 2**32), None, None),
        (Operator.RESHAPE, [(6, 8)], 0, (48, 1), (48, 1)),
        (Operator.RESHAPE, [(6, 8)], 0, (3, 16), (3, 16)),
        (Operator.RESHAPE, [(6, 8)], 0, (6, 8), (6, 8)),
        (Operator.RESHAPE, [(6, 8)], 0, (7, 7), None),
        (Operator.RESHAPE, [(6, 8)], 0, (6, 7), None),
        (Operator.RESHAPE, [(6, 8)], 0, None, None),
        (Operator.SLICE, [(6, 8)], 0, (6, 8), (6, 8)),
        (Operator.SLICE, [(6, 8)], at(5, 7), (1, 1), (1, 1)),
        (Operator.SLICE, [(6, 8)], at(2, 3), (4, 5), (4, 5)),
        (Operator.SLICE, [(6, 8)], at(2, 3), (5, 5), None),
        (Operator.SLICE, [(6, 8)], at(2, 3), (4, 6), None),
        (Operator.SLICE, [(6, 8)], at(6, 0), (1, 1), None),
        (Operator.SLICE, [(6, 8)], at(0, 8), (1, 1), None),
        (Operator.SLICE, [(6, 8)], at(0, 2**32 - 1), (1, 1), None),
        (Operator.SLICE, [(6, 8)], 0, (7, 8), None),
        (Operator.SLICE, [(6, 8)], 0, None, None),
        (Operator.CONCAT, [(2, 3), (4, 3)], Axis.ROWS, None, (6, 3)),
        (Operator.CONCAT, [(2, 3), (2, 5)], Axis.ROWS, None, None),
        (Operator.CONCAT, [(2, 3), (2, 5)], Axis.COLUMNS, None, (2, 8)),
        (Operator.CONCAT, [(2, 3), (4, 3)], Axis.COLUMNS, None, None),
        (Operator.CONCAT, [(2, 3), (1, 1)], Axis.ROWS, None, None),
        (Operator.GATHER, [(6, 8), (1, 9)], 0, None, (9, 8)),
        (Operator.GATHER, [(6, 8), (1, 1)], 0, None, (1, 8)),
        (Operator.GATHER, [(6, 8), (2, 9)], 0, None, None),
        (Operator.GATHER, [(6, 8), (9, 1)], 0, None, None),
        (Operator.ONE_HOT, [(1, 9)], 0, (9, 4), (9, 4)),
        (Operator.ONE_HOT, [(1, 9)], 0, (8, 4), (9, 4)),
        (Operator.ONE_HOT, [(9, 1)], 0, (9, 4), None),
        (Operator.ONE_HOT, [(2, 9)], 0, (9, 4), None),
        (Operator.ONE_HOT, [(1, 9)], 0, None, None),
        (Operator.CAUSAL_MASK, [(5, 5)], 0, None, (5, 5)),
        (Operator.CAUSAL_MASK, [(15, 5)], 0xFF800000, None, (15, 5)),
        (Operator.CAUSAL_MASK, [(7, 1)], 0, None, (7, 1)),
        (Operator.CAUSAL_MASK, [(7, 5)], 0, None, None),
        (Operator.CAUSAL_MASK, [(5, 10)], 0, None, None),
    ],
)
def test_a_shape_follows_or_does_not(operator, shapes, attribute, stated, expected):
    assert shape(operator, shapes, attribute, stated) == expected


@pytest.mark.parametrize(
    ("operator", "most"),
    [
        *[
            (operator, 0)
            for operator in POINTWISE
            if operator not in (Operator.COMPARE, Operator.TO_INT)
        ],
        (Operator.STATE, 2**20 - 1),
        (Operator.BATCH, 2**20 - 1),
        (Operator.CONSTANT, 2**256 - 1),
        (Operator.FILL, 2**32 - 1),
        (Operator.COMPARE, Predicate.EQUAL),
        (Operator.TO_INT, Integer.INT8),
        (Operator.SUM, 0),
        (Operator.ROW_MAX, 0),
        (Operator.MATMUL, 2**20 - 1),
        (Operator.ARGMAX, 0),
        (Operator.MATMUL_INT8, 2**20 - 1),
        (Operator.SCATTER_ADD, 0),
        (Operator.TRANSPOSE, 2**52 - 1),
        (Operator.RESHAPE, 0),
        (Operator.SLICE, 2**52 - 1),
        (Operator.CONCAT, Axis.COLUMNS),
        (Operator.GATHER, 0),
        (Operator.ONE_HOT, 0),
        (Operator.CAUSAL_MASK, 2**32 - 1),
        (Operator.PACK, 0),
    ],
)
def test_the_largest_attribute(operator, most):
    assert TABLE[operator].attributes == most + 1
    assert most < 2**256


# The words


def value(formula, letters):
    """The number that a formula such as "2^32 (B - 1) + ng" stands for."""
    tokens = re.findall(r"\d+|[A-Za-z]|[-+^()]", formula)
    assert "".join(tokens) == formula.replace(" ", ""), f"not a formula: {formula}"
    text = ""
    for before, token in zip([None, *tokens], tokens, strict=False):
        factor = before is not None and before not in "-+^(" and token not in "-+^)"
        text += ("*" if factor else "") + {"^": "**"}.get(token, token)
    return eval(text, {"__builtins__": {}}, letters)


def holds(condition, letters):
    left, relation, right = re.split(r" (=|<=) ", condition)
    left, right = value(left, letters), value(right, letters)
    return left == right if relation == "=" else left <= right


def shape_of(text, letters):
    rows, cols = text.split(" x ")
    return value(rows, letters), value(cols, letters)


def readings(operator):
    """What the words of an operator say: shapes of inputs, attribute, output, conditions; one per case."""
    rule = TABLE[operator]
    inputs = re.findall(r"\b([abc]) \((.+? x [^,)]+)", rule.inputs)
    assert [name for name, _ in inputs] == ["a", "b", "c"][: rule.arity]
    for case in rule.output.split("; "):
        number, _, words = case.rpartition(": ")
        output, *conditions = words.split(", ")
        conditions = [condition for condition in conditions if condition != "any n"]
        formula = number or (rule.attribute if re.search(r"\b[Brc]\b", rule.attribute) else "0")
        yield [text for _, text in inputs], formula, output, conditions


@pytest.mark.parametrize("operator", FOLLOWING)
def test_the_words_say_what_the_rule_does(operator):
    rng, rule = Random(operator.value), TABLE[operator]
    seen = 0
    for inputs, attribute, output, conditions in readings(operator):
        for _ in range(3000):
            letters = {letter: rng.randrange(1, 6) for letter in "Bdgmnpq"}
            letters |= {letter: rng.randrange(5) for letter in "rc"}
            shapes = [shape_of(text, letters) for text in inputs]
            number, expected = value(attribute, letters), shape_of(output, letters)
            if all(holds(condition, letters) for condition in conditions):
                assert shape(operator, shapes, number, expected) == expected
                assert rule.units(expected, shapes) == value(rule.work, letters)
                seen += 1
            else:
                assert shape(operator, shapes, number, expected) != expected
    assert seen > 50


@pytest.mark.parametrize("operator", POINTWISE)
def test_the_words_of_pointwise_operators_say_what_the_rule_does(operator):
    rule = TABLE[operator]
    names = re.sub(r" \(int32\)", "", rule.inputs).split(", ")
    assert names == ["a", "b", "c"][: rule.arity]
    assert rule.output == "m x n"
    for m, n in product(range(1, 4), repeat=2):
        assert rule.units((m, n), [(1, 1)] * rule.arity) == value(rule.work, {"m": m, "n": n})


def test_attributes_that_choose_are_listed():
    for operator, words in (
        (Operator.COMPARE, {Predicate.LESS: "a < b", Predicate.LESS_EQUAL: "a <= b", Predicate.EQUAL: "a == b"}),
        (Operator.TO_INT, {Integer.INT32: "int32", Integer.INT8: "int8"}),
        (Operator.CONCAT, {Axis.ROWS: "rows", Axis.COLUMNS: "columns"}),
    ):
        assert TABLE[operator].attribute == ", ".join(f"{n.value}: {what}" for n, what in words.items())


def test_an_attribute_is_explained_where_there_is_one():
    assert {o for o, rule in TABLE.items() if rule.attribute} == {o for o, rule in TABLE.items() if rule.attributes > 1}


# The page


def test_the_page_is_the_one_that_the_table_gives():
    assert manual.PAGE.read_text() == manual.page(), "python -m pinpoint.program.manual writes it"


def test_the_page_has_one_row_per_operator():
    rows = [line.strip("| ").split(" | ") for line in manual.page().splitlines() if re.match(r"\| \d", line)]
    assert [(int(code), name) for code, name, *_ in rows] == [(o.value, o.name) for o in Operator]


# The contracts


def constants(contract):
    """The `NAME: constant(uint256) = number` lines of a contract; CONSTANT_ avoids Vyper's keyword."""
    lines = r"^(\w+): constant\(uint256\) = (\d+)(?:\*\*(\d+))?(?: *#.*)?$"
    found = re.findall(lines, contract.read_text(), re.MULTILINE)
    return {name.rstrip("_"): int(base) ** int(power or 1) for name, base, power in found}


def test_the_contracts_know_every_operator_by_the_same_code():
    known: set[str] = set()
    for contract in [*CONTRACTS.glob("*.vy"), *CONTRACTS.glob("libraries/*.vy")]:
        if contract.name == "tree.vy":
            continue  # its BATCH is a kind of tree
        found = {name: code for name, code in constants(contract).items() if name in Operator.__members__}
        assert found == {name: Operator[name] for name in found}, contract.name
        known |= found.keys()
    assert known == set(Operator.__members__)


def test_the_contracts_have_the_same_limits():
    libraries = CONTRACTS / "libraries"
    geometry, operators = constants(libraries / "geometry.vy"), constants(libraries / "operators.vy")
    assert geometry["MAX_NODES"] == MAX_NODES
    assert geometry["MAX_STATE"] == MAX_STATE
    reductions, evidence = constants(libraries / "reductions.vy"), constants(libraries / "evidence.vy")
    assert reductions["MAX_WORDS"] * operators["LANES"] == MAX_TERMS
    assert evidence["MAX_ROW_WORDS"] * operators["LANES"] == MAX_TERMS


# What random programs draw


def test_random_programs_draw_every_operator_and_attribute():
    nodes = [node for seed in range(300) for node in programs.random_program(Random(seed)).nodes]
    for operator, rule in TABLE.items():
        drawn = [node for node in nodes if node.operator is operator]
        assert len(drawn) >= 50, f"{operator.name} {len(drawn)} times"
        if rule.attributes > 1:
            others = sum(node.attribute != 0 for node in drawn)
            assert others >= 40, f"{operator.name} {others} times with another attribute than 0"
