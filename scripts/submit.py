"""Submit a task: a dense network on the handwritten digits."""

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.command_line import (
    Threshold,
    artifacts_option,
    clear_errors,
    console,
    folder_option,
    make_role,
    manifest_option,
)
from pinpoint.datasets import digits
from pinpoint.models.dense import BATCH, LAYERS, LEARNING_RATE, initial_state, training_program
from pinpoint.program.optimisers import Sgd
from pinpoint.roles.submitter import Submitter


@click.command(cls=ConnectedProviderCommand, short_help="Submit a task.")
@account_option()
@click.option("--name", required=True, help="Of this submission: a second call with the same name submits nothing.")
@click.option("--layers", default=",".join(map(str, LAYERS)), show_default=True, help="Widths, input first.")
@click.option("--batch", default=BATCH, show_default=True, help="Examples per step.")
@click.option("--learning-rate", default=LEARNING_RATE, show_default=True)
@click.option("--seed", default=0, show_default=True, help="Of the data's order and the initial weights.")
@click.option("--steps", default=120, show_default=True)
@click.option("--interval", default=10, show_default=True, help="Steps from checkpoint to checkpoint.")
@click.option("--samples", default=7, show_default=True, help="Segments that a verifier replays.")
@click.option("--threshold", type=Threshold(), default=2**-10, show_default=True, help="Largest distance that passes.")
@click.option("--price", default=10**12, show_default=True, help="Of a unit of work, in base units of the token.")
@artifacts_option
@folder_option
@manifest_option
def cli(
    account, name, layers, batch, learning_rate, seed, steps, interval, samples, threshold, price, url, folder, manifest
):
    """Submit the training of a dense network on the digits of scikit-learn, and escrow its price.

    Other models and data: pinpoint.roles.submitter.Submitter takes any valid program.
    """
    try:
        widths = [int(width) for width in layers.split(",")]
    except ValueError as error:
        raise click.BadParameter(f"expected widths like 64,32,10, got {layers}") from error
    with clear_errors():
        submitter = make_role(Submitter, manifest, account, url, folder)
        batches, _ = digits(batch, seed)
        task = submitter.submit(
            name,
            training_program(widths, batch, Sgd(learning_rate)),
            batches,
            initial_state(widths, seed),
            steps=steps,
            interval=interval,
            samples=samples,
            threshold=threshold,
            price=price,
        )
        console.print(f"Task {task}")
