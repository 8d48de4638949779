"""What a game is in storage, and where it stands: clock, packed words, status. Rules 2, 4, 5, 15."""

import random
from itertools import product

import boa
import pytest
from eth_utils import to_checksum_address

from tests.unit.contracts.steps import NOBODY, ZERO, some_hash
from tests.world import PARAMETERS

MOCK = boa.load_partial("contracts/mocks/LibrariesMock.vy")
CHALLENGER, DEFENDER = 0, 1
NOW = 1_800_000_000


@pytest.fixture(scope="module")
def mock():
    return MOCK.deploy(PARAMETERS.arguments())


def fields(clock):
    """Side, seconds left of the defender and of the challenger, running since."""
    return clock >> 100, (clock >> 68) % 2**32, (clock >> 36) % 2**32, clock % 2**36


# Clock


def test_a_clock_starts_for_the_defender(mock):
    clock = mock.start(600, NOW)
    assert fields(clock) == (DEFENDER, 600, 600, NOW)
    assert (mock.side(clock), mock.since(clock)) == (DEFENDER, NOW)
    assert mock.left(clock) == (600, 600)
    assert mock.deadline(clock, 60) == NOW + 600


def test_a_clock_is_packed_by_hand(mock):
    for side, defender, challenger, since in [(0, 1, 2, 3), (1, 5, 0, NOW), (1, 2**32 - 1, 7, 2**36 - 1)]:
        clock = mock.pack_clock(side, defender, challenger, since)
        assert fields(clock) == (side, defender, challenger, since)
        assert (mock.side(clock), mock.since(clock), mock.left(clock)) == (side, since, (defender, challenger))


def test_a_press_charges_only_its_mover(mock):
    one = mock.press(mock.start(600, NOW), NOW + 100)
    assert fields(one) == (CHALLENGER, 500, 600, NOW + 100)
    two = mock.press(one, NOW + 130)
    assert fields(two) == (DEFENDER, 500, 570, NOW + 130)
    three = mock.press(two, NOW + 130)
    assert fields(three) == (CHALLENGER, 500, 570, NOW + 130)


@pytest.mark.parametrize("spent, rest", [(0, 600), (1, 599), (599, 1), (600, 0), (601, 0), (10_000, 0)])
@pytest.mark.parametrize("side", [CHALLENGER, DEFENDER])
def test_a_clock_never_goes_below_zero(mock, side, spent, rest):
    clock = mock.start(600, NOW)
    if side == CHALLENGER:
        clock = mock.press(clock, NOW)
    pressed = fields(mock.press(clock, NOW + spent))
    expected = (DEFENDER, 600, rest) if side == CHALLENGER else (CHALLENGER, rest, 600)
    assert pressed == (*expected, NOW + spent)


@pytest.mark.parametrize("left, seconds", [(0, 60), (59, 60), (60, 60), (61, 61)])
@pytest.mark.parametrize("side", [CHALLENGER, DEFENDER])
def test_a_reply_has_its_least_time(mock, side, left, seconds):
    """Rule 5."""
    theirs = 7
    clock = mock.pack_clock(side, left if side else theirs, theirs if side else left, NOW)
    assert mock.deadline(clock, 60) == NOW + seconds


def test_a_clock_holds_its_largest_fields(mock):
    """Rule 15: no field runs over into its neighbour, and 101 bits hold them all."""
    left, since = 2**32 - 1, 2**36 - 1
    full = mock.start(left, since)
    assert fields(full) == (DEFENDER, left, left, since) and full == 2**101 - 1
    assert mock.deadline(full, left) == since + left
    assert fields(mock.press(mock.start(left, 0), since)) == (CHALLENGER, 0, left, since)


def test_a_clock_does_not_run_backwards(mock):
    with pytest.raises(boa.BoaError):
        mock.press(mock.start(600, NOW), NOW - 1)


# Words of storage: fields of so many bits, from the bottom


def layout(**widths):
    """Names, widths and places of fields."""
    place, found = 0, {}
    for name, width in widths.items():
        found[name] = (width, place)
        place += width
    return found


POSITION = layout(stage=2, kind=4, level=8, index=26, count=26, sample=4, step=16, node=20)
GAME = layout(position=106, clock=101, report=48)
TALLY = layout(revealed=32, open=32, start=48, budget=32, fallen=1)
TERMS = layout(verifier=160, commit_end=48, members=40, given=1, passed=1, opened=1, fallen=1, forced=1)
SCHEDULE = layout(
    phase=8,
    round=8,
    samples_drawn=1,
    samples=7,
    threshold=32,
    replay=40,
    draw_block=48,
    deadline=48,
    ask_end=48,
    fallback=1,
    epoch=15,
)
WORDS = {"position": POSITION, "game": GAME, "tally": TALLY, "terms": TERMS, "schedule": SCHEDULE}


def struct_of(name, values):
    """Values by field as the mock takes them."""
    flags = {"fallen", "given", "passed", "opened", "forced", "samples_drawn", "fallback"}
    fixed = {field: bool(value) if field in flags else value for field, value in values.items()}
    if "verifier" in fixed:
        fixed["verifier"] = to_address(fixed["verifier"])
    if name == "position":
        order = ("stage", "level", "index", "kind", "count", "sample", "step", "node")
        return (ZERO, ZERO, *(fixed[field] for field in order))
    if name == "game":
        return (fixed["report"], fixed["position"], fixed["clock"])
    return tuple(fixed.values())


