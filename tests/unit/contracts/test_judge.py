"""The judges and evidence: what proves that a report is wrong, and that nothing proves that a right one is.

Promises 3, 4, 10, 11. Every node of a program with all operators, and of the distance, is proved guilty and innocent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import boa
import numpy as np
import pytest

from pinpoint.chain.client import ChallengePhase
from pinpoint.chain.port import CallRefused
from pinpoint.commitment.tensor import checkpoint_root, tensor_root
from pinpoint.commitment.tree import Tree, TreeKind
from pinpoint.dispute.evidence import Case
from pinpoint.dispute.knowledge import Whole
from pinpoint.dispute.moves import Leg, Move
from pinpoint.program.distance import NODES_PER_TENSOR
from pinpoint.program.operators import TABLE, Kind, Operator
from pinpoint.replay.report import Report
from tests.boa_port import DEPLOYERS
from tests.games import Forged, Game, flip, innocent_moves, legs_to, position_at, unchecked, words_of, zoo_job
from tests.unit.contracts.steps import NOBODY, refused, some_hash
from tests.world import World

JOB = zoo_job()
NODES = JOB.program.nodes
PACK = JOB.program.pack
WIDE, SMALL, BATCH, CONSTANT = 0, 1, 2, 3
DISTANCE = JOB.interval
LAST = NODES_PER_TENSOR * len(JOB.program.state_shapes) - 1
INPUTS = (Operator.STATE, Operator.BATCH, Operator.CONSTANT)


def index_of(operator: Operator) -> int:
    """The first node of an operator."""
    return next(index for index, node in enumerate(NODES) if node.operator is operator)


ADD, NEG, SUM, MATMUL, TRANSPOSE, FILL = map(
    index_of,
    (Operator.ADD, Operator.NEG, Operator.SUM, Operator.MATMUL, Operator.TRANSPOSE, Operator.FILL),
)
RESHAPE, GATHER, ONE_HOT, CAUSAL_MASK = map(
    index_of, (Operator.RESHAPE, Operator.GATHER, Operator.ONE_HOT, Operator.CAUSAL_MASK)
)


@pytest.fixture(scope="module")
def table(deployed: World) -> Iterator[Game]:
    """A task whose verifier has accepted."""
    with unchecked(deployed) as world:
        yield Game(world, JOB)


@pytest.fixture
def game(table: Game) -> Iterator[Game]:
    """The same, undone after each test."""
    with table.world.undone():
        yield table


@pytest.fixture(scope="module")
def honest(table: Game) -> Report:
    """The right report."""
    return table.honest()


@pytest.fixture
def innocent(game: Game, honest: Report) -> Table:
    """A live game about the right report."""
    return Table(game, game.start(honest, honest.digest), game.case(honest, Whole(honest)))


class Table:
    """A live game and the case of its challenger."""

    def __init__(self, game: Game, dispute: int, case: Case) -> None:
        self.game, self.dispute, self.case = game, dispute, case

    def move(self, what: str, step: int, node: int, leaf: int = 0, lane: int = 0) -> Move:
        """A proof against a right place of sample 1."""
        return innocent_moves(self.case, 1, step, node, leaf, lane)[what]

    def send(self, move: Move, **changes: Any) -> ChallengePhase:
        """Send it, with some of its arguments changed; how the challenge stands."""
        names = ARGUMENTS[move.method]
        arguments = tuple(changes.get(name, value) for name, value in zip(names, move.arguments, strict=True))
        self.game.play(self.dispute, Move(move.contract, move.method, arguments))
        return self.game.phase(self.dispute)


ARGUMENTS = {
    "prove_word_fault": ("legs", "node", "leaf", "lane", "operands"),
    "prove_lane_fault": ("legs", "node", "leaf", "lane", "operands"),
    "prove_moved_fault": ("legs", "node", "leaf", "lane", "operands"),
    "prove_input_fault": ("legs", "node", "source"),
    "prove_distance_fault": ("legs", "replayed", "claimed"),
    "prove_malformed": ("legs", "node", "leaf"),
}


def convicts(game: Game, honest: Report, report: Report) -> str:
    """The proof that convicts a report, sent."""
    dispute = game.start(report, honest.digest)
    receipt = game.prove_directly(dispute, honest, report)
    assert game.phase(dispute) is ChallengePhase.WON
    assert game.round == 1
    return receipt.method


# Deployment


@pytest.mark.parametrize("judge", ["ValueJudge", "RootJudge"])
@pytest.mark.parametrize("missing", range(3))
def test_every_address_is_needed(judge: str, missing: int) -> None:
    addresses = [boa.env.generate_address() for _ in range(3)]
    addresses[missing] = NOBODY
    with boa.reverts("judge: address"):
        DEPLOYERS[judge].deploy(*addresses)


def test_the_suite_knows_itself(table: Game) -> None:
    world = table.world
    for judge, name, contract in [
        ("ValueJudge", "REGISTRY", "TaskRegistry"),
        ("ValueJudge", "ARBITRATION", "Arbitration"),
        ("ValueJudge", "REFEREE", "Referee"),
        ("RootJudge", "REGISTRY", "TaskRegistry"),
        ("RootJudge", "VERIFICATION", "Verification"),
        ("RootJudge", "ARBITRATION", "Arbitration"),
    ]:
        assert world.view(judge, name) == world.deployment.addresses[contract]


# Every node, guilty

PLACES = [(1, node) for node in range(PACK)] + [(DISTANCE, node) for node in range(LAST + 1)]
NAMES = {node: f"{n.operator.name}-{node}" for node, n in enumerate(NODES)}


def name_of(place: tuple[int, int]) -> str:
    step, node = place
    return NAMES[node] if step < DISTANCE else f"distance-{node}"


METHODS = {
    Kind.POINTWISE: "prove_word_fault",
    Kind.MOVEMENT: "prove_moved_fault",
    Kind.REDUCTION: "prove_lane_fault",
    Kind.INPUT: "prove_input_fault",
}


def expected_method(honest: Report, step: int, node: int) -> str:
    operator = honest.nodes(step)[node].operator
    return "prove_word_fault" if operator is Operator.FILL else METHODS[TABLE[operator].kind]


@pytest.mark.parametrize("place", PLACES, ids=name_of)
def test_every_node_is_proved_guilty(game: Game, honest: Report, place: tuple[int, int]) -> None:
    """One lane, the last of the last row; what follows from it is consistent."""

    def lie(sample: int, step: int, node: int, right: Any) -> Any:
        return flip(right, -1, 1) if (sample, step, node) == (1, *place) else right

    report = Report(JOB.program, game.segments, lie)
    assert convicts(game, honest, report) == expected_method(honest, *place)


@pytest.mark.parametrize("node", [WIDE, BATCH, CONSTANT], ids=["STATE", "BATCH", "CONSTANT"])
def test_inputs_of_the_first_step_are_proved_guilty(game: Game, honest: Report, node: int) -> None:
    """STATE of step 0 comes from the solver's proof."""

    def lie(sample: int, step: int, at: int, right: Any) -> Any:
        return flip(right, 0, 1) if (sample, step, at) == (0, 0, node) else right

    assert convicts(game, honest, Report(JOB.program, game.segments, lie)) == "prove_input_fault"


