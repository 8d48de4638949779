"""Enrol for a task, train, prove it, and check who verifies it."""

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.command_line import clear_errors, follow, make_role, role_options, task_of_bid
from pinpoint.roles.solver import Solver
from pinpoint.roles.whistleblower import Whistleblower


@click.command(cls=ConnectedProviderCommand, short_help="Enrol for a task, train, and prove it.")
@account_option()
@click.option("--task", type=click.IntRange(min=1), default=None, help="Number of the task.")
@click.option(
    "--bid",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="File of a bid: the task that it became by the match with this account's quote.",
)
@role_options
def cli(account, task, bid, watch, url, folder, manifest):
    """Enrol, accept, train, replay the own work, and post the proof. Then replay what is sampled, and challenge a wrong
    report.

    Does what is due now and stops; call it again, or give --watch. Training resumes at the last checkpoint.
    """
    if (task is None) == (bid is None):
        raise click.UsageError("expected either --task or --bid")
    with clear_errors():
        role = make_role(Solver, manifest, account, url, folder)
        if bid is not None:
            task = task_of_bid(role.client, bid, watch)
        guard = make_role(Whistleblower, manifest, account, url, folder)

        def watch_own(number: int) -> str | None:
            return guard.step(number) if role.client.task(number).solver == role.address else None

        follow(role.client, [watch_own, role.step], task, watch)
