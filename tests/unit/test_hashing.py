"""Tensors and trees are hashed alike by Python and by the extension, at every level of the processor."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sha3 import keccak_256

from pinpoint.commitment import tensor as tensors
from pinpoint.commitment import tree as trees
from pinpoint.commitment.tree import PathError, Tree, TreeKind

try:
    from pinpoint.commitment import _hashing
except ImportError:
    _hashing = None

LEVELS = [level for level in range(3) if _hashing.use(level) == level] if _hashing else []
HIGHEST = _hashing.use(2) if _hashing else 0
BLOCK = 136


@pytest.fixture(params=["plain", *LEVELS])
def hashing(request, monkeypatch):
    """Hash in Python, or in C at one of the levels that this processor has."""
    if request.param == "plain":
        monkeypatch.setattr(trees, "packed_parents", trees.plain_parents)
        monkeypatch.setattr(tensors, "packed_tensor_leaves", tensors.plain_tensor_leaves)
        monkeypatch.setattr(tensors, "packed_tensor_root", tensors.plain_tensor_root)
        yield trees.plain_keccak
    else:
        assert _hashing.use(request.param) == request.param
        yield _hashing.keccak
        _hashing.use(HIGHEST)


@pytest.fixture
def compiled():
    assert _hashing is not None, "pinpoint.commitment._hashing is not built"
    yield _hashing
    _hashing.use(HIGHEST)
    _hashing.threads(0)


def digest(data: bytes) -> bytes:
    return keccak_256(data).digest()


def preimage(tag: int, x: int, y: int, body: bytes) -> bytes:
    return b"PINPOINT" + b"".join(field.to_bytes(8, "big") for field in (tag, x, y)) + body


def expected_leaves(array: np.ndarray) -> list[bytes]:
    """docs/design.md, section 1, to the letter."""
    hashes = []
    for row in array:
        lanes = b"".join(int(bits).to_bytes(4, "big") for bits in np.ascontiguousarray(row).view(np.uint32))
        padded = lanes + bytes(-len(lanes) % 32)
        for start in range(0, len(padded), 512):
            words = padded[start : start + 512]
            hashes.append(digest(preimage(1, 0, len(words) // 32, words)))
    return hashes


def expected_levels(leaves: list[bytes]) -> list[list[bytes]]:
    """docs/design.md, section 2, to the letter."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below, above = levels[-1], []
        for start in range(0, len(below), 4):
            group = below[start : start + 4]
            above.append(digest(preimage(2, len(levels), len(group), b"".join(group))))
        levels.append(above)
    return levels


def expected_root(leaves: list[bytes]) -> bytes:
    return digest(preimage(3, 1, len(leaves), expected_levels(leaves)[-1][0]))


def any_bits(seed: int, rows: int, cols: int) -> np.ndarray:
    """A matrix of any bits: subnormals, infinities, NaNs of any payload."""
    return np.random.default_rng(seed).integers(0, 2**32, (rows, cols), dtype=np.uint32).view(np.float32)


def check(array: np.ndarray) -> None:
    leaves = expected_leaves(array)
    assert tensors.tensor_leaves(array) == leaves
    assert tensors.tensor_root(array) == expected_root(leaves)