@pytest.mark.parametrize(
    "place",
    [
        (step, node)
        for step, node in PLACES
        if (NODES if step < DISTANCE else [None] * 3)[node if step < DISTANCE else 0] is not None
    ][: len(NODES) - 1],
    ids=name_of,
)
def test_padding_is_proved_guilty(game: Game, honest: Report, place: tuple[int, int]) -> None:
    """Padding lanes must be zero (design, section 1): also in inputs, which are judged by their roots."""
    step, node = place
    assert honest.nodes(step)[node].cols % 8 != 0, "expected padding"

    def pad(leaves: list[list[int]]) -> list[list[int]]:
        leaves[-1][-1] |= 1
        return leaves

    report = Forged(JOB.program, game.segments, words={(1, step, node): pad})
    assert convicts(game, honest, report) == expected_method(honest, step, node)


@pytest.mark.parametrize("tensor", [0, 1])
def test_pack_is_proved_guilty(game: Game, honest: Report, tensor: int) -> None:
    def repack(leaves: list[bytes]) -> list[bytes]:
        leaves[tensor] = some_hash("another tensor")
        return leaves

    report = Forged(JOB.program, game.segments, packs={(1, 1): repack})
    assert convicts(game, honest, report) == "prove_input_fault"


@pytest.mark.parametrize("sample", range(3))
def test_a_posted_distance_is_proved_guilty(game: Game, honest: Report, sample: int) -> None:
    """The tree is right. One of the segments ends in the very checkpoint, and its distance is 0 for that alone."""
    report = Forged(JOB.program, game.segments, posted={sample: honest.distances[sample] ^ 1})
    assert report.root == honest.root
    assert convicts(game, honest, report) == "prove_distance_fault"


