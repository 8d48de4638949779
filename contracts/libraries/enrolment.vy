# pragma version 0.4.3
"""
@title The solvers that are enrolled for each task, as lists without order
@license AGPL-3.0-only
@notice Their number is kept by whoever uses the lists.
"""

enrolled_at: public(HashMap[uint256, HashMap[uint256, address]])
# Place among a task's enrolled solvers plus one; 0 is "not enrolled".
enrolment_place: public(HashMap[uint256, HashMap[address, uint256]])


@internal
@view
def contains(task: uint256, solver: address) -> bool:
    return self.enrolment_place[task][solver] != 0


@internal
def add(task: uint256, solver: address, count: uint256) -> uint256:
    """
    @notice Append a solver that is not enrolled.
    @param count How many are enrolled.
    @return How many are enrolled now.
    """
    self.enrolled_at[task][count] = solver
    self.enrolment_place[task][solver] = count + 1
    return count + 1


@internal
def remove(task: uint256, solver: address, count: uint256) -> uint256:
    """
    @notice Remove a solver that is enrolled; the last one takes its place.
    @param count How many are enrolled.
    @return How many are enrolled now.
    """
    last: uint256 = count - 1
    place: uint256 = self.enrolment_place[task][solver] - 1
    moved: address = self.enrolled_at[task][last]
    self.enrolled_at[task][place] = moved
    self.enrolment_place[task][moved] = place + 1
    self.enrolled_at[task][last] = empty(address)
    self.enrolment_place[task][solver] = 0
    return last
