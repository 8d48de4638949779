"""What the scripts share: options, and how a role is followed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ape
import click
from rich.console import Console

from pinpoint.binary32.reference import from_float
from pinpoint.chain.ape_port import ApePort
from pinpoint.chain.artifacts import Artifacts
from pinpoint.chain.bids import BidError, BidSignatures, matched
from pinpoint.chain.client import Client, TaskPhase
from pinpoint.chain.deployment import CONTRACTS, Deployment, DeploymentError
from pinpoint.chain.header import HeaderError
from pinpoint.chain.mailbox import Mailbox
from pinpoint.chain.port import CallRefused, NodeError
from pinpoint.chain.storage import ArtifactError, Storage
from pinpoint.chain.timeline import next_moment
from pinpoint.commitment.tensor import Tensor
from pinpoint.datasets import digits
from pinpoint.models import dense
from pinpoint.program.graph import Program, ProgramError
from pinpoint.program.optimisers import Sgd
from pinpoint.roles.journal import JournalError
from pinpoint.roles.role import Role

console = Console()

Step = Callable[[int], str | None]

THRESHOLD = 0x3A800000
"""2^-10, of orders that name none, as binary32 bits."""

artifacts_option = click.option(
    "--artifacts",
    "url",
    default="build/artifacts",
    show_default=True,
    help="Where programs, data and checkpoints are: a folder, or any URL of fsspec (s3://, https://, ipfs://).",
)
folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build/accounts"),
    show_default=True,
    help="Where secrets and progress are kept. Losing it can cost a deposit.",
)
manifest_option = click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="The deployment; by default that of the connected network.",
)
task_option = click.option("--task", type=click.IntRange(min=1), required=True, help="Number of the task.")
messages_option = click.option(
    "--messages",
    type=str,
    default=None,
    callback=lambda context, option, url: None if url is None else Mailbox(url),
    help="Play games by signed messages left here, where the other side reads them: any URL of fsspec.",
)
bid_option = click.option(
    "--bid", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File of the signed bid."
)
quote_option = click.option(
    "--quote", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File of the signed quote."
)
hours_option = click.option(
    "--hours", type=click.FloatRange(min=0, min_open=True), default=24.0, show_default=True, help="How long it counts."
)
watch_option = click.option(
    "--watch", type=click.IntRange(min=1), default=None, help="Go on until the task has ended, looking every N seconds."
)


def role_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What each script that plays a role takes."""
    for option in (manifest_option, folder_option, artifacts_option, watch_option):
        command = option(command)
    return command


def order_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What each script that orders the training of a dense network on the digits takes; `digits_order` reads it."""
    for option in (
        click.option("--price", default=16 * 10**11, show_default=True, help="Of a unit of work, in base units."),
        click.option(
            "--profilers",
            type=click.IntRange(0, 7),
            default=0,
            help="Let so many verifiers, 3 to 9, measure the threshold.",
        ),
        click.option(
            "--threshold", type=Threshold(), default=None, help="Largest distance that passes; 2^-10 if not measured."
        ),
        click.option("--samples", default=7, show_default=True, help="Segments that a verifier replays."),
        click.option("--interval", default=10, show_default=True, help="Steps from checkpoint to checkpoint."),
        click.option("--steps", default=120, show_default=True),
        click.option("--seed", default=0, show_default=True, help="Of the data's order and the initial weights."),
        click.option("--learning-rate", default=dense.LEARNING_RATE, show_default=True),
        click.option("--batch", default=dense.BATCH, show_default=True, help="Examples per step."),
        click.option(
            "--layers", default=",".join(map(str, dense.LAYERS)), show_default=True, help="Widths, input first."
        ),
    ):
        command = option(command)
    return command


def digits_order(
    layers: str, batch: int, learning_rate: float, seed: int, **terms: Any
) -> tuple[Program, Sequence[Sequence[Tensor]], list[Tensor], dict[str, Any]]:
    """Program, batches, initial state and terms, out of the values of `order_options`."""
    try:
        widths = [int(width) for width in layers.split(",")]
    except ValueError as error:
        raise click.BadParameter(f"expected widths like 64,32,10, got {layers}") from error
    if terms["profilers"] and terms["threshold"] is not None:
        raise click.BadParameter("expected --threshold or --profilers, got both")
    if terms["threshold"] is None:
        terms["threshold"] = 0 if terms["profilers"] else THRESHOLD
    batches, _ = digits(batch, seed)
    program = dense.training_program(widths, batch, Sgd(learning_rate))
    return program, batches, dense.initial_state(widths, seed), terms


class Threshold(click.ParamType):
    """A distance, as binary32 bits."""

    name = "distance"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """A number of at least 0 and below infinity."""
        try:
            bits = from_float(float(value))
        except ValueError:
            self.fail(f"expected a number, got {value!r}", param, ctx)
        if not 0 <= bits < 0x7F800000:
            self.fail(f"expected a finite distance of at least 0, got {value}", param, ctx)
        return bits


def manifest_path(path: Path | None) -> Path:
    """The manifest of the connected network: kept in the repository, unless the network is a local one."""
    if path is not None:
        return path
    provider = ape.chain.provider
    local = provider.network.is_local
    folder = Path("build/deployments") if local else Path("deployments")
    return folder / str(provider.chain_id) / "pinpoint.json"


def open_client(path: Path | None) -> Client:
    """The client of a deployment on the connected network."""
    deployment = Deployment.load(manifest_path(path))
    port = ApePort(deployment.block)
    for name in (*CONTRACTS, "Token"):
        port.attach(name, deployment.addresses[name])
    return Client(port, deployment)


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what a user can mend into one line."""
    try:
        yield
    except (
        CallRefused,
        HeaderError,
        ArtifactError,
        ProgramError,
        DeploymentError,
        BidError,
        JournalError,
        NodeError,
        LookupError,
    ) as error:
        raise click.ClickException(str(error)) from error


def make_role(kind: type[Role], path: Path | None, account: Any, url: str, folder: Path, **options: Any) -> Any:
    """A role of the account on the connected network."""
    return kind(open_client(path), account, Artifacts(Storage(url)), folder, **options)


def task_of_bid(client: Client, path: Path, watch: int | None) -> int:
    """The task that has become of a bid; with `watch`, wait until one has, or none can any more.

    Raises:
        BidError: if there is none.
    """
    signatures = BidSignatures.of(client)
    bid = signatures.load_bid(path).terms
    while True:
        # Looked at first: the last match is still found.
        late = client.port.now() > bid.deadline
        task = matched(client, signatures.digest(bid))
        if task is not None:
            return task
        if watch is None or late:
            raise BidError(f"expected a task of the bid in {path}, got none: it was not matched")
        time.sleep(watch)


def follow(client: Client, steps: Sequence[Step], task: int, watch: int | None) -> None:
    """Do what is due, say it, and say when something is due next; with `watch`, until the task has ended.

    Args:
        steps: methods of roles; each does one thing that is due and says what, or returns None.
        watch: seconds between looks.
    """
    while True:
        # Looked at first: what is due at the end is still done.
        ended = client.task(task).phase is TaskPhase.ENDED
        while any(_say(step, task) for step in steps):
            pass
        if watch is None or ended:
            break
        time.sleep(watch)
    moment = next_moment(client, task)
    if moment is None:
        console.print("Nothing is due." if ended else "Waiting for a block, or for somebody else.")
    else:
        console.print(f"Nothing is due now. The next deadline is over at {moment} ({moment - client.port.now()} s).")


def _say(step: Step, task: int) -> bool:
    done = step(task)
    if done is not None:
        console.print(f"[green]{done}[/]")
    return done is not None
