"""Submit a task: a dense network on the handwritten digits."""

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.command_line import (
    artifacts_option,
    clear_errors,
    console,
    digits_order,
    folder_option,
    make_role,
    manifest_option,
    order_options,
)
from pinpoint.roles.submitter import Submitter


@click.command(cls=ConnectedProviderCommand, short_help="Submit a task.")
@account_option()
@click.option("--name", required=True, help="Of this submission: a second call with the same name submits nothing.")
@order_options
@click.option("--parent", type=click.IntRange(min=1), default=None, help="Accepted task: start where it has ended.")
@artifacts_option
@folder_option
@manifest_option
def cli(account, name, parent, url, folder, manifest, **order):
    """Submit the training of a dense network on the digits of scikit-learn, and escrow its price.

    Other models and data: pinpoint.roles.submitter.Submitter takes any valid program.
    """
    with clear_errors():
        submitter = make_role(Submitter, manifest, account, url, folder)
        program, batches, state, terms = digits_order(**order)
        if parent is not None:
            state = submitter.final_state(parent)
        console.print(f"Task {submitter.submit(name, program, batches, state, **terms, parent=parent)}")
