# pragma version 0.4.3
"""
@title Where a task stands up to its proof, in two words
@license AGPL-3.0-only
@notice From the bottom, the first word: submitter 160 bits, draw block 48,
        deadline 48; the second: solver 160, enrolled 56, phase 8, ending 16,
        tries 8, accepted 1.
"""

from ..interfaces import ITaskRegistry

M8: constant(uint256) = 2**8 - 1
M16: constant(uint256) = 2**16 - 1
M48: constant(uint256) = 2**48 - 1
M56: constant(uint256) = 2**56 - 1
M160: constant(uint256) = 2**160 - 1


struct Standing:
    submitter: address
    # The block that decides who solves.
    draw_block: uint256
    # None while it is profiled. Last second of enrolment, of the drawn solver's answer, or of its proof.
    deadline: uint256
    # Drawn, or of a matched bid; none before and after.
    solver: address
    # Solvers that are enrolled and not drawn.
    enrolled: uint256
    phase: ITaskRegistry.Phase
    ending: ITaskRegistry.Ending
    tries: uint256
    # By a solver, once: the submitter's deposit is back.
    accepted: bool


@internal
@pure
def pack(s: Standing) -> uint256[2]:
    """
    @dev Nothing overflows its field: a training time is below 2^47 seconds
         (order_rules.check), and each enrolled one has paid for its
         transaction.
    """
    return [
        convert(s.submitter, uint256)
        | (s.draw_block << 160)
        | (s.deadline << 208),
        convert(s.solver, uint256)
        | (s.enrolled << 160)
        | (convert(s.phase, uint256) << 216)
        | (convert(s.ending, uint256) << 224)
        | (s.tries << 240)
        | (convert(s.accepted, uint256) << 248),
    ]


@internal
@pure
def unpack(words: uint256[2]) -> Standing:
    return Standing(
        submitter=convert(words[0] & M160, address),
        draw_block=(words[0] >> 160) & M48,
        deadline=words[0] >> 208,
        solver=convert(words[1] & M160, address),
        enrolled=(words[1] >> 160) & M56,
        phase=convert((words[1] >> 216) & M8, ITaskRegistry.Phase),
        ending=convert((words[1] >> 224) & M16, ITaskRegistry.Ending),
        tries=(words[1] >> 240) & M8,
        accepted=words[1] >> 248 != 0,
    )
