"""The 4-ary tree that everything is committed to (docs/design.md, section 2)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from enum import IntEnum

from sha3 import keccak_256

ARITY = 4
HASH_BYTES = 32


class Tag(IntEnum):
    """First field of a header: what kind of preimage follows."""

    LEAF = 1
    NODE = 2
    ROOT = 3
    PROGRAM = 4


class TreeKind(IntEnum):
    """What the leaves of a tree are; bound into its root."""

    TENSOR = 1
    CHECKPOINT = 2
    TRACE = 3
    SEGMENT = 4
    REPORT = 5
    PROOF = 6
    BATCH = 7
    DATASET = 8
    PROGRAM = 9


class PathError(ValueError):
    """A path or a run does not have the shape that the tree demands."""


def header(tag: Tag, x: int, y: int) -> bytes:
    """The 32 bytes that open every preimage: domain, tag and two fields of 64 bits."""
    return b"PINPOINT" + tag.to_bytes(8, "big") + x.to_bytes(8, "big") + y.to_bytes(8, "big")


def height(count: int) -> int:
    """Levels above the leaves of a tree with `count` leaves: ceil(log4 count)."""
    if count < 1:
        raise PathError(f"expected a tree of at least 1 leaf, got {count}")
    levels = 0
    while count > 1:
        count = -(-count // ARITY)
        levels += 1
    return levels


def width(count: int, level: int) -> int:
    """Number of nodes at `level` of a tree with `count` leaves."""
    for _ in range(level):
        count = -(-count // ARITY)
    return count


def plain_keccak(data: bytes, /) -> bytes:
    """`keccak` where the extension is missing."""
    return bytes(keccak_256(data).digest())


def plain_parents(nodes: bytes, level: int, /) -> bytes:
    """`packed_parents` where the extension is missing."""
    group = ARITY * HASH_BYTES
    groups = [nodes[i : i + group] for i in range(0, len(nodes), group)]
    return b"".join(plain_keccak(header(Tag.NODE, level, len(g) // HASH_BYTES) + g) for g in groups)


try:
    from pinpoint.commitment import _hashing
except ImportError:
    warnings.warn("pinpoint.commitment._hashing is not built: hashing takes ten to thirty times as long", stacklevel=2)
    keccak, packed_parents = plain_keccak, plain_parents
else:
    keccak, packed_parents = _hashing.keccak, _hashing.parents


def unpack(hashes: bytes) -> list[bytes]:
    """The hashes that stand in a row in `hashes`."""
    return [hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES)]


def parents(nodes: Sequence[bytes], level: int) -> list[bytes]:
    """Nodes at `level` whose children are `nodes`, grouped by four from the left.

    Raises:
        PathError: unless the nodes have 32 bytes each.
    """
    packed = b"".join(nodes)
    if len(packed) != len(nodes) * HASH_BYTES:
        raise PathError(f"expected {len(nodes)} nodes of {HASH_BYTES} bytes, got {len(packed)} bytes")
    return unpack(packed_parents(packed, level))


def wrap(kind: TreeKind, count: int, top: bytes) -> bytes:
    """The root: the top bound to the tree's kind and leaf count."""
    return keccak(header(Tag.ROOT, kind, count) + top)


class Tree:
    """A tree held whole: `levels[0]` are the leaves, `levels[-1]` is the top alone."""

    def __init__(self, kind: TreeKind, leaves: Sequence[bytes]) -> None:
        if not leaves:
            raise PathError(f"a {kind.name} tree has at least 1 leaf, got none")
        self.kind = kind
        self.levels = [list(leaves)]
        while len(self.levels[-1]) > 1:
            self.levels.append(parents(self.levels[-1], len(self.levels)))

    def copy(self) -> Tree:
        """The same nodes, each of which may be changed by itself."""
        made = Tree.__new__(Tree)
        made.kind, made.levels = self.kind, [list(level) for level in self.levels]
        return made

    @property
    def count(self) -> int:
        """Number of leaves."""
        return len(self.levels[0])

    @property
    def height(self) -> int:
        """Level of the top; 0 where the tree is one leaf."""
        return len(self.levels) - 1

    @property
    def top(self) -> bytes:
        """The single node of the highest level."""
        return self.levels[-1][0]

    @property
    def root(self) -> bytes:
        """The top bound to kind and count."""
        return wrap(self.kind, self.count, self.top)

    def run(self, first: int, last: int, level: int = 0, to_level: int | None = None) -> list[bytes]:
        """Siblings that prove nodes `[first, last)` of `level` up to their common ancestor at `to_level`.

        Raises:
            PathError: if the range is empty, leaves the level, or has no single ancestor there.
        """
        to_level = self.height if to_level is None else to_level
        if not (0 <= first < last <= len(self.levels[level]) and level <= to_level <= self.height):
            raise PathError(
                f"expected a range within {len(self.levels[level])} nodes of level {level}, below level "
                f"{to_level} of {self.height}, got [{first}, {last})"
            )
        siblings: list[bytes] = []
        for current in range(level, to_level):
            nodes = self.levels[current]
            low, high = first - first % ARITY, min(len(nodes), -(-last // ARITY) * ARITY)
            siblings += nodes[low:first] + nodes[last:high]
            first, last = low // ARITY, -(-high // ARITY)
        if last - first != 1:
            raise PathError(f"the range has {last - first} ancestors at level {to_level}, expected 1")
        return siblings

    def path(self, index: int, level: int = 0, to_level: int | None = None) -> list[bytes]:
        """Siblings that prove node `index` of `level` up to `to_level` (the top by default)."""
        return self.run(index, index + 1, level, to_level)

    def children(self, level: int, index: int, down: int = 2) -> list[bytes]:
        """Descendants of node `(level, index)`, `down` levels below or as many as there are."""
        down = min(down, level)
        span = ARITY**down
        return self.levels[level - down][index * span : (index + 1) * span]


def climb(
    nodes: Sequence[bytes],
    first: int,
    count: int,
    siblings: Sequence[bytes],
    level: int = 0,
    to_level: int | None = None,
) -> bytes:
    """The ancestor at `to_level` of the run `nodes` at `[first, ...)` of `level`; the inverse of `Tree.run`.

    Args:
        count: leaves of the whole tree; it fixes how many siblings there are.

    Raises:
        PathError: if the run leaves the level, or siblings are missing or left over.
    """
    to_level = height(count) if to_level is None else to_level
    current, rest = list(nodes), list(siblings)
    if not current or first < 0 or first + len(current) > width(count, level):
        raise PathError(f"expected nodes within {width(count, level)} of level {level}, got {len(current)} at {first}")
    for here in range(level, to_level):
        left = first % ARITY
        right = min(width(count, here), -(-(first + len(current)) // ARITY) * ARITY) - first - len(current)
        if len(rest) < left + right:
            raise PathError(f"expected {left + right} siblings at level {here}, got {len(rest)}")
        current = rest[:left] + current + rest[left : left + right]
        rest = rest[left + right :]
        first //= ARITY
        current = parents(current, here + 1)
    if rest or len(current) != 1:
        raise PathError(f"expected one ancestor and no siblings left, got {len(current)} and {len(rest)}")
    return current[0]


def root(kind: TreeKind, leaves: Sequence[bytes]) -> bytes:
    """Root of the tree of that kind over `leaves`."""
    return Tree(kind, leaves).root