def test_both_ways_to_a_distance_are_played(honest: Report) -> None:
    ends = [honest.end_root(sample) == checkpoint_root(s.end) for sample, s in enumerate(honest.segments)]
    assert sorted(ends) == [False, True, True]
    assert [distance == 0 for distance in honest.distances] == ends


# Every node, innocent


@pytest.mark.parametrize("place", [*PLACES, (0, WIDE), (0, SMALL), (0, PACK), (1, PACK)], ids=str)
def test_every_node_is_proved_innocent(innocent: Table, honest: Report, place: tuple[int, int]) -> None:
    """Whatever a challenger can point at in a right report, it loses: the first, the last and a padding lane."""
    step, node = place
    tree = honest.tree(1, step, node)
    played = 0
    for leaf in {0, tree.count - 1}:
        lanes = [0]
        if node < honest.output_count(step):
            lanes.append(8 * len(words_of(honest, position_at(legs_to(honest, 1, step, node, leaf)))) - 1)
        for lane in lanes:
            for what in innocent_moves(innocent.case, 1, step, node, leaf, lane):
                with innocent.game.world.undone():
                    assert innocent.send(innocent.move(what, step, node, leaf, lane)) is ChallengePhase.LOST
                    assert innocent.game.round == 0
                    played += 1
    assert played >= 1


def test_right_distances_are_innocent(innocent: Table) -> None:
    for sample in range(3):
        with innocent.game.world.undone():
            move = innocent_moves(innocent.case, sample, DISTANCE, LAST, 0, 0)["distance"]
            assert innocent.send(move) is ChallengePhase.LOST


# Trees and leaves of the wrong size


def longer(leaves: list[list[int]]) -> list[list[int]]:
    return [*leaves[:-1], [*leaves[-1], 0]]


def shorter(leaves: list[list[int]]) -> list[list[int]]:
    return [leaves[0][:-1], *leaves[1:]]


def more(leaves: list[list[int]]) -> list[list[int]]:
    return [*leaves, leaves[-1]]


def fewer(leaves: list[list[int]]) -> list[list[int]]:
    return leaves[:-1]


PLACES, CHANGES = ((0, ADD), (1, MATMUL), (DISTANCE, 3)), (longer, shorter, more, fewer)
SIZED = [(place, change) for place in PLACES for change in CHANGES]


# The leaves of that MATMUL are of one word: there is no shorter one.
@pytest.mark.parametrize(("place", "change"), [pair for pair in SIZED if pair != ((1, MATMUL), shorter)])
def test_wrong_sizes_are_proved(
    game: Game, honest: Report, place: tuple[int, int], change: Callable[[list[list[int]]], list[list[int]]]
) -> None:
    report = Forged(JOB.program, game.segments, words={(1, *place): change})
    assert convicts(game, honest, report) == "prove_malformed"


@pytest.mark.parametrize("change", [longer, shorter, more, fewer])
def test_wrong_sizes_are_proved_in_a_game(
    game: Game, honest: Report, change: Callable[[list[list[int]]], list[list[int]]]
) -> None:
    report = Forged(JOB.program, game.segments, words={(0, 1, ADD): change})
    dispute = game.start(report, honest.digest)
    game.play_out(dispute, honest, report)
    assert game.phase(dispute) is ChallengePhase.WON


@pytest.mark.parametrize("node", [ADD, PACK], ids=["ADD", "PACK"])
def test_another_kind_of_tree_is_proved(game: Game, honest: Report, node: int) -> None:
    kind = TreeKind.TENSOR if node == PACK else TreeKind.CHECKPOINT
    report = Forged(JOB.program, game.segments, kinds={(1, 1, node): kind})
    with game.world.undone():
        assert convicts(game, honest, report) == "prove_malformed"
    dispute = game.start(report, honest.digest)
    game.play_out(dispute, honest, report)
    assert game.phase(dispute) is ChallengePhase.WON


