"""Take back a bid or a quote that this account signed."""

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.command_line import clear_errors, console, manifest_option, open_client


@click.command(cls=ConnectedProviderCommand, short_help="Take back a bid or a quote that this account signed.")
@account_option()
@click.option("--nonce", type=click.IntRange(min=0), required=True, help="Its number, as bid or quote printed it.")
@manifest_option
def cli(account, nonce, manifest):
    """Use the number up: nothing that this account signed with it counts any more."""
    with clear_errors():
        open_client(manifest).send(account, "TaskRegistry", "cancel", nonce)
        console.print(f"Number {nonce} is used up")