def to_address(number):
    """The address of these 160 bits."""
    return to_checksum_address(number.to_bytes(20, "big"))


def number_of(value):
    """A field as a number."""
    return int(value, 16) if isinstance(value, str) else int(value)


def examples(fields):
    """All zeros, all ones, one field full among zeros, and seeded random ones."""
    rng = random.Random(5)
    yield dict.fromkeys(fields, 0)
    yield {name: 2**width - 1 for name, (width, _) in fields.items()}
    for full in fields:
        yield {name: 2**width - 1 if name == full else 0 for name, (width, _) in fields.items()}
    for _ in range(5):
        yield {name: rng.getrandbits(width) for name, (width, _) in fields.items()}


@pytest.mark.parametrize("name", WORDS)
def test_a_word_holds_its_fields(mock, name):
    """Rule 15: whatever the others hold, each field comes back; the layout is what clients and indexers read."""
    layout_ = WORDS[name]
    assert sum(width for width, _ in layout_.values()) <= 256
    for values in examples(layout_):
        expected = sum(value << layout_[field][1] for field, value in values.items())
        word = getattr(mock, f"pack_{name}")(struct_of(name, values))
        assert word == expected, values
        back = getattr(mock, f"unpack_{name}")(word)._asdict()
        found = {field: number_of(value) for field, value in back.items() if field in values}
        assert found == values


STANDING = (
    layout(submitter=160, draw_block=48, deadline=48),
    layout(solver=160, enrolled=56, phase=8, ending=16, tries=8, accepted=1),
)


def test_two_words_hold_where_a_task_stands(mock):
    """Rule 15."""
    first, second = STANDING
    for values in examples(first | {name: (7 if name == "phase" else w, p) for name, (w, p) in second.items()}):
        values["ending"] %= 2**9
        words = [sum(values[name] << place for name, (_, place) in word.items()) for word in STANDING]
        fields_ = ("submitter", "draw_block", "deadline", "solver", "enrolled", "phase", "ending", "tries", "accepted")
        struct = [values[name] for name in fields_]
        struct[0], struct[3], struct[8] = to_address(struct[0]), to_address(struct[3]), bool(struct[8])
        assert list(mock.pack_standing(tuple(struct))) == words
        back = mock.unpack_standing(words)._asdict()
        assert {name: number_of(value) for name, value in back.items()} == values


# Status: libraries/status is pure, so it is compared with its sentence for all combinations

COMMITTED, REVEALED, WON, LOST, CLOSED, FORFEITED = (1 << i for i in range(6))
(
    SEALED, REVEALING, UNREVEALED, WAITING, DEFENDING, CHALLENGING, DEFENDER_LATE, CHALLENGER_LATE, FREED, OVER,
) = (1 << i for i in range(10))  # fmt: skip
COMMIT_END, REVEAL_END, SECRET_END, END, SIXTY = NOW, NOW + 100, NOW + 200, NOW + 2000, 60


def status_by_the_book(phase, standing, opened, side, deadline, now):
    """Where a challenge stands."""
    if phase == COMMITTED:
        return SEALED if now <= COMMIT_END else REVEALING if now <= REVEAL_END else UNREVEALED
    if phase != REVEALED:
        return OVER
    if not standing:
        return FREED
    if now <= SECRET_END or not opened:
        return WAITING
    if now > deadline and deadline <= END:
        return DEFENDER_LATE if side == DEFENDER else CHALLENGER_LATE
    if now > END:
        return CHALLENGER_LATE
    return DEFENDING if side == DEFENDER else CHALLENGING


@pytest.mark.parametrize("phase", [0, COMMITTED, REVEALED, WON, LOST, CLOSED, FORFEITED])
def test_status_of_everything(mock, phase):
    """Rules 2, 4: every phase, side, deadline and flag, around every second that matters."""
    seen = set()
    since = {SECRET_END + 500: SECRET_END + 440, END - 1: END - 61, END: END - 60, END + 1: END - 59}
    flags = product((True, False), repeat=2) if phase == REVEALED else [(True, True), (False, False)]
    for (standing, opened), side, deadline in product(flags, (CHALLENGER, DEFENDER), since):
        clock = mock.pack_clock(side, 7, 7, since[deadline])
        report = (NOBODY, some_hash("root"), some_hash("digest"), COMMIT_END, REVEAL_END, SECRET_END, opened, standing)
        edges = {COMMIT_END, REVEAL_END, SECRET_END, deadline, END}
        for now in sorted({edge + step for edge in edges for step in (-1, 0, 1)} | {END + 10**9}):
            expected = status_by_the_book(phase, standing, opened, side, deadline, now)
            assert mock.status_of(phase, report, clock, SIXTY, END, now) == expected, (standing, opened, side, now)
            seen.add(expected)
    if phase == REVEALED:
        assert seen == {WAITING, DEFENDING, CHALLENGING, DEFENDER_LATE, CHALLENGER_LATE, FREED}
