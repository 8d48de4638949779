"""Commitments: trees, tensors, checkpoints, traces. See docs/design.md, sections 1 and 2."""