@pytest.mark.parametrize("size", [1, 3])
def test_a_packed_state_of_another_size_is_proved(game: Game, honest: Report, size: int) -> None:
    def resize(leaves: list[bytes]) -> list[bytes]:
        return [*leaves, leaves[0]][:size]

    report = Forged(JOB.program, game.segments, packs={(1, 0): resize})
    with game.world.undone():
        assert convicts(game, honest, report) == "prove_malformed"
    dispute = game.start(report, honest.digest)
    game.play_out(dispute, honest, report)
    assert game.phase(dispute) is ChallengePhase.WON


def test_a_hash_that_nobody_can_open_is_silence(game: Game, honest: Report) -> None:
    """The verifier cannot show what is below a made-up root, and loses on time (docs/dispute.md)."""

    def repack(leaves: list[bytes]) -> list[bytes]:
        return [some_hash("nothing"), leaves[1]]

    class Hollow(Forged):
        def _trace(self, sample: int, step: int, leaves: Sequence[bytes]) -> Tree:
            leaves = list(super()._trace(sample, step, leaves).levels[0])
            if (sample, step) == (1, 1):
                leaves[ADD] = some_hash("nothing")
            return Tree(TreeKind.TRACE, leaves)

    report = Hollow(JOB.program, game.segments)
    dispute = game.start(report, honest.digest)
    with pytest.raises(CallRefused, match="descent: children"):
        game.play_out(dispute, honest, report)
    game.at(game.client.game(dispute).deadline + 1)
    game.world.send("stranger", "Arbitration", "time_out", dispute)
    assert game.phase(dispute) is ChallengePhase.WON


# Wrong evidence is no verdict

W, L, S, P = (1, ADD), (1, MATMUL), (1, WIDE), (1, PACK)


def test_only_a_live_game_is_judged(game: Game, honest: Report) -> None:
    """A judge asks Arbitration, so every deadline is Arbitration's."""
    case = game.case(honest, Whole(honest))
    move = innocent_moves(case, 1, 1, ADD, 0, 0)["value"]
    game.report(honest)
    dispute = game.commit(honest.digest)
    with refused("arbitration: phase"):
        game.play(dispute, move)
    game.reveal(dispute, honest.digest)
    with refused("arbitration: early"):
        game.play(dispute, move)


def test_whoever_sends_no_fault(innocent: Table) -> None:
    for user in ("stranger", "other_whistleblower", innocent.game.verifier):
        with refused("arbitration: no fault"):
            innocent.game.play(innocent.dispute, innocent.move("value", *W), user)


@pytest.mark.parametrize("what, step, node", [
    ("value", *W), ("value", *L), ("value", 1, TRANSPOSE), ("value", 1, FILL), ("value", DISTANCE, 3), ("input", *S),
    ("input", 1, BATCH), ("input", 1, CONSTANT), ("input", 0, WIDE), ("pack", *P), ("malformed", *W),
])  # fmt: skip
def test_the_node_must_be_the_programs(innocent: Table, what: str, step: int, node: int) -> None:
    """Rule 14: another node, a changed one, another path."""
    move = innocent.move(what, step, node)
    words, siblings = move.arguments[1]
    # One of the same four, so that its path has the right size.
    other = (node ^ 1) if step < DISTANCE else SMALL
    if what == "pack":
        other = SMALL
    for wrong in [
        ((words[0] ^ 1, *words[1:]), siblings),
        ((*words[:2], words[2] ^ 1), siblings),
        ((words[0] | 1 << 255, *words[1:]), siblings),
        (NODES[other].words(), innocent.case.trees.program.path(other)),
    ]:
        with refused("evidence: program"):
            innocent.send(move, node=wrong)
    for path in (siblings[:-1], [*siblings, bytes(32)]):
        with refused("tree: path"):
            innocent.send(move, node=(words, path))


@pytest.mark.parametrize("what, step, node", [("value", *W), ("value", *L), ("malformed", *W)])
def test_the_leaf_must_be_the_claim(innocent: Table, what: str, step: int, node: int) -> None:
    move = innocent.move(what, step, node)
    leaf = move.arguments[2]
    for wrong in ([leaf[0] ^ 1, *leaf[1:]], leaf[:-1], [*leaf, 0][:16]):
        if wrong and wrong != leaf:
            with refused("evidence: leaf"):
                innocent.send(move, leaf=wrong)
    with refused("tree: leaf"):
        innocent.send(move, leaf=[])