def test_published_digests(hashing):
    assert hashing(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert hashing(b"abc").hex() == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"


def test_messages_around_the_ends_of_blocks(hashing):
    sizes = {*range(2 * BLOCK + 2), *(n * BLOCK + i for n in (3, 4, 30) for i in (-1, 0, 1))}
    data = Random(1).randbytes(max(sizes))
    for size in sizes:
        assert hashing(data[:size]) == digest(data[:size]), size


@pytest.mark.parametrize("first", [1, 101, 201])
def test_rows_of_every_length(hashing, first):
    rng = Random(first)
    for cols in range(first, first + 100):
        check(any_bits(cols, rng.choice([1, 2, 3, 5, 8, 9]), cols))


@pytest.mark.parametrize("cols", [1, 7, 129])
def test_every_count_of_rows(hashing, cols):
    for rows in [*range(1, 36), 63, 64, 65, 255, 256, 257, 300]:
        check(any_bits(rows, rows, cols))


def test_leaves_that_end_with_a_block(hashing):
    for words in range(1, 34):
        for lanes in (-1, 0, 1):
            check(any_bits(words, 4, words * 8 + lanes))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.integers(1, 300), cols=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_any_shape(hashing, rows, cols, seed):
    check(any_bits(seed, rows, min(cols, 20_000 // rows)))


def test_every_count_of_nodes(hashing):
    rng = Random(2)
    for count in range(1, 90):
        leaves = [rng.randbytes(32) for _ in range(count)]
        assert Tree(TreeKind.TRACE, leaves).levels == expected_levels(leaves)
    assert trees.parents([], 1) == []


def test_the_level_is_bound(hashing):
    nodes = [Random(3).randbytes(32) for _ in range(37)]
    for level in (1, 2, 3, 255, 256, 2**20):
        above = [nodes[i : i + 4] for i in range(0, 37, 4)]
        assert trees.parents(nodes, level) == [digest(preimage(2, level, len(g), b"".join(g))) for g in above]


def test_a_whole_tree_has_the_same_root(hashing):
    for shape in [(1, 1), (1, 64), (64, 64), (300, 1), (40, 300), (700, 130)]:
        array = any_bits(4, *shape)
        tree = tensors.tensor_tree(array)
        assert tree.levels == expected_levels(expected_leaves(array))
        assert tensors.tensor_root(array) == tree.root


def test_payloads_of_nans_are_kept_apart(hashing):
    patterns = [0x7FC00000, 0x7F800001, 0xFFC00000, 0x7FFFFFFF, 0x00000001, 0x80000000, 0]
    roots = set()
    for bits in patterns:
        array = np.full((9, 3), bits, dtype=np.uint32).view(np.float32)
        check(array)
        roots.add(tensors.tensor_root(array))
    assert len(roots) == len(patterns)


def test_arrays_that_are_not_contiguous(hashing):
    whole = any_bits(5, 40, 300)
    for view in (whole.T, whole[::2], whole[:, 3:200], whole[:, ::3], whole[::-1], whole[:, ::-1], whole[:1, 5:6]):
        check(view)
    unaligned = np.frombuffer(b"x" + whole.tobytes(), dtype=np.uint8)[1:].view(np.float32).reshape(40, 300)
    assert not unaligned.flags.aligned
    check(unaligned)


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((2, 2)),
        np.zeros((2, 2), dtype=">f4"),
        np.zeros((2, 2), dtype=np.uint32),
        np.zeros(3, dtype=np.float32),
        np.zeros((1, 2, 3), dtype=np.float32),
        np.zeros((0, 3), dtype=np.float32),
        np.zeros((3, 0), dtype=np.float32),
    ],
    ids=lambda bad: f"{bad.dtype.str}{bad.shape}",
)
def test_only_matrices_of_float32(hashing, bad):
    for commit in (tensors.tensor_leaves, tensors.tensor_root, tensors.tensor_tree):
        with pytest.raises(ValueError, match="expected a non-empty float32 matrix"):
            commit(bad)


def test_nodes_have_32_bytes(hashing):
    for bad in ([bytes(31)], [bytes(32), bytes(33)], [b""]):
        with pytest.raises(PathError, match="nodes of 32 bytes"):
            trees.parents(bad, 1)


def test_buffers_that_do_not_fit_are_refused(compiled):
    lanes = np.zeros((2, 3), dtype=np.float32)
    for commit in (compiled.tensor_leaves, compiled.tensor_root):
        for rows, cols in [(2, 2), (3, 3), (0, 3), (-1, -6), (-2, -3), (2**61, 2**61), (2**62 + 2, 3), (1, 5), (1, 7)]:
            with pytest.raises(ValueError, match="lanes of 4 bytes"):
                commit(lanes, rows, cols)
        with pytest.raises(ValueError, match="lanes of 4 bytes"):
            commit(bytes(23), 2, 3)
        with pytest.raises(OverflowError):
            commit(lanes, 2**64, 3)
        with pytest.raises(TypeError):
            commit(lanes, 2)
        with pytest.raises(TypeError):
            commit(lanes, "2", 3)
        with pytest.raises(TypeError):
            commit([0.0], 1, 1)
        with pytest.raises((ValueError, BufferError)):
            commit(np.zeros((3, 4), dtype=np.float32)[:, 1:], 3, 3)
    with pytest.raises(ValueError, match="hashes of 32 bytes"):
        compiled.parents(bytes(33), 1)
    with pytest.raises(TypeError):
        compiled.keccak("text")


def test_levels_and_threads_stay_within_bounds(compiled):
    assert compiled.use(-1) == compiled.use(0) == 0
    assert compiled.use(99) == HIGHEST
    assert [compiled.threads(most) for most in (1, 3, 64, 1000)] == [1, 3, 64, 64]
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert compiled.threads(0) == compiled.threads(-1) == min(64, available)


@pytest.mark.parametrize("shape", [(1100, 300), (3, 200_000), (4099, 1), (1, 400_000)])
@pytest.mark.parametrize("threads", [1, 2, 3, 64])
def test_threads_change_nothing(compiled, shape, threads):
    array = any_bits(6, *shape)
    leaves = compiled.tensor_leaves(array, *shape)
    assert compiled.threads(threads) == threads
    assert compiled.tensor_leaves(array, *shape) == leaves
    assert compiled.tensor_root(array, *shape) == Tree(TreeKind.TENSOR, trees.unpack(leaves)).root


def test_tensors_are_hashed_at_the_same_time(hashing):
    arrays = [any_bits(seed, 60 + seed, 200) for seed in range(8)]
    expected = [expected_root(expected_leaves(array)) for array in arrays]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(tensors.tensor_root, arrays * 5)) == expected * 5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="protects a page of memory through libc")
