"""Beacon: which headers fix a seed, and for how long."""

import random

import boa
import pytest
import rlp
from boa.util.abi import Address
from rlp.codec import consume_length_prefix
from rlp.exceptions import DecodingError

from pinpoint.chain.header import encode_header
from pinpoint.commitment.tree import keccak
from tests.boa_port import reason
from tests.unit.test_header import BLOCKS

BEACON = boa.load_partial("contracts/Beacon.vy")
MOCK = boa.load_partial("contracts/mocks/BeaconMock.vy")
RECENT, WINDOW, MAX_BYTES, ZERO = 256, 8191, 1024, bytes(32)
DIFFICULTY, NUMBER, PREVRANDAO = 7, 8, 13
SINCE_MERGE = [name for name in BLOCKS if name != "genesis"]

HISTORY = Address("0x0000F90827F1C53a10cb7A02335B175320002935")
HISTORY_CODE = bytes.fromhex(
    "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff814303"
    "11604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500"
)
"""Of EIP-2935."""
SYSTEM = Address("0xfffffffffffffffffffffffffffffffffffffffe")
"""Who tells the history, at the beginning of each block, the hash of its parent."""

ENCODED = encode_header(BLOCKS["prague"])
NUMBER_OF_IT = int(BLOCKS["prague"]["number"], 16)
RANDAO = bytes.fromhex(BLOCKS["prague"]["mixHash"][2:])

pytestmark = pytest.mark.usefixtures("hashes", "undone")


@pytest.fixture(scope="module")
def deployed():
    return BEACON.deploy()


@pytest.fixture
def undone():
    with boa.env.anchor():
        yield


@pytest.fixture
def beacon(deployed, hashes):
    """The contract, in the block after the one of ENCODED."""
    hashes.forced[NUMBER_OF_IT] = keccak(ENCODED)
    at_block(NUMBER_OF_IT + 1)
    return deployed


@pytest.fixture
def history():
    """The contract that keeps old hashes, which has seen nothing yet."""
    boa.env.set_code(HISTORY, HISTORY_CODE)


def at_block(number):
    """Let the next transaction be in this block."""
    boa.env.evm.patch.block_number = number


def remember(number, block_hash):
    """The first thing in the block after `number`."""
    at_block(number + 1)
    assert boa.env.execute_code(to_address=HISTORY, sender=SYSTEM, data=block_hash).is_success


def why_not(beacon, number, encoded):
    """The reason why a header does not fix a seed; nothing if it does."""
    try:
        beacon.fix(number, encoded)
    except boa.BoaError as error:
        return reason(error)
    return ""


def said(beacon):
    """The events of the last transaction."""
    return [(type(log).__name__, *log[1:]) for log in beacon.get_logs()]


# A seed


@pytest.mark.parametrize("name", SINCE_MERGE)
def test_the_seed_is_the_prevrandao_of_a_real_block(deployed, hashes, name):
    block = BLOCKS[name]
    number, randao = int(block["number"], 16), bytes.fromhex(block["mixHash"][2:])
    hashes.forced[number] = bytes.fromhex(block["hash"][2:])
    at_block(number + 1)
    assert deployed.seed_of(number) == ZERO
    assert deployed.fixable(number)
    sender = boa.env.generate_address("whoever comes")
    deployed.fix(number, encode_header(block), sender=sender)
    assert said(deployed) == [("SeedFixed", number, randao, sender)]
    assert deployed.seed_of(number) == randao
    assert not deployed.fixable(number)
    for other in (number - 1, number + 1):
        assert deployed.seed_of(other) == ZERO


def test_a_block_before_the_merge_has_no_seed(deployed, hashes):
    hashes.forced[0] = bytes.fromhex(BLOCKS["genesis"]["hash"][2:])
    at_block(1)
    assert why_not(deployed, 0, encode_header(BLOCKS["genesis"])) == "header: difficulty"


def test_a_second_call_does_nothing_for_little(beacon):
    beacon.fix(NUMBER_OF_IT, ENCODED)
    first = beacon._computation.get_gas_used()
    for again in (ENCODED, b"", bytes(MAX_BYTES)):
        beacon.fix(NUMBER_OF_IT, again)
        assert said(beacon) == []
        assert beacon._computation.get_gas_used() < first / 5
        assert beacon.seed_of(NUMBER_OF_IT) == RANDAO


def test_a_seed_stays(beacon):
    beacon.fix(NUMBER_OF_IT, ENCODED)
    for later in (RECENT + 1, WINDOW + 1, 10**9):
        at_block(NUMBER_OF_IT + later)
        assert beacon.seed_of(NUMBER_OF_IT) == RANDAO
        assert not beacon.fixable(NUMBER_OF_IT)
        assert why_not(beacon, NUMBER_OF_IT, ENCODED) == ""


# When


