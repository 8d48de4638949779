"""Symbolic proofs with halmos: lemmas about the contracts, each with a twin that must fail. docs/proofs.md."""
