"""Structs packed into words: what goes in comes out, each field at its extremes and beside full neighbours."""

import boa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint.chain.parameters import MAX_TURNS

MOCK = boa.loads_partial(
    """
# pragma version 0.4.3
from contracts.libraries import descent
from contracts.libraries import games
from contracts.libraries import schedule
from contracts.libraries import terms


@external
@pure
def pack_schedule(s: schedule.Schedule) -> uint256:
    return schedule.pack(s)


@external
@pure
def unpack_schedule(word: uint256) -> schedule.Schedule:
    return schedule.unpack(word)


@external
@pure
def pack_terms(t: terms.Terms) -> uint256:
    return terms.pack(t)


@external
@pure
def unpack_terms(word: uint256) -> terms.Terms:
    return terms.unpack(word)


@external
@pure
def pack_game(g: games.Game) -> uint256:
    return games.pack(g)


@external
@pure
def unpack_game(word: uint256) -> games.Game:
    return games.unpack(word)


@external
@pure
def pack_tally(t: games.Tally) -> uint256:
    return games.pack_tally(t)


@external
@pure
def unpack_tally(word: uint256) -> games.Tally:
    return games.unpack_tally(word)
"""
)

ADDRESS, FLAG = "address", "flag"
# By struct: each field's width in bits, in the order of the word.
LAYOUTS = {
    "schedule": {
        "phase": 8,
        "round": 8,
        "samples_drawn": FLAG,
        "samples": 7,
        "threshold": 32,
        "replay": 40,
        "draw_block": 48,
        "deadline": 48,
        "ask_end": 48,
        "fallback": FLAG,
        "epoch": 15,
    },
    "terms": {
        "verifier": ADDRESS,
        "commit_end": 48,
        "members": 40,
        "given": FLAG,
        "passed": FLAG,
        "opened": FLAG,
        "fallen": FLAG,
        "forced": FLAG,
    },
    "game": {"position": 106, "clock": 101, "report": 48},
    "tally": {"revealed": 32, "open": 32, "start": 48, "budget": 32, "fallen": FLAG},
}
# In the order of the contract's struct, where that is not the word's.
ORDERS = {"game": ("report", "position", "clock")}

# What a deployment and its tasks can make of the fields, at most.
MAX_TIME = 2**30  # libraries/parameters
NOW = 2**33  # about the year 2242
LONGEST = NOW + (10 + MAX_TURNS) * MAX_TIME
LARGEST = {
    "schedule": {
        "phase": 64,
        "round": 7,
        "samples": 16,
        "threshold": 2**31,
        "replay": MAX_TIME,
        "draw_block": NOW,
        "deadline": LONGEST,
        "ask_end": LONGEST,
    },
    "terms": {"commit_end": LONGEST, "members": 2**32},
    "game": {"report": 2**48 - 1},
    "tally": {"start": LONGEST, "budget": 2 * MAX_TIME},
}


@pytest.fixture(scope="module")
def mock():
    return MOCK.deploy()


def bits(width):
    return {ADDRESS: 160, FLAG: 1}.get(width, width)


def value(width, number):
    """A field's value as titanoboa takes and gives it."""
    if width == ADDRESS:
        return str(boa.eval(f"convert(convert({number}, uint160), address)"))
    return bool(number) if width == FLAG else number


def word_of(struct, numbers):
    """The word, from the layout alone."""
    word, at = 0, 0
    for name, width in LAYOUTS[struct].items():
        word |= numbers[name] << at
        at += bits(width)
    return word


def fields_of(struct, numbers):
    layout = LAYOUTS[struct]
    return {name: value(layout[name], numbers[name]) for name in ORDERS.get(struct, layout)}


def check(mock, struct, numbers):
    word, fields = word_of(struct, numbers), fields_of(struct, numbers)
    assert getattr(mock, f"pack_{struct}")(tuple(fields.values())) == word
    assert getattr(mock, f"unpack_{struct}")(word)._asdict() == fields


@pytest.mark.parametrize("struct", LAYOUTS)
def test_a_word_holds_its_struct(mock, struct):
    layout = LAYOUTS[struct]
    assert sum(map(bits, layout.values())) <= 256
    assert list(getattr(mock, f"unpack_{struct}")(0)._asdict()) == list(ORDERS.get(struct, layout))


@pytest.mark.parametrize("struct", LAYOUTS)
def test_nothing_and_everything(mock, struct):
    for full in (0, 1):
        check(mock, struct, {name: (2 ** bits(width) - 1) * full for name, width in LAYOUTS[struct].items()})


FIELDS = [(struct, name) for struct, layout in LAYOUTS.items() for name in layout]


@pytest.mark.parametrize(("struct", "name"), FIELDS)
def test_a_field_touches_no_other(mock, struct, name):
    """Full alone among zeros, and zero alone among full ones; its highest and its lowest bit."""
    layout = LAYOUTS[struct]
    full = {other: 2 ** bits(width) - 1 for other, width in layout.items()}
    none = dict.fromkeys(layout, 0)
    for number in {full[name], 2 ** (bits(layout[name]) - 1), 1}:
        check(mock, struct, none | {name: number})
    check(mock, struct, full | {name: 0})


@pytest.mark.parametrize("struct", LAYOUTS)
@given(data=st.data())
def test_any_values_come_back(mock, struct, data):
    layout = LAYOUTS[struct]
    check(mock, struct, {name: data.draw(st.integers(0, 2 ** bits(width) - 1)) for name, width in layout.items()})


@pytest.mark.parametrize(("struct", "name"), [(s, n) for s, layout in LARGEST.items() for n in layout])
def test_what_can_happen_fits(struct, name):
    """Promise 10. Values come from bounded parameters and counts, so packing need not check them."""
    assert LARGEST[struct][name] < 2 ** bits(LAYOUTS[struct][name])
