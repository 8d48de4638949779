"""Evaluators of programs: canonical (bit-exact) and native (fast)."""
