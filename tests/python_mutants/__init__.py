"""Mutants of the Python half: what its tests would not notice (docs/mutants.md)."""