def test_it_is_fixed_from_the_next_block_on(beacon):
    for early in (0, -1, -RECENT, -NUMBER_OF_IT):
        at_block(NUMBER_OF_IT + early)
        assert not beacon.fixable(NUMBER_OF_IT)
        assert why_not(beacon, NUMBER_OF_IT, ENCODED) == "beacon: early"
    at_block(NUMBER_OF_IT + 1)
    assert beacon.fixable(NUMBER_OF_IT)
    assert why_not(beacon, NUMBER_OF_IT, ENCODED) == ""


def check_last(beacon, last):
    """It can be fixed in the block `last` blocks later and in the one before, and not in the one after."""
    for later in (last - 1, last):
        with boa.env.anchor():
            at_block(NUMBER_OF_IT + later)
            assert beacon.fixable(NUMBER_OF_IT)
            assert why_not(beacon, NUMBER_OF_IT, ENCODED) == ""
            assert beacon.seed_of(NUMBER_OF_IT) == RANDAO
    at_block(NUMBER_OF_IT + last + 1)
    assert not beacon.fixable(NUMBER_OF_IT)
    assert why_not(beacon, NUMBER_OF_IT, ENCODED) == "beacon: hash"


def test_without_a_history_it_is_fixed_within_256_blocks(beacon):
    assert boa.env.get_code(HISTORY) == b""
    check_last(beacon, RECENT)


def test_with_a_history_it_is_fixed_within_8191_blocks(beacon, history):
    remember(NUMBER_OF_IT, keccak(ENCODED))
    for later in (RECENT, RECENT + 1):
        with boa.env.anchor():
            at_block(NUMBER_OF_IT + later)
            assert why_not(beacon, NUMBER_OF_IT, ENCODED) == ""
    check_last(beacon, WINDOW)


def test_recent_blocks_need_no_history(beacon, history):
    """One that has not seen them yet, or knows others."""
    remember(NUMBER_OF_IT, keccak(b"another"))
    at_block(NUMBER_OF_IT + RECENT)
    assert why_not(beacon, NUMBER_OF_IT, ENCODED) == ""


def test_a_history_that_was_told_nothing_fixes_nothing(beacon, history):
    """Anybody can put its code on a chain whose rules do not know of it."""
    at_block(NUMBER_OF_IT + RECENT + 1)
    assert not beacon.fixable(NUMBER_OF_IT)
    assert why_not(beacon, NUMBER_OF_IT, ENCODED) == "beacon: hash"


def test_a_history_that_stopped_gives_no_old_seed(beacon, history):
    """Its places are used again after 8,191 blocks; the number in the header tells them apart."""
    remember(NUMBER_OF_IT, keccak(ENCODED))
    number = NUMBER_OF_IT + WINDOW
    at_block(number + RECENT + 1)
    assert why_not(beacon, number, ENCODED) == "header: number"


ANSWERS = {"none": "", "empty": "00", "refusal": "5f5ffd", "31 bytes": "601f5ff3", "zero": "60205ff3", "burn": "fe"}


@pytest.mark.parametrize("code", ANSWERS.values(), ids=ANSWERS)
def test_no_other_answer_is_taken_for_a_hash(beacon, code):
    boa.env.set_code(HISTORY, bytes.fromhex(code))
    at_block(NUMBER_OF_IT + RECENT + 1)
    assert not beacon.fixable(NUMBER_OF_IT)
    assert why_not(beacon, NUMBER_OF_IT, ENCODED) == "beacon: hash"


# Which header


def test_another_blocks_header_is_refused(beacon, history):
    other = encode_header(BLOCKS["cancun"])
    assert why_not(beacon, NUMBER_OF_IT, other) == "beacon: header"
    for wrong in (b"", ENCODED[:-1], ENCODED + b"\x00", ENCODED[1:]):
        assert why_not(beacon, NUMBER_OF_IT, wrong) == "beacon: header"
    remember(NUMBER_OF_IT, keccak(ENCODED))
    at_block(NUMBER_OF_IT + RECENT + 1)
    assert why_not(beacon, NUMBER_OF_IT, other) == "beacon: header"
    assert why_not(beacon, NUMBER_OF_IT, ENCODED) == ""


def aimed(beacon, hashes, encoded, number=NUMBER_OF_IT):
    """The reason why a header is refused whose hash is right."""
    hashes.forced[number] = keccak(encoded)
    at_block(number + 1)
    return why_not(beacon, number, encoded)


def test_the_number_must_be_the_blocks(beacon, hashes):
    for number in (NUMBER_OF_IT - 1, NUMBER_OF_IT + 1, NUMBER_OF_IT >> 8, NUMBER_OF_IT << 8, 0):
        assert aimed(beacon, hashes, ENCODED, number) == "header: number"


ITEMS = rlp.decode(ENCODED)


