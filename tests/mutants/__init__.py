"""A mutator for Vyper, and what kills its mutants: docs/mutants.md."""
