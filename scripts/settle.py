"""Take every exit of a task that is due, settlement included."""

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.command_line import clear_errors, follow, make_role, role_options, task_option
from pinpoint.roles.keeper import Keeper


@click.command(cls=ConnectedProviderCommand, short_help="Take every exit of a task that is due, settlement included.")
@account_option()
@task_option
@role_options
def cli(account, task, watch, url, folder, manifest):
    """Anybody may do this: close, draw, time out, settle, whatever is due.

    Does what is due now and stops; call it again, or give --watch.
    """
    with clear_errors():
        role = make_role(Keeper, manifest, account, url, folder)
        follow(role.client, [role.step], task, watch)
