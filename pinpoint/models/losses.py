"""Losses."""

from __future__ import annotations

from pinpoint.program.builder import Value


def cross_entropy(scores: Value, targets: Value) -> Value:
    """Mean cross-entropy of softmax.

    The largest score of each row is subtracted first; it cancels, so gradients may take it for a constant.

    Args:
        scores: logits, rows x classes.
        targets: one-hot, rows x classes.

    Returns:
        1 x 1.
    """
    rows = scores.shape[0]
    shifted = scores - scores.row_max()
    # Each row with its own: the product of targets and scores is not written.
    chosen = shifted.matmul_transposed(targets, rows)
    losses = shifted.exp().row_sum().log() - chosen
    return losses.transpose().row_sum() * (1.0 / rows)