@pytest.mark.parametrize("step, node", [W, L, (1, TRANSPOSE), (1, FILL)])
def test_the_lane_must_be_in_the_leaf(innocent: Table, step: int, node: int) -> None:
    """Promise 10."""
    move = innocent.move("value", step, node)
    for lane in (8 * len(move.arguments[2]), 128, 2**256 - 1):
        with refused("evidence: lane"):
            innocent.send(move, lane=lane)


def test_a_word_fault_is_at_a_leaf(innocent: Table) -> None:
    move = innocent.move("value", *W)
    short = innocent.move("malformed", *W).arguments[0][:3]
    for legs in (short, short[:2], short[:1], []):
        wrong = [] if len(legs) < 3 else legs
        with pytest.raises(CallRefused, match=r"evidence: (position|program)"):
            innocent.send(move, legs=wrong)


def test_each_proof_has_its_position(innocent: Table) -> None:
    """An input at its root, PACK at a tensor, a distance at the root of the last output."""
    at_leaf = legs_to(innocent.case.own, 1, 1, WIDE, 0)
    with refused("evidence: position"):
        innocent.send(innocent.move("input", *S), legs=[leg.arguments() for leg in at_leaf])
    with refused("evidence: position"):
        innocent.send(innocent.move("pack", *P), legs=[leg.arguments() for leg in at_leaf[:2]] + _root_of(innocent, P))
    distance = innocent.move("distance", DISTANCE, LAST)
    for place in [(DISTANCE, LAST - 1), (1, PACK - 1)]:
        with refused("evidence: position"):
            innocent.send(distance, legs=_legs(innocent, *place))
    with refused("evidence: position"):
        innocent.send(distance, legs=[leg.arguments() for leg in legs_to(innocent.case.own, 1, DISTANCE, LAST, 0)])
    malformed = innocent.move("malformed", *W)
    with refused("evidence: position"):
        innocent.send(malformed, legs=_legs(innocent, *W))
    inner = innocent.case.own.tree(1, *W)
    above = Leg(inner.levels[1][0], 1, 0, int(inner.kind), inner.count, inner.path(0, 1))
    with refused("evidence: position"):
        innocent.send(malformed, legs=[*_legs(innocent, *W), above.arguments()])


def _legs(innocent: Table, step: int, node: int) -> list[Any]:
    return [leg.arguments() for leg in legs_to(innocent.case.own, 1, step, node)]


def _root_of(innocent: Table, place: tuple[int, int]) -> list[Any]:
    return _legs(innocent, *place)[2:]


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


def test_movement_has_its_own_proof(innocent: Table) -> None:
    """A movement is no pointwise operator and no reduction, nor the other way round."""
    moved, word = innocent.move("value", 1, RESHAPE), innocent.move("value", 1, NEG)
    with refused("referee: operator"):
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_word_fault", moved.arguments))
    with refused("evidence: operator"):
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_moved_fault", word.arguments))
    rows = [innocent.case._row(1, 1, NODES[RESHAPE].inputs[0], 0)]
    with refused("referee: operator"):
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_lane_fault", (*moved.arguments[:4], rows)))


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


def test_an_operator_has_its_own_proof(innocent: Table) -> None:
    """A pointwise proof of a reduction, a reduction of a pointwise operator, an input that is none."""
    word, lane = innocent.move("value", *W), innocent.move("value", *L)
    summed = innocent.move("value", 1, SUM)
    with refused("referee: operator"):
        leaf_of = [(summed.arguments[2], [], [])]
        operand = innocent.case._leaf(1, 1, NODES[SUM].inputs[0], 0, 0)
        assert leaf_of
        innocent.game.play(
            innocent.dispute,
            Move("ValueJudge", "prove_word_fault", (*summed.arguments[:4], [operand])),
        )
    with refused("referee: operator"):
        rows = [innocent.case._row(1, 1, source, 0) for source in NODES[NEG].inputs]
        negated = innocent.move("value", 1, NEG)
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_lane_fault", (*negated.arguments[:4], rows)))
    with refused("evidence: operator"):
        source = (bytes(32), 0, [])
        move = Move("RootJudge", "prove_input_fault", (_legs(innocent, *W), word.arguments[1], source))
        innocent.game.play(innocent.dispute, move)
    assert lane.method == "prove_lane_fault"


