"""Register as a verifier, and do the work that is drawn."""

import click
from ape.cli import ConnectedProviderCommand, account_option

from pinpoint.command_line import clear_errors, follow, make_role, messages_option, role_options
from pinpoint.roles.verifier import Verifier


@click.command(cls=ConnectedProviderCommand, short_help="Register as a verifier, and do the work that is drawn.")
@account_option()
@click.option("--stake", type=click.IntRange(min=1), default=None, help="Register with at least this, in base units.")
@click.option(
    "--units", type=click.IntRange(2**30, 2**64 - 1), default=2**40, show_default=True,
    help="Work that can be in hand at one time.",
)
@click.option(
    "--bytes", "held", type=click.IntRange(2**24, 2**64 - 1), default=2**36, show_default=True,
    help="Data that can be held at one time.",
)
@click.option("--task", type=click.IntRange(min=1), default=None, help="Number of the task to work on.")
@messages_option
@role_options
def cli(account, stake, units, held, task, messages, watch, url, folder, manifest):
    """With --stake, register: verifiers are drawn in proportion to their stake as of the start of an epoch, for tasks
    that fit into what they have free of --units and --bytes. With --task, accept the assignment, replay the samples,
    report, and defend the report.

    Does what is due now and stops; call it again, or give --watch.
    """
    if stake is None and task is None:
        raise click.UsageError("expected --stake to register, --task to work, or both")
    with clear_errors():
        verifier = make_role(Verifier, manifest, account, url, folder, mailbox=messages)
        if stake is not None:
            verifier.register(stake, units, held)
        if task is not None:
            follow(verifier.client, [verifier.step], task, watch)
