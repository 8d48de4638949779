"""Giant tasks are what a replay of every node and lane would find, and the honest players need not know the size."""

from random import Random

import numpy as np
import pytest

from pinpoint.commitment.tensor import hash_leaf, leaf_words, program_leaf, tensor_root
from pinpoint.commitment.tree import Tree, TreeKind, keccak
from pinpoint.dispute import challenger, defender
from pinpoint.dispute.evidence import Case, Trees
from pinpoint.dispute.knowledge import Shown, Whole
from pinpoint.dispute.moves import Move
from pinpoint.dispute.position import Position
from pinpoint.program.graph import Program
from pinpoint.program.operators import MAX_LEAVES, MAX_NODES
from pinpoint.program.validation import validate
from pinpoint.program.work import program_units
from pinpoint.replay.report import Report, Segment
from tests.giant import SMALL, Giant, Sizes
from tests.giant_report import MALFORMED, WRONG_LANE, WRONG_PACK, WRONG_POSTED, GiantReport, Lie, random_lie
from tests.sparse import Level, PackedTree, SparseTensor, SparseTree

NUMBERS = [1, 0, 2]


@pytest.fixture(scope="module")
def small() -> Giant:
    return Giant(SMALL)


@pytest.fixture(scope="module")
def sparse(small: Giant) -> GiantReport:
    return GiantReport(small, NUMBERS)


@pytest.fixture(scope="module")
def program(small: Giant) -> Program:
    return Program(tuple(small.program.nodes), small.program.constants)


@pytest.fixture(scope="module")
def dense(small: Giant, program: Program) -> Report:
    """The same, of whole tensors."""

    def whole(tensors):
        return [np.asarray(tensor) for tensor in tensors]

    segments = [small.segment(number) for number in NUMBERS]
    return Report(
        program, [Segment(s.number, whole(s.start), whole(s.end), [*map(whole, s.batches)]) for s in segments]
    )


def test_the_program_is_valid_and_is_hashed_node_by_node(small, program):
    validate(program)
    assert small.program.root == program.root
    assert small.program.units == program_units(program)
    assert small.program.producers == program.producers


def test_the_replay_of_every_lane_finds_the_same(sparse, dense):
    assert sparse.distances == dense.distances
    assert any(sparse.distances) and not all(sparse.distances), "expected a segment that is off, and one that is not"
    assert sparse.digest == dense.digest
    for sample in range(len(NUMBERS)):
        for step in range(SMALL.interval + 1):
            assert sparse.tree(sample, step).root == dense.tree(sample, step).root
        for node in range(0, sparse.output_count(0), 5):
            assert sparse.tree(sample, 1, node).levels[0][:] == dense.tree(sample, 1, node).levels[0]


def test_steps_differ(sparse):
    roots = {sparse.tree(sample, step).root for sample in range(3) for step in range(SMALL.interval)}
    assert len(roots) == 3 * SMALL.interval


