"""A model of the dispute about one report, and of its money, written from docs/protocol.md and docs/dispute.md.

It is the oracle of tests/explore: small enough to be read, and to be explored to the last sequence of moves. Of the
contracts it knows nothing but what they say when they refuse (`moves.Reason`).
"""
