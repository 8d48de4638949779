"""Which stretches are not paid, against a twin that looks at each segment."""

import random

import boa
import pytest

from pinpoint.program.distance import SIGN_BIT, magnitude, posted_distance
from tests.stretches import unpaid
from tests.world import PARAMETERS

MOCK = boa.load_partial("contracts/mocks/LibrariesMock.vy")


@pytest.fixture(scope="module")
def mock():
    return MOCK.deploy(PARAMETERS.arguments())


@pytest.mark.parametrize(
    ("samples", "segments", "expected"),
    [
        ("", 5, 0),
        ("0+", 1, 0),
        ("0-", 1, 1),
        ("2-", 5, 5),
        ("1+ 3- 5+", 7, 3),
        ("1+ 2- 3+", 7, 1),
        ("1- 3+ 5-", 7, 6),
        ("3+ 5- 1-", 7, 6),
        ("1+ 3- 4- 6+", 9, 4),
        ("6+ 4- 1+ 3-", 9, 4),
        ("0- 8+", 9, 8),
        ("0+ 8-", 9, 8),
        ("65534+ 0-", 65535, 65534),
        ("65534- 65533+", 65535, 1),
    ],
)
def test_the_stretch_between_the_samples_that_moved(mock, samples, segments, expected):
    """Attacks A10 and A25: + has moved, - has stalled."""
    found = [(int(sample[:-1]), sample[-1] == "-") for sample in samples.split()]
    posted = [SIGN_BIT if stalled else 0 for _, stalled in found]
    assert mock.unpaid([sample for sample, _ in found], posted, segments) == expected


@pytest.mark.parametrize("seed", range(150))
def test_it_is_the_twins(mock, seed):
    chance = random.Random(seed)
    segments = chance.choice([1, 2, 16, 17, 40, 65535])
    count = chance.randint(1, min(segments, 16))
    samples = chance.sample(range(segments), count)
    odds = chance.random()
    stalled = {sample for sample in samples if chance.random() < odds}
    posted = [chance.getrandbits(31) | (SIGN_BIT if sample in stalled else 0) for sample in samples]
    if segments == 65535:
        samples = [sample % 60 * 1000 for sample in samples]
        samples = [sample + place for place, sample in enumerate(samples)]
        stalled = {sample for sample, bits in zip(samples, posted, strict=True) if bits & SIGN_BIT}
    expected = len(unpaid(segments, set(samples) - stalled, stalled))
    assert mock.unpaid(samples, posted, segments) == expected


def test_what_has_to_be_posted_is_the_twins(mock):
    tops = (0, 1, 0x7F7FFFFF, 0x7F800000, 0x7FC00000, SIGN_BIT, SIGN_BIT + 1, 0xFF800000, 0xFFFFFFFF)
    for last in tops:
        for same in (False, True):
            assert mock.right(last, same) == posted_distance(last, same)
        for threshold in (0, 1, 0x7F7FFFFF):
            assert mock.passes(last, threshold) is (magnitude(last) <= threshold)