def test_a_million_nodes():
    giant = Giant(Sizes(segments=1, interval=1, samples=1))
    nodes, tree = giant.program.nodes, giant.trees.program
    assert len(nodes) == tree.count == MAX_NODES
    assert max(node.shape[0] * -(-node.shape[1] // 128) for node in nodes.short) == MAX_LEAVES
    for index in (*range(60), *Random(1).sample(range(MAX_NODES), 200), *range(MAX_NODES - 60, MAX_NODES)):
        node = nodes[index]
        assert tree.levels[0][index] == program_leaf(node.words())
        for source, shape in zip(node.inputs, node.input_shapes, strict=True):
            assert nodes[source].shape == shape
            assert source < index or node.operator.name == "STATE"


@pytest.mark.parametrize("seed", range(20))
def test_a_sparse_tree_is_a_tree(seed):
    random = Random(seed)

    def some_hash():
        return keccak(random.randbytes(8))

    count, pattern = random.randrange(1, 700), [some_hash() for _ in range(random.randrange(1, 19))]
    changes = {random.randrange(count): some_hash() for _ in range(random.randrange(4))}
    leaves = [changes.get(i, pattern[i % len(pattern)]) for i in range(count)]
    place, other = random.randrange(count), some_hash()
    changed = [other if i == place else leaf for i, leaf in enumerate(leaves)]
    sparse = SparseTree(TreeKind.TENSOR, Level(pattern, count, changes))
    for tree, plain in (
        (sparse, Tree(TreeKind.TENSOR, leaves)),
        (PackedTree(TreeKind.TENSOR, b"".join(leaves)), Tree(TreeKind.TENSOR, leaves)),
        (sparse.changed(place, other), Tree(TreeKind.TENSOR, changed)),
    ):
        assert (tree.count, tree.height, tree.root) == (plain.count, plain.height, plain.root)
        first = random.randrange(count)
        last = random.randrange(first, min(count, first + 20)) + 1
        assert tree.run(first, last) == plain.run(first, last)
        level = random.randrange(tree.height + 1)
        index = random.randrange(len(plain.levels[level]))
        assert tree.children(level, index) == plain.children(level, index)
    assert sparse.root == Tree(TreeKind.TENSOR, leaves).root, "a changed copy changed the original"


@pytest.mark.parametrize("shape", [(1, 1), (5, 8), (3, 130), (4, 256), (2, 1_000)])
def test_a_sparse_tensor_is_a_tensor(shape):
    rows, cols = shape
    for lanes in (np.float32([2.5]), np.arange(cols, dtype=np.float32)):
        tensor = SparseTensor(shape, lanes)
        whole = np.tile(np.broadcast_to(lanes, cols), (rows, 1))
        assert tensor.root == tensor_root(whole)
        other = tensor.flipped(rows - 1, cols - 1, 3)
        bits = whole.view(np.uint32).copy()
        bits[-1, -1] ^= 3
        assert other.root == tensor_root(bits.view(np.float32))
        assert other.words(other.tree.count - 1) == leaf_words(bits.view(np.float32), other.tree.count - 1)
        assert tensor.root == tensor_root(whole), "a changed copy changed the original"


@pytest.mark.parametrize(("cols", "changes"), [(5, (1,)), (130, (1,)), (220, (1, -1)), (250, (-1,))])
def test_a_forger_writes_into_the_padding_and_leaves_words_out(cols, changes):
    tensor = SparseTensor((3, cols), np.ones(1, np.float32))
    last = tensor.tree.count - 1
    padded = tensor.flipped(2, cols, 7)
    assert padded.words(last)[-1] ^ tensor.words(last)[-1] == 7 << 32 * (7 - cols % 8)
    assert padded.words(0) == tensor.words(0) and padded.root != tensor.root
    for words in changes:
        other = tensor.resized(2, words)
        assert len(other.words(last)) == len(tensor.words(last)) + words
        assert other.tree.levels[0][last] == hash_leaf(other.words(last))


@pytest.mark.parametrize("seed", range(40))
def test_the_honest_challenger_finds_the_same_proof(small, sparse, dense, seed):
    """Against the same lie, from whole tensors and from sparse ones."""
    lie = random_lie(Random(seed), sparse)
    theirs = sparse.lying(lie)
    trees = small.trees
    if lie.what == WRONG_POSTED:
        assert theirs.root == sparse.root and theirs.digest != sparse.digest
        found = challenger.wrong_distance(Case(sparse, trees, Whole(theirs)), theirs.distances)
        assert found == challenger.wrong_distance(Case(dense, trees, Whole(theirs)), theirs.distances)
        return
    assert theirs.root != sparse.root
    found = challenger.next_move(Case(sparse, trees, Whole(theirs)), Position(theirs.root))
    assert found == challenger.next_move(Case(dense, trees, Whole(theirs)), Position(theirs.root))
    assert found.contract.endswith("Judge")


def test_every_kind_of_lie_is_among_the_random_ones(sparse):
    lies = [random_lie(Random(seed), sparse) for seed in range(300)]
    assert {lie.what for lie in lies} == {WRONG_LANE, WRONG_PACK, WRONG_POSTED, *MALFORMED}
    assert {lie.step for lie in lies} == set(range(SMALL.interval + 1))
    assert {lie.sample for lie in lies} == set(range(3))


def played(case: Case | Case, shown: Shown, theirs: GiantReport) -> list[Move]:
    """A game of which only what was shown is known: the moves of both sides."""
    position, moves = Position(theirs.root), list[Move]()
    while True:
        show = defender.next_move(theirs, position)
        moves.append(show)
        if show.method == "show_leaf":
            shown.learn_words(position, show.arguments[0])
        else:
            shown.learn_children(position, *show.arguments)
        move = challenger.next_move(case, position)
        moves.append(move)
        if move.method != "descend":
            return moves
        for leg in move.arguments[0]:
            position = position.below(*leg[:5])


@pytest.mark.parametrize("node", [31, 49, 80, 107])
def test_a_whole_game_is_the_same(small, sparse, dense, node):
    trees: Trees = small.trees
    theirs = sparse.lying(Lie(WRONG_LANE, 2, 1, node, 0, 0, 4))
    known, plain = Shown(sparse), Shown(dense)
    moves = played(Case(sparse, trees, known), known, theirs)
    assert moves == played(Case(dense, trees, plain), plain, theirs)
    assert len(moves) > 6
