"""The tree off chain and the tree on chain are one tree."""

import boa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinpoint.commitment import tensor as tensors
from pinpoint.commitment.tree import PathError, Tree, TreeKind, climb, height, keccak, width

MOCK = boa.load_partial("contracts/mocks/TreeMock.vy")
COUNTS = [1, 2, 3, 4, 5, 7, 11, 12, 16, 17, 45, 63, 64, 65, 200, 257]


@pytest.fixture(scope="module")
def mock():
    return MOCK.deploy()


def leaves(count: int) -> list[bytes]:
    return [keccak(i.to_bytes(32, "big")) for i in range(count)]


def test_a_tree_of_five_by_hand():
    h = leaves(5)

    def node(level, *children):
        head = b"PINPOINT" + b"".join(v.to_bytes(8, "big") for v in (2, level, len(children)))
        return keccak(head + b"".join(children))

    top = node(2, node(1, *h[:4]), node(1, h[4]))
    head = b"PINPOINT" + b"".join(v.to_bytes(8, "big") for v in (3, TreeKind.REPORT, 5))
    assert Tree(TreeKind.REPORT, h).root == keccak(head + top)


def test_kind_and_count_are_bound():
    h = leaves(4)
    assert Tree(TreeKind.TRACE, h).root != Tree(TreeKind.SEGMENT, h).root
    one = Tree(TreeKind.TRACE, h[:1])
    assert one.height == 0 and one.top == h[0] and one.root != h[0]