def test_an_input_is_not_judged_word_by_word(innocent: Table) -> None:
    """A STATE's words are the proof's; its node names a later node, which is no operand."""
    malformed = innocent.move("malformed", *S)
    legs, node, leaf = malformed.arguments
    operand = innocent.case._leaf(1, 1, NODES[WIDE].inputs[0], 0, 0)
    with refused("referee: operator"):
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_word_fault", (legs, node, leaf, 0, [operand])))
    row = innocent.case._row(1, 1, NODES[WIDE].inputs[0], 0)
    with refused("referee: operator"):
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_lane_fault", (legs, node, leaf, 0, [row])))
    batch = innocent.move("malformed", 1, BATCH)
    with refused("referee: operator"):
        innocent.game.play(innocent.dispute, Move("ValueJudge", "prove_word_fault", (*batch.arguments, 0, [])))


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
    _, replayed, claimed = move.arguments
    other = some_hash(1)
    for reason, changes in [
        ("evidence: report", {"replayed": (other, 0, replayed[2])}),
        ("evidence: proof", {"claimed": (other, 0, claimed[2])}),
        ("evidence: paths", {"replayed": (replayed[0], 0, replayed[2][:2])}),
        ("evidence: paths", {"replayed": (replayed[0], 0, [*replayed[2], []])}),
        ("evidence: paths", {"claimed": (claimed[0], 0, [])}),
        ("evidence: paths", {"claimed": (claimed[0], 0, [*claimed[2], []])}),
    ]:
        with refused(reason):
            innocent.send(move, **changes)


def test_malformed_trees_are_not_judged_by_their_words(game: Game, honest: Report) -> None:
    """Where kind or count is wrong, only that is judged: an index means nothing there."""
    for place, changes, what in [
        ((1, 1, ADD), {"words": {(1, 1, ADD): more}}, "value"),
        ((1, 1, ADD), {"kinds": {(1, 1, ADD): TreeKind.CHECKPOINT}}, "value"),
        ((1, 1, MATMUL), {"words": {(1, 1, MATMUL): more}}, "value"),
        ((1, 1, PACK), {"kinds": {(1, 1, PACK): TreeKind.TENSOR}}, "pack"),
        ((1, 1, PACK), {"packs": {(1, 1): lambda leaves: [*leaves, leaves[0]]}}, "pack"),
    ]:
        with game.world.undone():
            report = Forged(JOB.program, game.segments, **changes)
            dispute = game.start(report, honest.digest)
            move = innocent_moves(game.case(report, Whole(report)), *place, 0, 0)[what]
            with refused("evidence: malformed"):
                game.play(dispute, move)


@pytest.mark.parametrize("node", [ADD, MATMUL], ids=["ADD", "MATMUL"])
def test_a_leaf_of_another_length_is_not_judged_by_its_words(game: Game, honest: Report, node: int) -> None:
    report = Forged(JOB.program, game.segments, words={(1, 1, node): longer})
    dispute = game.start(report, honest.digest)
    last = report.tree(1, 1, node).count - 1
    legs = [leg.arguments() for leg in legs_to(report, 1, 1, node, last)]
    right = innocent_moves(game.case(honest, Whole(honest)), 1, 1, node, last, 0)["value"]
    words = report.words(1, 1, node, last)
    with refused("evidence: malformed"):
        game.play(dispute, Move(right.contract, right.method, (legs, right.arguments[1], words, *right.arguments[3:])))


def test_a_descent_in_a_proof_is_checked_as_any(innocent: Table) -> None:
    move = innocent.move("value", *W)
    legs = list(move.arguments[0])
    child, level, index, kind, count, siblings = legs[0]
    with refused("descent: path"):
        innocent.send(move, legs=[(some_hash(1), level, index, kind, count, siblings), *legs[1:]])
    with refused("descent: path"):
        innocent.send(move, legs=[(child, level, 0, kind, count, siblings), *legs[1:]])
    with pytest.raises(CallRefused):
        innocent.send(move, legs=[*legs, legs[0]])
    assert np.array(legs, dtype=object).shape[0] == 4
