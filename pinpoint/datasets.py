"""Data sets that need no download."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from pinpoint.commitment.tensor import Tensor

CLASSES = 10
HELD_OUT = 0.2


def digits(batch: int = 32, seed: int = 0) -> tuple[list[list[Tensor]], tuple[Tensor, NDArray[np.int64]]]:
    """The 1,797 handwritten digits of scikit-learn, 8 x 8 pixels in 0 to 1, shuffled by PCG64.

    Args:
        batch: examples per batch; what does not fill one is dropped.
        seed: of the shuffle.

    Returns:
        The batches, each [pixels, batch x 64; one-hot labels, batch x 10] in float32, and the fifth that is
        held out: pixels, n x 64 float32, and labels, n integers.
    """
    pixels, labels = load_digits(return_X_y=True)
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(labels))
    x, y = (pixels[order] / 16).astype(np.float32), labels[order].astype(np.int64)
    held_out = round(HELD_OUT * len(y))
    one_hot = np.eye(CLASSES, dtype=np.float32)[y]
    starts = range(held_out, len(y) - batch + 1, batch)
    return [[x[i : i + batch], one_hot[i : i + batch]] for i in starts], (x[:held_out], y[:held_out])
