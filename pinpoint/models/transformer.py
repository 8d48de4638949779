"""A decoder-only Transformer on characters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pinpoint.commitment.tensor import Tensor
from pinpoint.models.losses import cross_entropy
from pinpoint.program.builder import Value
from pinpoint.program.operators import Shape

EPSILON = 1e-5
"""Of layer normalisation, added to the variance."""
PER_LAYER = 8
"""Parameters of a layer."""


@dataclass(frozen=True)
class Transformer:
    """Pre-normalised layers of causal attention and a GELU network, as GPT-2's but without any bias.

    A bias on keys cancels in the softmax: its gradient is nothing but rounding, which Adam would blow up to steps of
    full size. The others hardly help, and each is a tensor more to hash.

    Every factor that a linear map follows (gain of a normalisation, scale of attention, constants of GELU) is applied
    to the map's weight instead of to the activations: same function, and much less to hash, for a batch has far more
    rows than a weight. Rows beyond that cost in proportion, so few wide layers are cheaper to replay than many narrow
    ones of as many parameters.

    Attributes:
        vocabulary: number of characters.
        length: characters per sequence.
        batch: sequences per step; batch * length is at most 4,096 in training.
        width: of the residual stream.
        heads: of attention; divide the width.
        layers: number of layers.
        tied: whether the embedding is the last map, too.

    Raises:
        ValueError: if the heads do not divide the width.
    """

    vocabulary: int = 96
    length: int = 64
    batch: int = 16
    width: int = 88
    heads: int = 2
    layers: int = 1
    tied: bool = True

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"expected heads that divide {self.width}, got {self.heads}")

    @property
    def parameter_shapes(self) -> list[Shape]:
        """Embedding, positions; per layer gain, query, key, value, output, gain, up, down; gain, and the last map."""
        square, hidden = (self.width, self.width), 4 * self.width
        gain = (1, self.width)
        layer = [gain, square, square, square, square, gain, (hidden, self.width), (self.width, hidden)]
        embedding = (self.vocabulary, self.width)
        return [embedding, (self.length, self.width), *layer * self.layers, gain, *[embedding] * (not self.tied)]

    @property
    def batch_shapes(self) -> list[Shape]:
        """Characters of all sequences, int32, and those that follow each."""
        return [(1, self.batch * self.length)] * 2

    @property
    def answer_shape(self) -> Shape:
        """(batch * length) x vocabulary."""
        return self.batch * self.length, self.vocabulary

    def initial_parameters(self, seed: int) -> list[Tensor]:
        """Normal from PCG64, float32: 0.02 for embeddings, else 1 / sqrt(inputs), for maps onto the residual stream
        divided by sqrt(2 * layers), as GPT-2; gains are 1.
        """
        random = np.random.Generator(np.random.PCG64(seed))

        def normal(shape: Shape, deviation: float) -> Tensor:
            return random.normal(0.0, deviation, shape).astype(np.float32)

        gain = np.ones((1, self.width), np.float32)
        wide, narrow = (4 * self.width, self.width), (self.width, 4 * self.width)
        square, embedding = (self.width, self.width), (self.vocabulary, self.width)
        deviation, damping = 1.0 / math.sqrt(self.width), 1.0 / math.sqrt(2.0 * self.layers)
        parameters = [normal(embedding, 0.02), normal((self.length, self.width), 0.02)]
        for _ in range(self.layers):
            parameters += [gain, *(normal(square, deviation) for _ in range(3)), normal(square, deviation * damping)]
            parameters += [gain, normal(wide, deviation), normal(narrow, deviation / 2.0 * damping)]
        parameters.append(gain)
        return parameters if self.tied else [*parameters, normal(embedding, 0.02)]

    def logits(self, parameters: Sequence[Value], x: Value) -> Value:
        """Characters, 1 x (batch * length), to logits of the next, (batch * length) x vocabulary."""
        embedding, positions, *rest = parameters
        places = np.tile(np.arange(self.length, dtype=np.int32), self.batch)[None]
        stream = embedding.gather(x) + positions.gather(x.builder.constant(places))
        for start in range(0, PER_LAYER * self.layers, PER_LAYER):
            gain, query, key, value, output, gain_2, up, down = rest[start : start + PER_LAYER]
            normal = normalised(stream)
            mixed = self._attention(normal, query * (gain * self._scale), key * gain, value * gain)
            stream = stream + mixed.matmul_transposed(output)
            stream = stream + feed_forward(normalised(stream), up * gain_2, down)
        last = embedding if self.tied else rest[-1]
        return normalised(stream).matmul_transposed(last * rest[PER_LAYER * self.layers])

    def loss(self, logits: Value, targets: Value) -> Value:
        """Mean cross-entropy."""
        return cross_entropy(logits, targets.one_hot(self.vocabulary))

    @property
    def _scale(self) -> float:
        return 1.0 / math.sqrt(self.width // self.heads)

    def _attention(self, x: Value, query: Value, key: Value, value: Value) -> Value:
        """Causal attention of each sequence to itself: (batch * length) x width to the same.

        A block is a head of a sequence. The first transpose turns batch x (length x width) into blocks of
        (width / heads) x length, since a head is so many neighbouring columns.
        """
        blocks = self.batch * self.heads
        q, k, v = (x.matmul_transposed(weight).transpose(self.batch) for weight in (query, key, value))
        scores = q.transpose(blocks).matmul_transposed(k.transpose(blocks), blocks)
        weights = softmax(scores.causal_mask(-math.inf))
        return v.matmul_transposed(weights, blocks).transpose(self.batch)


def normalised(x: Value) -> Value:
    """Each row less its mean, over its standard deviation: layer normalisation without gain."""
    rows, cols = x.shape
    centred = x.row_sum().fma(-1.0 / cols, x)
    squares = centred.matmul_transposed(centred, rows)
    return centred * squares.fma(1.0 / cols, EPSILON).rsqrt()


def softmax(scores: Value) -> Value:
    """Softmax of each row."""
    powers = (scores - scores.row_max()).exp()
    return powers * (1.0 / powers.row_sum())


def feed_forward(x: Value, up: Value, down: Value) -> Value:
    """`gelu(x @ up.T) @ down.T`, with the exact GELU z (1 + erf(z / sqrt 2)) / 2.

    With u = z / sqrt 2 that is (u + u erf u) / sqrt 2, so both constants go to the weights.
    """
    u = x.matmul_transposed(up * math.sqrt(0.5))
    return u.erf().fma(u, u).matmul_transposed(down * math.sqrt(0.5))
