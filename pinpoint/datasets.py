"""Data sets that need no download."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from pinpoint.commitment.tensor import Tensor

CLASSES = 10
HELD_OUT = 0.2

ALPHABET = "\n" + "".join(map(chr, range(ord(" "), ord("~") + 1)))
"""The characters of `text`, by their number."""
TEXT_HELD_OUT = 0.1
_TEXT_PACKAGE = "snekmate"
_TEXT_VERSION = "0.1.2"
_TEXT_SHA256 = "6d73db528c4b148dbff8d996756adfb1899f4f8e95e37a5cf28234fd7ec5ff77"


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


def text(batch: int = 16, length: int = 64, seed: int = 0) -> tuple[list[list[Tensor]], list[list[Tensor]]]:
    """The Vyper modules of snekmate, prose and code, as numbers of characters in `ALPHABET`.

    They come with a dependency that is pinned to one version and holds no compiled code, so they are the same for
    every Python and platform; the texts of Python's own documentation change with its patch releases.

    Args:
        batch: sequences per batch; what does not fill one is dropped.
        length: characters per sequence.
        seed: of the sequences' order.

    Returns:
        The batches, and those of the last tenth of the text, which is held out and in its own order. Each is
        [characters; those that follow each], both 1 x (batch * length), sequence after sequence, int32 as float32
        bit patterns.

    Raises:
        ValueError: if the installed text is another.
    """
    numbers = _encoded(_read_text())
    end = round((1 - TEXT_HELD_OUT) * len(numbers))
    random = np.random.Generator(np.random.PCG64(seed))
    training, held_out = _sequences(numbers[:end], length), _sequences(numbers[end:], length)
    return _text_batches(random.permutation(training), batch), _text_batches(held_out, batch)


def decoded(characters: Tensor) -> str:
    """The text of a row of `text`'s, 1 x n."""
    return "".join(ALPHABET[number] for number in characters.view(np.int32)[0])


def _read_text() -> str:
    distribution = metadata.distribution(_TEXT_PACKAGE)
    paths = sorted(str(path) for path in distribution.files or () if path.suffix == ".vy")
    content = b"".join(Path(str(distribution.locate_file(path))).read_bytes() for path in paths)
    found = hashlib.sha256(content).hexdigest()
    if found != _TEXT_SHA256:
        raise ValueError(
            f"expected the modules of {_TEXT_PACKAGE} {_TEXT_VERSION}, SHA-256 {_TEXT_SHA256}, "
            f"got those of {distribution.version}, {found}"
        )
    return content.decode()


def _encoded(content: str) -> NDArray[np.int32]:
    """Numbers of the characters; the few beyond `ALPHABET` become question marks."""
    known = {character: number for number, character in enumerate(ALPHABET)}
    return np.array([known.get(character, known["?"]) for character in content], np.int32)


def _sequences(numbers: NDArray[np.int32], length: int) -> NDArray[np.int32]:
    """n x 2 x length: characters, and those that follow each."""
    starts = np.arange(0, len(numbers) - length, length)
    first = starts[:, None] + np.arange(length)
    return np.stack([numbers[first], numbers[first + 1]], axis=1)


def _text_batches(sequences: NDArray[np.int32], batch: int) -> list[list[Tensor]]:
    starts = range(0, len(sequences) - batch + 1, batch)
    return [
        [sequences[i : i + batch, part].reshape(1, -1).view(np.float32) for part in range(2)] for i in starts
    ]
