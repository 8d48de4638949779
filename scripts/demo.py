"""Play the main job on a local chain: three tasks, three endings."""

import json
import shutil
from pathlib import Path
from typing import get_args

import ape
import click
from ape.cli import ConnectedProviderCommand
from ape.logging import LogLevel, logger

from pinpoint.chain.determinism import pin
from pinpoint.chain.parameters import WAD, Parameters
from pinpoint.command_line import console
from pinpoint.demo.jobs import JOBS
from pinpoint.demo.stage import Stage
from pinpoint.demo.stories import USERS, Demo, Dispute, tell, tell_forced

START = 1_800_000_000
"""Timestamp of the first block."""


@click.command(cls=ConnectedProviderCommand, short_help="Play the main job on a local chain.")
@click.option("--model", type=click.Choice(list(JOBS)), default="dense", show_default=True, help="What is trained.")
@click.option(
    "--dispute",
    type=click.Choice(get_args(Dispute)),
    default="interactive",
    show_default=True,
    help="How the second story's game is played.",
)
@click.option("--forced", is_flag=True, help="Play two tasks in which the verifier's error is forced, instead.")
@click.option("--seed", default=7, show_default=True, help="Of data, weights, secrets, and the chain's hashes.")
@click.option(
    "--json",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("build/demo.json"),
    show_default=True,
    help="Where the record goes.",
)
def cli(provider, model, dispute, forced, seed, path):
    """Train a network three times: an honest task, a lying verifier, a forging solver.

    The lying verifier is convicted move by move on chain, by one proof against a report that it serves (direct), or
    after an exchange of signed messages.

    Their deployment forces no errors; with --forced another one forces all: the verifier reports a wrong replay, the
    whistleblower finds it, nobody is slashed, and the second time there is a jackpot.

    The dense network reads handwritten digits; the transformer, of 100 k parameters, learns to spell.

    A run is a function of its seed: block hashes, draws and money repeat.
    """
    if not provider.network.is_local:
        raise click.ClickException(f"expected a local network, got {provider.network.choice}")
    logger.set_level(LogLevel.ERROR)
    pin(provider, seed, START)
    folder = Path("build/demo")
    shutil.rmtree(folder, ignore_errors=True)
    local = Parameters.load(Path("deployments/local.yaml"))
    accounts = [ape.accounts.test_accounts[number] for number in range(len(USERS))]
    job = JOBS[model](seed)
    # Every model costs the same here, so the larger one's units are cheap.
    changes = {"forced_rate": WAD - 1 if forced else 0, "least_price": min(local.least_price, job.price)}
    demo = Demo(accounts, local.model_copy(update=changes), folder, seed, job, Stage(console), dispute)
    record = tell_forced(demo) if forced else tell(demo)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n")
    console.print(f"endings {record['endings']}, conserved {record['conserved']}, {record['seconds']} s: {path}")
