"""The judges: operands and sources are the ones committed to. Promises 3, 10; attacks A1, A5, A20."""

from __future__ import annotations

import pytest

from pinpoint.chain.client import ChallengePhase
from pinpoint.chain.port import CallRefused
from pinpoint.commitment.tensor import tensor_root
from tests.unit.contracts.judge.court import (
    ADD,
    BATCH,
    CAUSAL_MASK,
    DISTANCE,
    GATHER,
    JOB,
    LAST,
    MATMUL,
    NODES,
    ONE_HOT,
    PACK,
    SUM,
    TRANSPOSE,
    WIDE,
    Table,
)
from tests.unit.contracts.steps import refused, some_hash

W, L, S, P = (1, ADD), (1, MATMUL), (1, WIDE), (1, PACK)


def test_the_operands_must_be_the_traces(innocent: Table) -> None:
    """Attack A1: nothing is opened that was not committed."""
    move = innocent.move("value", *W)
    [first, second] = move.arguments[4]
    words, path, trace_path = first
    for wrong in [
        ([words[0] ^ 1, *words[1:]], path, trace_path),
        (words[:-1], path, trace_path),
        second,
        (words, [some_hash(1), *path[1:]], trace_path),
        (words, path, [some_hash(1), *trace_path[1:]]),
    ]:
        with pytest.raises(CallRefused, match=r"evidence: operand|tree: path"):
            innocent.send(move, operands=[wrong, second])
    for shape in ([first], [first, second, second], []):
        with refused("evidence: operands"):
            innocent.send(move, operands=shape)
    transposed = innocent.move("value", 1, TRANSPOSE)
    for shape in ([], [first, second]):
        with refused("evidence: operands"):
            innocent.send(transposed, operands=shape)
    other = innocent.move("value", 1, TRANSPOSE, leaf=129).arguments[4]
    with refused("evidence: operand"):
        innocent.send(transposed, operands=other)


def test_the_index_must_be_the_traces(innocent: Table) -> None:
    """GATHER and ONE_HOT look where the trace's index says."""
    move = innocent.move("value", 1, GATHER)
    [index, row] = move.arguments[4]
    words, path, trace_path = index
    for wrong in ([words[0] ^ (1 << 224)], [words[0] ^ 1], [words[0] >> 32]):
        with refused("evidence: operand"):
            innocent.send(move, operands=[(wrong, path, trace_path), row])
    for shape in ([row, index], [row, row], [index, index]):
        with pytest.raises(CallRefused, match=r"evidence: operand|tree: path"):
            innocent.send(move, operands=shape)
    for shape in ([], [index]):
        with refused("evidence: operands"):
            innocent.send(move, operands=shape)
    hot = innocent.move("value", 1, ONE_HOT)
    with refused("evidence: operand"):
        innocent.send(hot, operands=[([words[0] ^ (1 << 224)], path, trace_path)])
    for shape in ([], [index, index]):
        with refused("evidence: operands"):
            innocent.send(hot, operands=shape)


@pytest.mark.parametrize("lane", range(NODES[ONE_HOT].cols))
def test_a_right_one_hot_row_is_no_fault(innocent: Table, lane: int) -> None:
    """Of its lanes one is 1, where the index is, and the others are 0."""
    assert innocent.send(innocent.move("value", 1, ONE_HOT, lane=lane)) is ChallengePhase.LOST


def test_what_is_not_moved_has_no_operand(innocent: Table) -> None:
    """An index outside the table, and what the mask covers."""
    outside = innocent.move("value", 1, GATHER, leaf=3)
    [index] = outside.arguments[4]
    with refused("evidence: operands"):
        innocent.send(outside, operands=[index, innocent.move("value", 1, GATHER).arguments[4][1]])
    covered = innocent.move("value", 1, CAUSAL_MASK, leaf=1, lane=2)
    assert covered.arguments[4] == []
    with refused("evidence: operands"):
        innocent.send(covered, operands=innocent.move("value", 1, CAUSAL_MASK, leaf=1).arguments[4])


def test_the_rows_must_be_the_traces(innocent: Table) -> None:
    move = innocent.move("value", *L)
    [first, second] = move.arguments[4]
    words, path, trace_path = first
    for reason, wrong in [
        ("evidence: row", (words[:-1], path, trace_path)),
        ("evidence: row", ([*words, 0], path, trace_path)),
        ("evidence: row", ([], path, trace_path)),
        ("evidence: operand", ([words[0] ^ 1, *words[1:]], path, trace_path)),
        ("tree: path", (words, path[:-1], trace_path)),
        ("tree: path", (words, [*path, bytes(32)], trace_path)),
        ("tree: path", (words, path, trace_path[:-1])),
    ]:
        with refused(reason):
            innocent.send(move, operands=[wrong, second])
    another_row = innocent.move("value", 1, MATMUL, leaf=1).arguments[4][0]
    with refused("evidence: operand"):
        innocent.send(move, operands=[another_row, second])
    for shape in ([first], []):
        with refused("evidence: operands"):
            innocent.send(move, operands=shape)
    summed = innocent.move("value", 1, SUM)
    with refused("evidence: operands"):
        innocent.send(summed, operands=[*summed.arguments[4], second])


