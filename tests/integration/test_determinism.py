"""Two runs with one seed have the same blocks, hash for hash; another seed has others."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

START = 1_700_000_000

RUN = f"""
import json, sys
from ape import accounts, chain, networks
from ape.contracts import ContractContainer
from ethpm_types import ContractType
from pinpoint.chain.determinism import DeterminismError, pin

network, seed = sys.argv[1], int(sys.argv[2])
# The code of the deployed contract is the word PREVRANDAO as the transaction saw it.
randao = ContractContainer(ContractType(abi=[], deploymentBytecode={{"bytecode": "0x445f5260205ff3"}}))
with networks.parse_network_choice(network) as provider:
    pin(provider, seed, {START})
    owner, other = accounts.test_accounts[0], accounts.test_accounts[1]
    owner.transfer(other, 1)
    snapshot = chain.snapshot()
    chain.mine(2)
    chain.restore(snapshot)
    contract = owner.deploy(randao)
    deployed = chain.blocks.head.number
    chain.pending_timestamp += 3600
    other.transfer(owner, 2)
    moved = chain.blocks.head.timestamp
    chain.mine(2)
    blocks = [provider.web3.eth.get_block(i) for i in range(chain.blocks.head.number + 1)]
    try:
        pin(provider, seed, {START})
        error = ""
    except DeterminismError as raised:
        error = str(raised)
    print(json.dumps({{
        "hashes": [block["hash"].hex() for block in blocks],
        "times": [block["timestamp"] for block in blocks],
        "moved": moved,
        "mix": blocks[deployed]["mixHash"].hex(),
        "randao": provider.get_code(contract.address).hex().removeprefix("0x"),
        "error": error,
    }}))
"""


def run(network: str, seed: int) -> Any:
    """The blocks of a short run in a process of its own."""
    command = [sys.executable, "-c", RUN, network, str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))


def check_repeatable(network: str) -> None:
    """What a pinned chain promises, on either local network."""
    first, again, other = run(network, 1), run(network, 1), run(network, 2)
    assert first == again
    assert first["times"] == other["times"]
    assert not set(first["hashes"][1:]) & set(other["hashes"])
    assert first["times"][:3] == [START, START + 1, START + 2]
    assert first["moved"] == START + 3 + 3600
    assert first["times"][-3:] == [first["moved"] + i for i in range(3)]
    assert int(first["randao"], 16) == int(first["mix"], 16) != 0
    assert first["error"] == f"expected a chain without blocks, got one of {len(first['hashes']) - 1}"


def test_in_process_chain_repeats() -> None:
    check_repeatable("ethereum:local:test")
