"""Enrol for a task, train, and prove it."""

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.command_line import (
    artifacts_option,
    clear_errors,
    folder_option,
    follow,
    make_role,
    manifest_option,
    task_option,
    watch_option,
)
from pinpoint.roles.solver import Solver


@click.command(cls=ConnectedProviderCommand, short_help="Enrol for a task, train, and prove it.")
@account_option()
@task_option
@watch_option
@artifacts_option
@folder_option
@manifest_option
def cli(account, task, watch, url, folder, manifest):
    """Enrol, accept, train, replay the own work, and post the proof.

    Does what is due now and stops; call it again, or give --watch. Training resumes at the last checkpoint.
    """
    with clear_errors():
        role = make_role(Solver, manifest, account, url, folder)
        follow(role.client, [role.step], task, watch)
