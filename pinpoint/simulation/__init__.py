"""Agents who play thousands of tasks against the compiled contracts, for money.

What a strategy earns is what the contracts' accounts say, less modelled compute and gas. `python -m
pinpoint.simulation` writes build/economics.json; docs/economics.md says what is supposed.
"""
