"""Publish the task of a bid, offered to the solver of a quote."""

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.chain.bids import BidSignatures, match
from pinpoint.command_line import bid_option, clear_errors, console, manifest_option, open_client, quote_option


@click.command(cls=ConnectedProviderCommand, short_help="Publish the task of a bid, offered to the solver of a quote.")
@account_option()
@bid_option
@quote_option
@manifest_option
def cli(account, bid, quote, manifest):
    """Anybody may do this. Escrow and deposits come from the stakes of those who signed."""
    with clear_errors():
        client = open_client(manifest)
        signatures = BidSignatures.of(client)
        task = match(client, account, signatures.load_bid(bid), signatures.load_quote(quote))
        console.print(f"Task {task}")