def with_item(place, item):
    """The header with another item at a place."""
    return rlp.encode([*ITEMS[:place], item, *ITEMS[place + 1 :]])


@pytest.mark.parametrize("number", (0, 1, 127, 128, 255, 256, 2**32, 2**63 - 300))
def test_any_number_is_read(beacon, hashes, number):
    encoded = with_item(NUMBER, rlp.sedes.big_endian_int.serialize(number))
    assert aimed(beacon, hashes, encoded, number) == ""
    assert beacon.seed_of(number) == RANDAO


def test_a_seed_of_zero_is_none(beacon, hashes):
    """A chain that leaves the field empty has no randomness."""
    assert aimed(beacon, hashes, with_item(PREVRANDAO, ZERO)) == "beacon: randao"
    assert aimed(beacon, hashes, with_item(PREVRANDAO, ZERO[:-1] + b"\x01")) == ""


def raw(payload):
    """A long list with this content."""
    size = len(payload).to_bytes((len(payload).bit_length() + 7) // 8, "big")
    return bytes([0xF7 + len(size)]) + size + payload


def with_raw(place, text):
    """The header with other bytes for the item at a place."""
    before, after = (b"".join(rlp.encode(item) for item in part) for part in (ITEMS[:place], ITEMS[place + 1 :]))
    return raw(before + text + after)


PAYLOAD = ENCODED[3:]
DIGITS = ITEMS[NUMBER]
EXTRA = 12
MALFORMED = {
    "nothing": (b"", "list"),
    "a byte": (b"\x00", "list"),
    "an empty list": (b"\xc0", "items"),
    "a string": (b"\xb9" + ENCODED[1:], "list"),
    "list too long": (b"\xf9" + (len(PAYLOAD) + 1).to_bytes(2, "big") + PAYLOAD, "list"),
    "list too short": (b"\xf9" + (len(PAYLOAD) - 1).to_bytes(2, "big") + PAYLOAD, "list"),
    "leading zero in the list's size": (b"\xfa\x00" + ENCODED[1:], "size"),
    "a size of eight bytes": (b"\xff" + bytes(6) + ENCODED[1:], "size"),
    "a list without end": (b"\xff" + b"\xff" * 8 + PAYLOAD, "list"),
    "a list in a list": (raw(ENCODED), "items"),
    "up to the nonce": (rlp.encode(ITEMS[:15]), "items"),
    "one before": (rlp.encode([b"", *ITEMS]), "difficulty"),
    "one between": (rlp.encode([*ITEMS[:9], b"", *ITEMS[9:]]), "prevrandao"),
    "no extra data": (rlp.encode([*ITEMS[:EXTRA], *ITEMS[EXTRA + 1 :]]), "prevrandao"),
    "difficulty of one": (with_item(DIFFICULTY, b"\x01"), "difficulty"),
    "difficulty of a zero": (with_item(DIFFICULTY, b"\x00"), "difficulty"),
    "difficulty is a list": (with_item(DIFFICULTY, []), "difficulty"),
    "no number": (with_item(NUMBER, b""), "number"),
    "number with a zero": (with_item(NUMBER, b"\x00" + DIGITS), "number"),
    "number of a word": (with_item(NUMBER, DIGITS.rjust(32, b"\x00")), "number"),
    "number of more": (with_item(NUMBER, DIGITS.rjust(33, b"\x00")), "number"),
    "number and more": (with_item(NUMBER, DIGITS.ljust(33, b"\x00")), "number"),
    "number is a list": (with_raw(NUMBER, bytes([0xC0 + len(DIGITS)]) + DIGITS), "number"),
    "number in long form": (with_raw(NUMBER, bytes([0xB8, len(DIGITS)]) + DIGITS), "size"),
    "prevrandao of 31": (with_item(PREVRANDAO, RANDAO[1:]), "prevrandao"),
    "prevrandao of 33": (with_item(PREVRANDAO, RANDAO + b"\x00"), "prevrandao"),
    "prevrandao is a list": (with_raw(PREVRANDAO, b"\xe0" + RANDAO), "prevrandao"),
    "prevrandao in long form": (with_raw(PREVRANDAO, b"\xb8\x20" + RANDAO), "size"),
    "a byte with a head": (with_raw(EXTRA, b"\x81\x7f"), "byte"),
    "55 bytes in long form": (with_raw(EXTRA, b"\xb8\x37" + bytes(55)), "size"),
    "56 bytes with a zero": (with_raw(EXTRA, b"\xb9\x00\x38" + bytes(56)), "size"),
    "a list in long form": (with_raw(EXTRA, b"\xf8\x00"), "size"),
    "an item without end": (with_raw(EXTRA, b"\xbf" + b"\xff" * 8), "truncated"),
    "a list without an end": (with_raw(EXTRA, b"\xff" + b"\xff" * 8), "truncated"),
    "last item cut off": (raw(PAYLOAD[:-1]), "truncated"),
    "a size cut off": (raw(PAYLOAD + b"\xb9\x04"), "truncated"),
    "a size missing": (raw(PAYLOAD + b"\xb8"), "size"),
    "a byte missing": (raw(PAYLOAD + b"\x81"), "byte"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_header_is_refused(beacon, hashes, name):
    """Though its hash is the block's: no chain like Ethereum has such blocks."""
    encoded, why = MALFORMED[name]
    assert aimed(beacon, hashes, encoded) == f"header: {why}"
    assert beacon.seed_of(NUMBER_OF_IT) == ZERO


ODD = {
    "no more than London's": rlp.encode(ITEMS[:16]),
    "a word more": rlp.encode([*ITEMS, ZERO]),
    "a list more": rlp.encode([*ITEMS, [ITEMS[0], [b"", b"\x01"]], b""]),
    "a list of what is no item": raw(PAYLOAD + b"\xc1\xff"),
    "longest list of one byte more": raw(PAYLOAD + b"\xf7" + bytes(55)),
    "shortest list of two bytes more": raw(PAYLOAD + b"\xf8\x38" + bytes(56)),
    "many more": raw(PAYLOAD + b"\x00" * (MAX_BYTES - len(ENCODED))),
    "a byte as it is": with_item(EXTRA, b"\x7f"),
    "a byte that needs a head": with_item(EXTRA, b"\x80"),
    "55 bytes": with_item(EXTRA, bytes(55)),
    "56 bytes": with_item(EXTRA, bytes(56)),
    "255 bytes": with_item(EXTRA, bytes(255)),
    "256 bytes": with_item(EXTRA, bytes(256)),
}


@pytest.mark.parametrize("name", ODD)
def test_what_forks_may_append_or_lengthen_is_passed_over(beacon, hashes, name):
    assert aimed(beacon, hashes, ODD[name]) == ""
    assert beacon.seed_of(NUMBER_OF_IT) == RANDAO


def test_no_header_is_longer_than_the_bound(beacon, hashes):
    assert len(ODD["many more"]) == MAX_BYTES
    assert aimed(beacon, hashes, raw(PAYLOAD + b"\x00" * (MAX_BYTES - len(ENCODED) + 1))) != ""
    assert beacon.seed_of(NUMBER_OF_IT) == ZERO


def read(encoded):
    """Prevrandao by the package's reader of single items; None if the header is not well formed."""
    found = []
    try:
        _, kind, size, at = consume_length_prefix(encoded, 0)
        if kind is not list or at + size != len(encoded):
            return None
        while at < len(encoded):
            _, kind, size, at = consume_length_prefix(encoded, at)
            found.append(encoded[at : at + size] if kind is bytes else None)
            at += size
    except (DecodingError, IndexError):
        return None
    whole = at == len(encoded) and len(found) >= 16 and found[DIFFICULTY] == b"" and found[NUMBER] == DIGITS
    return found[PREVRANDAO] if whole and len(found[PREVRANDAO] or b"") == 32 else None


def test_any_header_is_read_as_by_others(beacon, hashes):
    """Real ones with a few bytes changed, put in or left out, most of them where sizes stand."""
    rng, taken = random.Random(1), 0
    heads = [0, 1, 2, *(at for at in range(3, len(ENCODED)) if ENCODED[at] >= 0x80 and rng.random() < 0.1)]
    heads += range(448, len(ENCODED), 11)
    for _ in range(500):
        text = bytearray(ENCODED)
        for _ in range(rng.choice((1, 1, 2))):
            at = min(rng.choice(heads) + rng.randrange(3), len(text) - 1)
            text[at : at + rng.randrange(2)] = rng.randbytes(rng.randrange(2))
        encoded = bytes(text) if rng.random() < 0.3 else raw(text[3:])
        expected = read(encoded)
        with boa.env.anchor():
            why = aimed(beacon, hashes, encoded)
            assert (why == "") == (expected is not None), (why, encoded.hex())
            assert beacon.seed_of(NUMBER_OF_IT) == (expected or ZERO)
        taken += expected is not None
    assert 100 < taken < 400


# The test double


def test_the_mock_knows_every_past_block():
    """What tests, and chains without randomness, have in its place."""
    mock = MOCK.deploy()
    boa.env.evm.patch.block_number = 100
    seeds = [bytes(mock.seed_of(number)) for number in range(100)]
    assert ZERO not in seeds and len(set(seeds)) == 100
    assert bytes(mock.seed_of(100)) == bytes(mock.seed_of(2**256 - 1)) == ZERO
    assert not mock.fixable(5)
    mock.choose(5, RANDAO)
    mock.choose(6, ZERO)
    assert [bytes(mock.seed_of(number)) for number in (4, 5, 6)] == [seeds[4], RANDAO, ZERO]
