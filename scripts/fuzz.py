"""Play random lives of the whole protocol on the contracts and in a model of it."""

import os
import sys
from pathlib import Path

import click

# The campaign lies beside the package, not in it.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
ENGINES = ("revm", "boa", "anvil")


@click.command(short_help="Play random lives of the whole protocol, and compare with a model.")
@click.option("--seed", default="1", show_default=True, help="Says everything that is played.")
@click.option("--transactions", default=200_000, show_default=True, help="To be checked by the model, at least.")
@click.option("--seconds", default=86_400.0, show_default=True, help="After which no more lives begin.")
@click.option("--workers", default=os.cpu_count() or 1, show_default="all processors")
@click.option("--engine", type=click.Choice(ENGINES), default="revm", show_default=True, help="What runs the code.")
@click.option("--resume", is_flag=True, help="Go on where the last campaign of this seed stopped.")
@click.option(
    "--replay",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=None,
    help="A file of a failure, to be run again.",
)
def cli(seed, transactions, seconds, workers, engine, resume, replay):
    """Send random transactions of all roles, honest and hostile, to the contracts and to a model (make campaign).

    After each, both are compared; what fails is shrunk to a few steps, in build/campaign; exit with 1 then. The
    record is build/campaign.json.
    """
    # Loaded only here: it takes a second.
    from tests.campaigns.protocol.__main__ import campaign, rerun

    failed = rerun(replay, engine) if replay else campaign(seed, transactions, seconds, workers, engine, resume)
    if failed:
        raise click.ClickException("the contracts are not what the model says")
