"""The threshold that follows from profiles: the contract, the client's twin, and what a median has to be."""

from statistics import median_low

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinpoint.binary32.reference import mul
from pinpoint.chain.port import CallRefused
from tests.unit.contracts.profiling_steps import ONE
from tests.world import PARAMETERS, World

P = PARAMETERS
FLOOR, CEILING, MARGIN = P.threshold_floor, P.threshold_ceiling, P.threshold_margin
NEAR = [0, 1, FLOOR - 3 * 2**23, FLOOR, CEILING - 3 * 2**23 - 1, CEILING - 3 * 2**23, CEILING, CEILING + 1, ONE - 1]
"""Where something changes: 8 is three exponents."""


@pytest.fixture(scope="module")
def view():
    world = World()
    return lambda distances, count: world.view("Profiling", "threshold_of", distances, count)


@settings(max_examples=300)
@given(data=st.data())
def test_contract_and_client_agree(view, data):
    count = data.draw(st.integers(3, 7))
    distances = data.draw(st.lists(st.integers(0, ONE - 1) | st.sampled_from(NEAR), max_size=count))
    found = view(distances, count)
    assert found == P.threshold(distances, count)
    if len(distances) <= count // 2 or median_low(distances) > CEILING:
        assert found == 0
    else:
        assert found == min(max(mul(median_low(distances), MARGIN), FLOOR), CEILING)


@given(data=st.data())
def test_who_comes_first_changes_nothing(view, data):
    distances = data.draw(st.lists(st.integers(0, ONE - 1), min_size=3, max_size=7))
    assert view(distances, len(distances)) == view(data.draw(st.permutations(distances)), len(distances))


@given(data=st.data())
def test_fewer_than_half_stay_between_the_others(view, data):
    """Attack A17: as long as most are honest, the threshold is one that the honest ones alone could have made."""
    count = data.draw(st.sampled_from([3, 5, 7]))
    honest = sorted(data.draw(st.lists(st.integers(FLOOR, CEILING), min_size=count // 2 + 1, max_size=count)))
    lies = data.draw(st.lists(st.integers(0, ONE - 1), min_size=count - len(honest), max_size=count - len(honest)))
    lowest, highest = (P.threshold([distance] * count, count) for distance in (honest[0], honest[-1]))
    assert lowest <= view(honest + lies, count) <= highest


def test_more_than_nine_are_refused(view):
    with pytest.raises(CallRefused):
        view([FLOOR] * 10, 9)