@pytest.mark.parametrize("step", [0, 1, DISTANCE])
def test_a_state_must_come_from_where_it_should(innocent: Table, step: int) -> None:
    """Step 0 and the claimed end from the solver's proof, else from the trace of the step before."""
    node = WIDE if step < DISTANCE else 0
    move = innocent.move("input", step, node)
    leaf, count, paths = move.arguments[2]
    expected = "evidence: proof" if step == 0 else "evidence: report"
    with refused(expected):
        innocent.send(move, source=(some_hash(1), count, paths))
    for place in range(len(paths)):
        with refused("tree: path"):
            wrong = [*paths[:place], [*paths[place], bytes(32)], *paths[place + 1 :]]
            innocent.send(move, source=(leaf, count, wrong))
    for wrong in (paths[:-1], [*paths, []][: len(paths) + 1], []):
        if wrong == paths or len(wrong) > 4:
            continue
        with refused("evidence: paths"):
            innocent.send(move, source=(leaf, count, wrong))
    if step == DISTANCE:
        for claimed in (1, 2):
            proved = innocent.move("input", DISTANCE, claimed)
            _, of_count, of_paths = proved.arguments[2]
            with refused("evidence: proof"):
                innocent.send(proved, source=(some_hash(1), of_count, of_paths))


def test_a_batch_must_be_the_steps(innocent: Table) -> None:
    move = innocent.move("input", 1, BATCH)
    leaf, count, paths = move.arguments[2]
    for wrong in [
        (some_hash(1), count, paths),
        (leaf, count, [paths[0], innocent.case.trees.dataset.path(_another(innocent))]),
        (tensor_root(JOB.batches[_another(innocent)][0]), count, paths),
    ]:
        with refused("evidence: dataset"):
            innocent.send(move, source=wrong)
    with refused("tree: path"):
        innocent.send(move, source=(leaf, 4, paths))
    with refused("tree: empty"):
        innocent.send(move, source=(leaf, 0, paths))
    with refused("tree: count"):
        innocent.send(move, source=(leaf, 2**32 + 1, paths))
    with refused("evidence: paths"):
        innocent.send(move, source=(leaf, count, paths[:1]))
    with refused("evidence: paths"):
        innocent.send(move, source=(leaf, count, [*paths, []]))


def _another(innocent: Table) -> int:
    """A batch that is not the disputed step's."""
    number = innocent.game.samples[1]
    return (number * JOB.interval + 2) % len(JOB.batches)


def test_a_packed_tensor_must_be_its_producers(innocent: Table) -> None:
    move = innocent.move("pack", *P)
    leaf, count, paths = move.arguments[2]
    trace = innocent.case.own.tree(1, 1)
    for wrong in [
        (some_hash(1), count, paths),
        (leaf, count, [trace.path(5)]),
        (trace.levels[0][5], count, [trace.path(5)]),
    ]:
        with pytest.raises(CallRefused, match=r"evidence: trace|tree: path"):
            innocent.send(move, source=wrong)
    for wrong_paths in ([], [*paths, []]):
        with refused("evidence: paths"):
            innocent.send(move, source=(leaf, count, wrong_paths))


def test_a_distance_is_judged_by_its_own_ends(innocent: Table) -> None:
    """A20, A5: neither the replayed nor the claimed end can be another checkpoint."""
    move = innocent.move("distance", DISTANCE, LAST)
    _, last, replayed, claimed = move.arguments
    other = some_hash(1)
    for reason, changes in [
        ("evidence: leaf", {"last": last ^ 1}),
        ("evidence: leaf", {"last": last | 1 << 32}),
        ("evidence: report", {"replayed": (other, 0, replayed[2])}),
        ("evidence: proof", {"claimed": (other, 0, claimed[2])}),
        ("evidence: paths", {"replayed": (replayed[0], 0, replayed[2][:2])}),
        ("evidence: paths", {"replayed": (replayed[0], 0, [*replayed[2], []])}),
        ("evidence: paths", {"claimed": (claimed[0], 0, [])}),
        ("evidence: paths", {"claimed": (claimed[0], 0, [*claimed[2], []])}),
    ]:
        with refused(reason):
            innocent.send(move, **changes)
