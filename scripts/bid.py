"""Sign a bid: a task that solvers name their price for."""

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.command_line import (
    artifacts_option,
    clear_errors,
    console,
    digits_order,
    folder_option,
    hours_option,
    make_role,
    manifest_option,
    order_options,
)
from pinpoint.roles.submitter import Submitter


@click.command(cls=ConnectedProviderCommand, short_help="Sign a bid: a task that solvers name their price for.")
@account_option()
@click.option("--name", required=True, help="Of this bid: of all bids of one name only one is ever matched.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@hours_option
@order_options
@artifacts_option
@folder_option
@manifest_option
def cli(account, name, out, hours, url, folder, manifest, **order):
    """Sign an order like that of submit, with --price as the most that is paid, into a file for solvers.

    Deposits what the match will lock. Nothing is on chain until somebody calls match.
    """
    with clear_errors():
        submitter = make_role(Submitter, manifest, account, url, folder)
        program, batches, state, terms = digits_order(**order)
        deadline = submitter.client.port.now() + int(hours * 3600)
        signed = submitter.bid(name, program, batches, state, **terms, deadline=deadline)
        submitter.signatures.save(out, signed)
        console.print(f"Bid {signed.terms.nonce} in {out}")