@pytest.mark.parametrize("level", LEVELS)
def test_nothing_is_read_beyond_the_tensor(level):
    """A page that may not be read follows the tensor's last byte."""
    script = f"""
import ctypes, mmap
import numpy as np
from pinpoint.commitment import _hashing
assert _hashing.use({level}) == {level}
page = mmap.PAGESIZE
memory = mmap.mmap(-1, 2 * page)
first = ctypes.addressof(ctypes.c_char.from_buffer(memory))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.mprotect(ctypes.c_void_p(first + page), ctypes.c_size_t(page), 0) == 0
whole = np.frombuffer(memory, dtype=np.float32)[: page // 4]
whole[:] = np.arange(page // 4)
for cols in range(1, 150):
    for rows in range(1, min(10, page // 4 // cols + 1)):
        tensor = whole[len(whole) - rows * cols :]
        assert _hashing.tensor_leaves(tensor, rows, cols) == _hashing.tensor_leaves(tensor.copy(), rows, cols)
print("read")
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "read\n"), run.stderr


def test_without_the_extension_it_warns_once_and_goes_on():
    script = """
import sys, warnings
sys.modules["pinpoint.commitment._hashing"] = None
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import numpy as np
    from pinpoint.commitment import tensor, tree
assert tree.keccak is tree.plain_keccak
print([str(warning.message) for warning in caught if "_hashing" in str(warning.message)])
print(tensor.tensor_root(np.arange(600, dtype=np.float32).reshape(2, 300)).hex())
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    said, of = run.stdout.splitlines()
    assert said.count("not built") == 1
    assert bytes.fromhex(of) == expected_root(expected_leaves(np.arange(600, dtype=np.float32).reshape(2, 300)))
