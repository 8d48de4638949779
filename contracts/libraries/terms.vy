# pragma version 0.4.3
"""
@title What stands beside a report's root, in one word
@license AGPL-3.0-only
@notice From the bottom: verifier 160 bits, end of the commitments 48, members
        40, then the flags given, passed, opened, fallen, forced.
"""

M40: constant(uint256) = 2**40 - 1
M48: constant(uint256) = 2**48 - 1
M160: constant(uint256) = 2**160 - 1


struct Terms:
    # Drawn for it, or in the open round the first to reveal it.
    verifier: address
    # Last second in which a challenge can be committed.
    commit_end: uint256
    # How many gave this same report, in the open round.
    members: uint256
    given: bool
    # No distance beyond the threshold.
    passed: bool
    # The secret is open, or there is none.
    opened: bool
    # Overturned.
    fallen: bool
    # Fallen because its error was forced.
    forced: bool


@internal
@pure
def pack(t: Terms) -> uint256:
    return (
        convert(t.verifier, uint256)
        | (t.commit_end << 160)
        | (t.members << 208)
        | (convert(t.given, uint256) << 248)
        | (convert(t.passed, uint256) << 249)
        | (convert(t.opened, uint256) << 250)
        | (convert(t.fallen, uint256) << 251)
        | (convert(t.forced, uint256) << 252)
    )


@internal
@pure
def unpack(word: uint256) -> Terms:
    return Terms(
        verifier=convert(word & M160, address),
        commit_end=(word >> 160) & M48,
        members=(word >> 208) & M40,
        given=(word >> 248) & 1 != 0,
        passed=(word >> 249) & 1 != 0,
        opened=(word >> 250) & 1 != 0,
        fallen=(word >> 251) & 1 != 0,
        forced=(word >> 252) & 1 != 0,
    )