@pytest.mark.parametrize("count", COUNTS)
def test_single_paths_agree(mock, count):
    tree = Tree(TreeKind.TRACE, leaves(count))
    assert mock.height(count) == tree.height == height(count)
    for level in range(tree.height + 1):
        assert mock.width(count, level) == width(count, level) == len(tree.levels[level])
    for index in {0, count // 2, count - 1}:
        path = tree.path(index)
        assert climb([tree.levels[0][index]], index, count, path) == tree.top
        assert mock.member_root(TreeKind.TRACE, tree.levels[0][index], index, count, path) == tree.root
        wrong = (index + 1) % count
        if wrong != index:
            try:
                assert mock.member_root(TreeKind.TRACE, tree.levels[0][index], wrong, count, path) != tree.root
            except boa.BoaError as error:
                assert "tree: path" in str(error)


@pytest.mark.parametrize("count", COUNTS)
def test_paths_between_inner_levels_agree(mock, count):
    tree = Tree(TreeKind.TRACE, leaves(count))
    for low in range(tree.height + 1):
        for high in range(low, tree.height + 1):
            index = len(tree.levels[low]) - 1
            path = tree.path(index, low, high)
            expected = tree.levels[high][index >> 2 * (high - low)]
            assert climb([tree.levels[low][index]], index, count, path, low, high) == expected
            assert mock.ascend(tree.levels[low][index], index, count, path, low, high) == expected


@pytest.mark.parametrize("count", COUNTS)
def test_shown_children_are_the_node(mock, count):
    tree = Tree(TreeKind.TRACE, leaves(count))
    for level in range(1, tree.height + 1):
        for down in {1, min(2, level)}:
            for index in {0, len(tree.levels[level]) - 1}:
                shown = tree.children(level, index, down)
                assert mock.widen(shown, level, index, down, count) == tree.levels[level][index]
                with boa.reverts("tree: children"):
                    mock.widen(shown[:-1], level, index, down, count)


@settings(max_examples=60)
@given(data=st.data())
def test_runs_agree(mock, data):
    count = data.draw(st.integers(1, 300))
    first = data.draw(st.integers(0, count - 1))
    size = data.draw(st.integers(1, min(32, count - first)))
    tree = Tree(TreeKind.TENSOR, leaves(count))
    run, proof = tree.levels[0][first : first + size], tree.run(first, first + size)
    assert climb(run, first, count, proof) == tree.top
    assert mock.run_root(TreeKind.TENSOR, run, first, count, proof) == tree.root
    bad = [bytes(32), *run[1:]]
    assert mock.run_root(TreeKind.TENSOR, bad, first, count, proof) != tree.root
    with boa.reverts("tree: path"):
        mock.run_root(TreeKind.TENSOR, run, first, count, [*proof, bytes(32)])
    if proof:
        with boa.reverts("tree: path"):
            mock.run_root(TreeKind.TENSOR, run, first, count, proof[:-1])


def test_indices_outside_are_refused(mock):
    tree = Tree(TreeKind.TRACE, leaves(5))
    with boa.reverts("tree: index"):
        mock.member_root(TreeKind.TRACE, tree.levels[0][4], 5, 5, tree.path(4))
    with boa.reverts("tree: index"):
        mock.run_root(TreeKind.TRACE, tree.levels[0][3:5], 4, 5, [])
    with boa.reverts("tree: index"):
        mock.run_root(TreeKind.TRACE, [], 0, 5, [])
    with boa.reverts("tree: empty"):
        mock.height(0)
    with boa.reverts("tree: count"):
        mock.height(2**255)
    with pytest.raises(PathError, match="at least 1 leaf"):
        Tree(TreeKind.TRACE, [])
    with pytest.raises(PathError, match="expected a range"):
        tree.run(4, 6)
    with pytest.raises(PathError, match="ancestors"):
        tree.run(0, 5, to_level=1)


def test_wrong_length_paths_are_refused(mock):
    tree = Tree(TreeKind.TRACE, leaves(17))
    for index in (0, 16):
        path = tree.path(index)
        for wrong in ([*path, bytes(32)], path[:-1]):
            if len(wrong) != len(path):
                with boa.reverts("tree: path"):
                    mock.member_root(TreeKind.TRACE, tree.levels[0][index], index, 17, wrong)
                with pytest.raises(PathError):
                    climb([tree.levels[0][index]], index, 17, wrong)


@pytest.mark.parametrize("shape", [(1, 1), (3, 8), (2, 10), (5, 128), (2, 129), (3, 300)])
def test_tensors_are_rows_of_leaves(mock, shape):
    rng = np.random.default_rng(shape)
    array = rng.standard_normal(shape).astype(np.float32)
    hashes = tensors.tensor_leaves(array)
    assert len(hashes) == tensors.leaf_count(*shape)
    for leaf, expected in enumerate(hashes):
        words = tensors.leaf_words(array, leaf)
        assert mock.hash_leaf(words) == tensors.hash_leaf(words) == expected
    assert sum(len(tensors.leaf_words(array, leaf)) for leaf in range(len(hashes))) == shape[0] * -(-shape[1] // 8)


def test_padding_is_zero_and_lane_zero_comes_first():
    words = tensors.row_words(np.array([[1.0, 2.0]], dtype=np.float32), 0)
    assert words == [0x3F800000_40000000 << 192]


def test_payload_of_a_signalling_nan_survives():
    array = np.array([[0x7F800001]], dtype=np.uint32).view(np.float32)
    assert tensors.row_words(array, 0) == [0x7F800001 << 224]
    assert tensors.tensor_root(array) == tensors.scalar_root(0x7F800001)


def test_scalars_and_program_nodes_agree(mock):
    assert mock.hash_scalar(0x3F800000) == tensors.scalar_root(0x3F800000)
    assert tensors.scalar_root(0x3F800000) == tensors.tensor_root(np.ones((1, 1), dtype=np.float32))
    words = (3 << 160, 5, 2**255)
    assert mock.hash_program_node(words) == tensors.program_leaf(words)


def test_a_tensor_must_be_a_float32_matrix():
    for bad in (np.zeros((2, 2)), np.zeros(3, dtype=np.float32), np.zeros((0, 3), dtype=np.float32)):
        with pytest.raises(ValueError, match="float32 matrix"):
            tensors.tensor_leaves(bad)
