"""What the contracts weigh and cost, measured on anvil by the rules of Prague: build/gas.json and tables.

All gas is that of whole transactions, calldata and 21,000 included, each in a block of its own, so that every slot is
cold. What each key means is said in `gas_giant` and `gas_demo`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import ape
from ape.api import ProviderAPI
from ape.logging import LogLevel, logger
from ape_foundry.provider import FoundryProvider
from rich.console import Console
from rich.table import Table

from pinpoint.chain.ape_port import ApePort
from pinpoint.chain.client import Client
from pinpoint.chain.deployment import CONTRACTS
from pinpoint.chain.determinism import pin
from pinpoint.chain.parameters import WAD, Parameters
from pinpoint.demo.jobs import Job, dense_job
from pinpoint.demo.stage import Stage
from pinpoint.demo.stories import Demo
from tests.campaigns.court import USERS, Court
from tests.dearest import dearest_job
from tests.gas_demo import measure_dearest, measure_faults, measure_rare, measure_referee
from tests.gas_giant import measure_giant

SEED, START = 7, 1_800_000_000
MOST_BYTES = 24_576
"""EIP-170."""
MOST_GAS = 16_777_216
"""Of one transaction, EIP-7825."""
ACCOUNTS = 10
"""That ape's mnemonic gives."""
NETWORK = "ethereum:local:foundry"


@dataclass(frozen=True)
class Peer:
    """What a key may cost, and the best that others published.

    Attributes:
        target: gas, at most.
        what: whose it is, and what it counts.
    """

    target: int
    what: str


PEERS = {
    "report": Peer(150_000, "63.0 k committing a result, nobody objects (Agatha)"),
    "challenge": Peer(200_000, "189-300 k opening a claim (Cartesi PRT)"),
    "level": Peer(95_000, "four bits: 24 k a bit (old Arbitrum Nitro, two named players), 88 k a bit (Cartesi PRT)"),
    "direct": Peer(450_000, "none"),
    "interactive": Peer(1_400_000, "1.50 M (Agatha); 27.8 M (OP)"),
    "hidden": Peer(1_810_000, "1.81 M a whole dispute (Agatha)"),
    "step_overhead": Peer(150_000, "231 k (OP)"),
    "settle": Peer(126_000, "126 k to resolve (OP fault game)"),
}


@contextmanager
def anvil() -> Iterator[ProviderAPI]:
    """A chain of its own that begins anew. ape asks anvil to keep the memory of each step of each transaction, which
    takes it seconds for a long proof; nobody reads that here."""
    build = FoundryProvider.build_command

    def build_fast(self: FoundryProvider) -> list[str]:
        return [argument for argument in build(self) if argument != "--steps-tracing"]

    with (
        patch.object(FoundryProvider, "build_command", build_fast),
        ape.networks.parse_network_choice(NETWORK) as provider,
    ):
        pin(provider, SEED, START)
        check_prague()
        yield provider


def check_prague() -> None:
    """Refuse a chain that does not charge for calldata as Prague does.

    Raises:
        RuntimeError: if it does not.
    """
    sender, receiver = (ape.accounts.test_accounts[number] for number in range(2))
    gas = sender.transfer(receiver, 1, data=b"\x01" * 1000).gas_used
    # EIP-7623: ten for each of four tokens a byte.
    if gas != 21_000 + 40 * 1000:
        raise RuntimeError(f"expected a transfer with 1000 bytes to cost 61000 gas, got {gas}: is this chain Prague?")


def sizes(client: Client) -> dict[str, int]:
    """Bytes of code per contract, its immutables included."""
    addresses = client.deployment.addresses
    names = {name: addresses[name] for name in CONTRACTS} | {"LocalToken": addresses["Token"]}
    return {name: len(ape.chain.provider.get_code(address)) for name, address in names.items()}


def measure(accounts: list[Any], folder: Path) -> dict[str, Any]:
    """All figures."""
    court = Court(ApePort(), accounts[: len(USERS)])
    giant = measure_giant(court)
    local = Parameters.load(Path("deployments/local.yaml"))

    def demo(name: str, job: Job, forced_rate: int = 0) -> Demo:
        parameters = local.model_copy(update={"forced_rate": forced_rate, "least_price": 1})
        return Demo(accounts, parameters, folder / name, SEED, job, Stage(Console(quiet=True)))

    dense, attacked = demo("dense", dense_job(SEED)), demo("dearest", dearest_job(SEED))
    rare = measure_rare(demo("forced", dense_job(SEED), forced_rate=WAD - 1))
    return {
        "bytes": sizes(court.client),
        "gas": giant.gas
        | rare
        | {
            "prove_fault": measure_faults(dense, folder),
            "referee": measure_referee(dense, SEED),
            "dearest": measure_dearest(attacked, folder),
        },
        "gas_sums": giant.sums | {key: ["one transaction"] for key in rare},
        "gas_targets": {key: peer.target for key, peer in PEERS.items()},
        "gas_peers": {key: peer.what for key, peer in PEERS.items()},
    }


def tables(found: dict[str, Any]) -> Iterator[Table]:
    """Sizes, transactions beside what others published, and proofs."""
    gas = found["gas"]
    table = Table("contract", "bytes", title=f"Code, at most {MOST_BYTES:,} bytes")
    for name, count in found["bytes"].items():
        table.add_row(name, f"{count:,}")
    yield table
    table = Table("what", "gas", "target", "best peer", "sum of", title="A program of 2^20 nodes, tensors of 4 MB")
    for name, cost in gas.items():
        if isinstance(cost, int):
            peer = PEERS.get(name)
            target, whose = (f"{peer.target:,}", peer.what) if peer else ("", "")
            table.add_row(name, f"{cost:,}", target, whose, counted(found["gas_sums"][name]))
    yield table
    table = Table(
        "operator", "gas", "dearest", title="A fault proved in one transaction from the report's root; its dearest case"
    )
    faults = gas["prove_fault"]
    worst = gas["dearest"] | faults
    for name in sorted(worst, key=lambda name: worst[name]):
        dearest = gas["dearest"].get(name)
        table.add_row(name, f"{faults[name]:,}" if name in faults else "", f"{dearest:,}" if dearest else "")
    yield table
    table = Table("transaction to the Referee", "gas")
    for name, cost in gas["referee"].items():
        table.add_row(name, f"{cost:,}")
    yield table


def counted(methods: list[str]) -> str:
    """Methods, each once with how often it is there."""
    once = dict.fromkeys(methods)
    return ", ".join(f"{methods.count(name)} {name}" if methods.count(name) > 1 else name for name in once)


def main() -> None:
    """Measure, write, print.

    Raises:
        SystemExit: naming the contracts that are too large, or the proofs that no transaction holds.
    """
    logger.set_level(LogLevel.ERROR)
    with anvil(), TemporaryDirectory() as name:
        found = measure([ape.accounts.test_accounts[number] for number in range(ACCOUNTS)], Path(name))
    path = Path("build/gas.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n")
    console = Console()
    for table in tables(found):
        for column in table.columns[1:3]:
            column.justify = "right"
        console.print(table)
    if dear := [name for name, cost in found["gas"]["dearest"].items() if cost > MOST_GAS]:
        sys.exit(f"expected proofs of at most {MOST_GAS} gas, got more for {', '.join(dear)}")
    if large := [contract for contract, count in found["bytes"].items() if count > MOST_BYTES]:
        sys.exit(f"expected contracts of at most {MOST_BYTES} bytes, got more in {', '.join(large)}")


if __name__ == "__main__":
    main()
