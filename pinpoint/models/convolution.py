"""Convolution networks on square images of one channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pinpoint.commitment.tensor import Tensor
from pinpoint.models.losses import cross_entropy
from pinpoint.program.builder import Value
from pinpoint.program.operators import Shape

KERNEL = 3


@dataclass(frozen=True)
class Convolution:
    """Convolutions of 3 x 3 with zero padding and ReLU, then a dense layer.

    Attributes:
        side: height and width of the image.
        channels: of each convolution's output.
        strides: of each convolution.
        classes: outputs.
        batch: images per step.

    In training no sum has more than 4,096 terms: batch times the positions of each convolution's output, nine times the
    positions of each but the first's, and the features of the last layer.
    """

    side: int = 8
    channels: Sequence[int] = (8, 16)
    strides: Sequence[int] = (1, 2)
    classes: int = 10
    batch: int = 32

    @property
    def parameter_shapes(self) -> list[Shape]:
        """Per convolution a weight, outputs x (positions of the kernel x inputs), and a bias; then the dense two."""
        shapes: list[Shape] = []
        for inputs, outputs in pairwise((1, *self.channels)):
            shapes += [(outputs, KERNEL**2 * inputs), (1, outputs)]
        features = self._sides[-1] ** 2 * self.channels[-1]
        return [*shapes, (self.classes, features), (1, self.classes)]

    @property
    def batch_shapes(self) -> list[Shape]:
        """Pixels, row by row, and one-hot labels."""
        return [(self.batch, self.side**2), self.answer_shape]

    @property
    def answer_shape(self) -> Shape:
        """batch x classes."""
        return self.batch, self.classes

    @property
    def _sides(self) -> list[int]:
        sides = [self.side]
        for stride in self.strides:
            sides.append(-(-sides[-1] // stride))
        return sides

    def initial_parameters(self, seed: int) -> list[Tensor]:
        """He-initialised weights and zero biases, float32, from PCG64."""
        random = np.random.Generator(np.random.PCG64(seed))
        return [
            np.zeros((rows, cols), np.float32)
            if rows == 1
            else random.normal(0.0, np.sqrt(2.0 / cols), (rows, cols)).astype(np.float32)
            for rows, cols in self.parameter_shapes
        ]

    def logits(self, parameters: Sequence[Value], x: Value) -> Value:
        """batch x pixels to batch x classes."""
        *pairs, last = zip(parameters[::2], parameters[1::2], strict=True)
        for (weight, bias), side, stride in zip(pairs, self._sides, self.strides, strict=False):
            x = (patches(x, side, stride).matmul_transposed(weight) + bias).maximum(0.0)
            x = x.reshape(self.batch, x.shape[0] * x.shape[1] // self.batch)
        return x.matmul_transposed(last[0]) + last[1]

    def loss(self, logits: Value, targets: Value) -> Value:
        """Mean cross-entropy."""
        return cross_entropy(logits, targets)


def patches(images: Value, side: int, stride: int) -> Value:
    """What the kernel sees at each position.

    Args:
        images: batch x (side * side * channels), the channels of a pixel together.
        side: height and width.
        stride: pixels from one position to the next.

    Returns:
        (batch * positions) x (9 * channels).
    """
    batch, channels = images.shape[0], images.shape[1] // side**2
    pixels = images.transpose(group=channels)
    seen = pixels.gather(images.builder.constant(neighbours(side, stride)))
    rows = seen.transpose(group=channels)
    return rows.reshape(batch * (rows.shape[1] // (KERNEL**2 * channels)), KERNEL**2 * channels)


def neighbours(side: int, stride: int) -> NDArray[np.int32]:
    """Per position of the kernel's centre its nine pixels, -1 outside the image: 1 x (positions * 9), int32."""
    centres = np.arange(0, side, stride)
    offsets = np.arange(KERNEL) - KERNEL // 2
    row, col, down, right = np.meshgrid(centres, centres, offsets, offsets, indexing="ij")
    y, x = row + down, col + right
    inside = (y >= 0) & (y < side) & (x >= 0) & (x < side)
    return np.where(inside, y * side + x, -1).astype(np.int32).reshape(1, -1)
