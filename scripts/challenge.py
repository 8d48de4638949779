"""Check a report, and challenge it if it is wrong."""

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.command_line import clear_errors, follow, make_role, messages_option, role_options, task_option
from pinpoint.roles.whistleblower import Whistleblower


@click.command(cls=ConnectedProviderCommand, short_help="Check a report, and challenge it if it is wrong.")
@account_option()
@task_option
@messages_option
@role_options
def cli(account, task, messages, watch, url, folder, manifest):
    """Replay a verifier's work; if it is wrong, commit, reveal, play the game, and collect the bounty.

    Does what is due now and stops; call it again, or give --watch.
    """
    with clear_errors():
        role = make_role(Whistleblower, manifest, account, url, folder, mailbox=messages)
        follow(role.client, [role.step], task, watch)
