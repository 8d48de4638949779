"""The whole protocol in Python, written from docs/protocol.md: who may do what when, what is said, and what it moves.

It knows nothing of the contracts but the names of their functions, events and refusals. All hashes, addresses and keys
are integers, as on chain. `protocol.Protocol` is the whole; the other modules are its parts, one concern each.
"""
