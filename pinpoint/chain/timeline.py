"""When something next becomes due in a task."""

from __future__ import annotations

from pinpoint.chain.client import ChallengePhase, Client, TaskPhase, VerificationPhase


def next_moment(client: Client, task: int) -> int | None:
    """The next second from which a deadline of a task is over, so that other moves count than before.

    None if the task waits for a block, or for nothing any more.
    """
    now = client.port.now()
    later = [deadline + 1 for deadline in _deadlines(client, task) if deadline >= now]
    return min(later, default=None)


def _deadlines(client: Client, task: int) -> list[int]:
    state = client.task(task)
    if state.phase in (TaskPhase.OPEN, TaskPhase.OFFERED, TaskPhase.TRAINING):
        return [state.deadline]
    if state.phase is TaskPhase.ENDED:
        return [int(client.port.view("Settlement", "bounties", task).deadline)]
    if state.phase is not TaskPhase.PROVED:
        return []
    verification = client.verification(task)
    if verification.phase is not VerificationPhase.REPORTED:
        return [verification.deadline]
    windows = client.windows(verification.reported_at)
    found = [windows.commit_end, windows.reveal_end, windows.secret_end]
    for challenge in client.challenges(task):
        if challenge.phase is ChallengePhase.REVEALED and challenge.round == verification.round:
            found.append(client.game(challenge.number).deadline)
            found.append(windows.secret_end + client.parameters.game_window)
    return found
