"""Show a task, its verification and its disputes."""

import click
from ape.cli import ConnectedProviderCommand
from rich.table import Table

from pinpoint.binary32.reference import to_float
from pinpoint.chain.client import PLACE_BITS, ChallengePhase, ProfilerAnswer, TaskPhase
from pinpoint.chain.timeline import next_moment
from pinpoint.command_line import clear_errors, console, manifest_option, open_client
from pinpoint.program.distance import has_stalled, magnitude


@click.command(cls=ConnectedProviderCommand, short_help="Show a task, its verification and its disputes.")
@click.option("--task", type=click.IntRange(min=1), default=None, help="Number of the task; all by default.")
@manifest_option
def cli(task, manifest):
    """Show all tasks in a line each, or one of them whole."""
    with clear_errors():
        client = open_client(manifest)
        if task is None:
            console.print(_all(client))
        else:
            for table in _one(client, task):
                console.print(table)


def _distance(posted):
    return f"{to_float(magnitude(posted)):.3g}" + " (stalled)" * has_stalled(posted)


def _all(client):
    table = Table("task", "phase", "ending", "submitter", "solver")
    for number in range(1, client.task_count() + 1):
        task = client.task(number)
        table.add_row(str(number), task.phase.name, task.ending.name, task.submitter, task.solver)
    return table


def _threshold(task):
    g = task.order.geometry
    if g.profilers and not g.threshold:
        return "none measured" if task.phase is TaskPhase.ENDED else "being measured"
    return f"{to_float(g.threshold):.3g}"


def _profile(client, number):
    now = client.profile(number)
    table = Table("profiler", "answer", "distance", title=f"profile: {now.phase.name}")
    for profiler in now.profilers:
        answer, distance = client.profiled(number, profiler)
        revealed = f"{to_float(distance):.3g}" if answer is ProfilerAnswer.REVEALED else ""
        table.add_row(profiler, answer.name, revealed)
    return table


def _one(client, number):
    task, g = client.task(number), client.task(number).order.geometry
    moment = next_moment(client, number)
    table = Table("task", str(number))
    for name, value in (
        ("phase", task.phase.name),
        ("ending", task.ending.name),
        ("submitter", task.submitter),
        ("solver", task.solver),
        ("steps", f"{g.steps}, a checkpoint every {g.interval}, {g.samples} of {g.segments} segments sampled"),
        ("threshold", _threshold(task)),
        ("proof", task.proof_root.hex()),
        ("builds on", " ".join(map(str, client.lineage(number)))),
        ("next deadline over at", str(moment)),
    ):
        table.add_row(name, value)
    yield table
    if g.profilers:
        yield _profile(client, number)
    if task.phase not in (TaskPhase.PROVED, TaskPhase.ENDED):
        return
    now = client.round(number)
    table = Table("verification", now.phase.name)
    table.add_row("round", str(now.round))
    table.add_row("verifier", now.verifier)
    table.add_row("samples", " ".join(map(str, client.samples(number))))
    upheld = int(client.port.view("Verification", "upheld_report", number))
    for report in [client.report(upheld)] if upheld else client.standing_reports(number):
        table.add_row("report", report.root.hex())
        table.add_row("distances", " ".join(map(_distance, client.posted_distances(report.number))))
    yield table
    table = Table("dispute", "report", "phase", "challenger", "stands at", "next")
    for challenge in client.challenges(number):
        place = ""
        if challenge.phase is ChallengePhase.REVEALED:
            position = client.game(challenge.number).position
            place = f"{position.stage.name} {position.coordinates} level {position.level}"
        actions = "\n".join(
            f"{action.kind.name} by {action.actor or 'anybody'} from {action.opens}"
            + (f" to {action.closes}" if action.closes else "")
            for action in client.next_actions(challenge.number)
        )
        report = str(challenge.report & (1 << PLACE_BITS) - 1)
        table.add_row(str(challenge.number), report, challenge.phase.name, challenge.challenger, place, actions)
    yield table
