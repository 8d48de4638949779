"""Sign a quote: a price for a bid."""

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.command_line import (
    artifacts_option,
    bid_option,
    clear_errors,
    console,
    folder_option,
    hours_option,
    make_role,
    manifest_option,
)
from pinpoint.roles.solver import Solver


@click.command(cls=ConnectedProviderCommand, short_help="Sign a quote: a price for a bid.")
@account_option()
@bid_option
@click.option("--price", type=int, default=None, help="Of a unit of work, in base units; the bid's by default.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@hours_option
@artifacts_option
@folder_option
@manifest_option
def cli(account, bid, price, out, hours, url, folder, manifest):
    """Check what a bid commits to, and sign a price for its work into a file for the submitter.

    Deposits what the match will lock. Once it is matched, solve goes on: let it look within the time to accept.
    """
    with clear_errors():
        solver = make_role(Solver, manifest, account, url, folder)
        signed = solver.signatures.load_bid(bid)
        price = signed.terms.order.price if price is None else price
        quote = solver.quote(signed, price, solver.client.port.now() + int(hours * 3600))
        solver.signatures.save(out, quote)
        console.print(f"Quote {quote.terms.nonce} in {out}")
