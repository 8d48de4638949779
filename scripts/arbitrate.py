"""Play the games of a task on the account's side."""

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.command_line import clear_errors, follow, make_role, messages_option, role_options, task_option
from pinpoint.roles.keeper import Keeper
from pinpoint.roles.verifier import Verifier
from pinpoint.roles.whistleblower import Whistleblower


@click.command(cls=ConnectedProviderCommand, short_help="Play the games of a task on the account's side.")
@account_option()
@task_option
@messages_option
@role_options
def cli(account, task, messages, watch, url, folder, manifest):
    """Make the moves that the account owes in a task's games, as verifier or as challenger, and time out who is late.

    Does what is due now and stops; call it again, or give --watch.
    """
    with clear_errors():
        verifier, whistleblower = (
            make_role(kind, manifest, account, url, folder, mailbox=messages) for kind in (Verifier, Whistleblower)
        )
        keeper = make_role(Keeper, manifest, account, url, folder)
        follow(keeper.client, [verifier.defend, whistleblower.play, keeper.step], task, watch)
