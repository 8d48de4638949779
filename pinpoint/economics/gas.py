"""Gas of what the parties do, as `make gas` measures it; the dearest by tests/unit/contracts/test_rules_money.py."""

SUBMIT, ENROL, ACCEPT, POST_PROOF = 306_000, 140_000, 56_000, 99_000
DRAW, ACCEPT_ASSIGNMENT, REPORT, OPEN_SECRET = 190_000, 67_000, 156_000, 42_000
CHALLENGE, SETTLE_ALL = 185_000, 399_000
PROFILE = 114_000
"""Sealing and revealing a profile, at most."""
CLAIM = 160_000
"""Opening a sealed report and collecting its part, at most."""

SHOW, DESCEND, LEVELS = 110_000, 120_000, 35
"""A show and a descent at their dearest, calldata at the floor of EIP-7623; levels of the deepest report."""
MOST = 2**24
"""Of a transaction (EIP-7825), and so of any proof."""
DEFENCE = (LEVELS + 1) * SHOW
"""Most that a challenge can make an honest verifier spend: a show for each level, and its secret."""
CONVICTION = 200_000 + LEVELS * DESCEND + MOST
"""Most that a conviction can cost: commitment, reveal, descents, proof."""

POST_CHUNK = 1_460_000
"""Posting 32 kB of data (docs/availability.md)."""
SHOW_INVALID = 1_000_000
"""Showing that a node of a program breaks a rule, at most."""

SOLVER = ENROL + ACCEPT + POST_PROOF + SETTLE_ALL
"""A solver's transactions, if it settles the task, too."""
WHOLE_TASK = SUBMIT + ENROL + ACCEPT + POST_PROOF + DRAW + ACCEPT_ASSIGNMENT + REPORT + OPEN_SECRET + SETTLE_ALL
"""All that a task without a dispute needs."""
