"""Data sets: what is cut, shuffled and held out, and that the text is the one that is meant."""

import numpy as np
import pytest

from pinpoint import datasets
from pinpoint.datasets import ALPHABET, decoded, digits, text


def test_digits_are_cut_and_held_out():
    batches, (x, labels) = digits(batch=32, seed=0)
    assert len(batches) == 44
    assert all(pixels.shape == (32, 64) and one_hot.shape == (32, 10) for pixels, one_hot in batches)
    assert all(tensor.dtype == np.float32 for batch in batches for tensor in batch)
    assert all((one_hot.sum(axis=1) == 1).all() for _, one_hot in batches)
    assert x.shape == (359, 64)
    assert labels.shape == (359,)
    assert 0 <= x.min() < x.max() == 1
    again, other = digits(batch=32, seed=0)[0], digits(batch=32, seed=1)[0]
    assert (again[0][0] == batches[0][0]).all()
    assert (other[0][0] != batches[0][0]).any()


def test_a_text_is_followed_by_itself():
    batches, held_out = text(batch=3, length=40, seed=1)
    assert all(tensor.shape == (1, 120) and tensor.dtype == np.float32 for batch in batches for tensor in batch)
    for batch in (batches[0], batches[-1], held_out[0]):
        characters, next_ones = (decoded(tensor) for tensor in batch)
        for start in range(0, 120, 40):
            assert characters[start + 1 : start + 40] == next_ones[start : start + 39]
    numbers = batches[0][0].view(np.int32)
    assert 0 <= numbers.min() < numbers.max() < len(ALPHABET) == 96


def test_the_last_tenth_of_a_text_is_held_out_in_order():
    batches, held_out = text(batch=2, length=100)
    assert len(held_out) / (len(batches) + len(held_out)) == pytest.approx(0.1, abs=0.01)
    seen = {decoded(tensor[:, start : start + 100]) for tensor, _ in batches for start in (0, 100)}
    ordered = [decoded(tensor[:, start : start + 100]) for tensor, _ in held_out for start in (0, 100)]
    assert not seen & set(ordered)
    whole = datasets._read_text()
    assert "".join(ordered) in "".join(character if character in ALPHABET else "?" for character in whole)


def test_the_order_of_a_text_depends_on_the_seed_alone():
    first, again, other = (text(seed=seed)[0] for seed in (0, 0, 1))
    assert (first[0][0].view(np.int32) == again[0][0].view(np.int32)).all()
    assert (first[0][0].view(np.int32) != other[0][0].view(np.int32)).any()


def test_another_text_is_refused(monkeypatch):
    monkeypatch.setattr(datasets, "_TEXT_SHA256", "0" * 64)
    with pytest.raises(ValueError, match=r"expected the modules of snekmate 0.1.2, SHA-256 0{64}, got those of 0.1.2"):
        text()
