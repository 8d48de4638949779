"""How surely a sample finds what was forged: the closed form against all samples, and against chance."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint.economics.detection import detection, false_rejection, samples_for

SEGMENTS = st.integers(1, 200)


@pytest.mark.parametrize("segments", range(1, 9))
def test_detection_is_the_share_of_all_samples_that_hit(segments):
    for samples in range(segments + 1):
        for forged in range(segments + 1):
            drawn = list(combinations(range(segments), samples))
            hits = sum(any(segment < forged for segment in sample) for sample in drawn)
            assert detection(segments, samples, forged) == pytest.approx(hits / len(drawn))


@given(SEGMENTS, st.data())
def test_more_samples_and_more_forging_are_found_more_often(segments, data):
    samples, forged = data.draw(st.integers(0, segments - 1)), data.draw(st.integers(0, segments - 1))
    found = detection(segments, samples, forged)
    assert 0 <= found <= detection(segments, samples + 1, forged) <= 1
    assert found <= detection(segments, samples, forged + 1)
    assert found == pytest.approx(detection(segments, forged, samples)), "who is sampled, who is forged: it is one law"


@given(SEGMENTS, st.data(), st.floats(0, 1))
def test_samples_for_a_target_are_the_fewest(segments, data, target):
    forged = data.draw(st.integers(1, segments))
    samples = samples_for(segments, forged, target)
    assert detection(segments, samples, forged) >= target
    assert samples == 0 or detection(segments, samples - 1, forged) < target


def test_false_rejections_happen_as_often_as_is_said():
    failed = np.random.default_rng(1).random((200_000, 7)) < 0.01
    assert false_rejection(0.01, 7) == pytest.approx(failed.any(axis=1).mean(), abs=4 * 0.25 / 200_000**0.5)
    assert false_rejection(0.0, 16) == 0
    assert false_rejection(0.3, 1) == pytest.approx(0.3)


@pytest.mark.parametrize("counts", [(12, 13, 1), (12, 1, 13), (12, -1, 1), (0, 0, 0)])
def test_counts_that_do_not_fit_are_refused(counts):
    with pytest.raises(ValueError, match="expected at most"):
        detection(*counts)


@pytest.mark.parametrize(("forged", "target"), [(0, 0.5), (13, 0.5), (1, 1.1), (1, -0.1)])
def test_a_target_that_is_none_is_refused(forged, target):
    with pytest.raises(ValueError, match="expected a chance"):
        samples_for(12, forged, target)
