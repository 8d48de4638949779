"""Enrol for a task, train, and prove it."""

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.command_line import clear_errors, follow, make_role, role_options, task_option
from pinpoint.roles.solver import Solver


@click.command(cls=ConnectedProviderCommand, short_help="Enrol for a task, train, and prove it.")
@account_option()
@task_option
@role_options
def cli(account, task, watch, url, folder, manifest):
    """Enrol, accept, train, replay the own work, and post the proof.

    Does what is due now and stops; call it again, or give --watch. Training resumes at the last checkpoint.
    """
    with clear_errors():
        role = make_role(Solver, manifest, account, url, folder)
        follow(role.client, [role.step], task, watch)
