# pragma version 0.4.3
"""
@title The header of a block, as it is hashed
@license AGPL-3.0-only
@notice A list of items in RLP (Yellow Paper, appendix B), each known by its
        place. Forks append items, so more than are known today are allowed,
        and none of them is read. A block from before the Merge is refused: its
        difficulty is not zero, and what stands in the place of prevrandao is
        of its miner's choosing (EIP-4399).
"""

# One of Prague has 21 items and at most 710 bytes.
MAX_BYTES: constant(uint256) = 1024

DIFFICULTY: constant(uint256) = 7
NUMBER: constant(uint256) = 8
PREVRANDAO: constant(uint256) = 13
# Up to the base fee, which every block since the Merge has.
MIN_ITEMS: constant(uint256) = 16

# First bytes: below STRING a byte is an item by itself; up to SHORT more, the
# size; above that, how many bytes of size follow.
STRING: constant(uint256) = 128
LIST: constant(uint256) = 192
SHORT: constant(uint256) = 55


@internal
@pure
def prevrandao(encoded: Bytes[MAX_BYTES], number: uint256) -> bytes32:
    """
    @notice What the header of block `number` says of the chain's randomness.
            Reverts if it is not well formed, or not the header of that block.
    """
    end: uint256 = len(encoded)
    # Padded, so that a word can be read from any place.
    text: Bytes[MAX_BYTES + 32] = concat(encoded, empty(bytes32))
    is_list: bool = False
    at: uint256 = 0
    size: uint256 = 0
    is_list, at, size = self._item(extract32(text, 0, output_type=uint256))
    assert is_list and at + size == end, "header: list"
    found: bytes32 = empty(bytes32)
    items: uint256 = 0
    for _: uint256 in range(MAX_BYTES):
        if at == end:
            break
        head: uint256 = 0
        is_list, head, size = self._item(
            extract32(text, at, output_type=uint256)
        )
        at += head
        assert at + size <= end, "header: truncated"
        if items == DIFFICULTY:
            assert not is_list and size == 0, "header: difficulty"
        elif items == NUMBER:
            word: uint256 = extract32(text, at, output_type=uint256)
            assert (
                not is_list and self._is_integer(word, size, number)
            ), "header: number"
        elif items == PREVRANDAO:
            assert not is_list and size == 32, "header: prevrandao"
            found = extract32(text, at)
        at += size
        items += 1
    assert items >= MIN_ITEMS, "header: items"
    return found


@internal
@pure
def _item(word: uint256) -> (bool, uint256, uint256):
    """
    @notice Of an item that begins with these bytes: whether it is a list, how
            many bytes stand before its content, how many its content has.
    """
    first: uint256 = word >> 248
    if first < STRING:
        return False, 0, 1
    is_list: bool = first >= LIST
    size: uint256 = first - STRING
    if is_list:
        size = first - LIST
    if size <= SHORT:
        # A small byte has no head, so that there is one way to write it.
        assert (
            is_list or size != 1 or (word >> 240) & 255 >= STRING
        ), "header: byte"
        return is_list, 1, size
    width: uint256 = size - SHORT
    size = (word << 8) >> (256 - 8 * width)
    # Neither a size that fits into the first byte, nor leading zeros.
    assert size > SHORT and size >> (8 * width - 8) != 0, "header: size"
    return is_list, 1 + width, size


@internal
@pure
def _is_integer(word: uint256, size: uint256, expected: uint256) -> bool:
    """
    @notice Whether the first `size` bytes of a word are an integer, without
            leading zeros.
    """
    if size == 0:
        return expected == 0
    if size > 32:
        return False
    return (
        word >> (256 - 8 * size) == expected
        and expected >> (8 * size - 8) != 0
    )
