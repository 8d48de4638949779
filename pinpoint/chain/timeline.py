"""When something next becomes due in a task."""

from __future__ import annotations

from pinpoint.chain.client import Client, ProfilePhase, TaskPhase, VerificationPhase


def next_moment(client: Client, task: int) -> int | None:
    """The next second from which a deadline of a task is over, so that other moves count than before.

    None if the task waits for a block, or for nothing any more.
    """
    now = client.port.now()
    later = [deadline + 1 for deadline in _deadlines(client, task) if deadline >= now]
    return min(later, default=None)


def waits_for_block(client: Client, task: int) -> bool:
    """Whether a block is still to come before the seed is known that decides a draw, or an error."""
    state, height = client.task(task), client.port.height()
    if state.phase is TaskPhase.PROFILING:
        profile = client.profile(task)
        return profile.phase is ProfilePhase.DRAWING and height <= profile.draw_block
    if state.phase is not TaskPhase.PROVED:
        return state.phase is TaskPhase.DRAWING and height <= state.draw_block
    now = client.round(task)
    return now.phase in (VerificationPhase.DRAWING, VerificationPhase.REPORTING) and height <= now.draw_block


def _deadlines(client: Client, task: int) -> list[int]:
    state = client.task(task)
    if state.phase is TaskPhase.PROFILING:
        profile = client.profile(task)
        return [profile.deadline, profile.reveal_end]
    if state.phase in (TaskPhase.OPEN, TaskPhase.OFFERED, TaskPhase.TRAINING):
        return [state.deadline]
    if state.phase is TaskPhase.ENDED:
        return [int(client.port.view("Settlement", "claim_ends", task))]
    if state.phase is not TaskPhase.PROVED:
        return []
    now = client.round(task)
    found = [] if now.phase is VerificationPhase.REPORTED else [now.ask_end, now.deadline]
    if now.phase in (VerificationPhase.REPORTING, VerificationPhase.OPEN):
        found.append(client.post_end(task))
    if now.phase is VerificationPhase.OPEN:
        found.append(now.deadline + client.parameters.reveal_window)
    for report in client.standing_reports(task):
        found += [report.commit_end, report.reveal_end, report.secret_end]
    for challenge in client.challenges(task):
        for action in client.next_actions(challenge.number):
            found += [action.opens - 1, action.closes or 0]
    return found
