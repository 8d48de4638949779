"""Check a report, and challenge it if it is wrong."""

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.command_line import clear_errors, follow, make_role, messages_option, role_options, task_option
from pinpoint.roles.whistleblower import Whistleblower


@click.command(cls=ConnectedProviderCommand, short_help="Check a report, and challenge it if it is wrong.")
@account_option()
@task_option
@messages_option
@click.option(
    "--unit-cost",
    type=click.IntRange(min=0),
    default=None,
    help="What a unit of work costs you, in base units of the token: check only what is expected to pay. Else, all.",
)
@click.option(
    "--gas-cost",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="What a unit of gas costs you, in base units of the token; counts with --unit-cost.",
)
@role_options
def cli(account, task, messages, unit_cost, gas_cost, watch, url, folder, manifest):
    """Replay a verifier's work; if it is wrong, commit, reveal, play the game, and collect the bounty.

    Does what is due now and stops; call it again, or give --watch.
    """
    with clear_errors():
        costs = {"unit_cost": unit_cost, "gas_cost": gas_cost}
        role = make_role(Whistleblower, manifest, account, url, folder, mailbox=messages, **costs)
        follow(role.client, [role.step], task, watch)
