"""Seeds from the headers of a chain by the rules of Prague."""

from collections.abc import Iterator
from typing import Any

import ape
import pytest
from ape.contracts import ContractContainer
from ethpm_types import ContractType

from pinpoint.chain.ape_port import ApePort
from pinpoint.chain.header import encode_header
from pinpoint.chain.port import CallRefused

NETWORK = "ethereum:local:foundry"
RECENT, ZERO = 256, bytes(32)
MOST_GAS = 90_000
"""Of a whole transaction that fixes a seed."""
PREVRANDAO = ContractContainer(ContractType(abi=[], deploymentBytecode={"bytecode": "0x445f5260205ff3"}))
"""Its code is the word that its transaction saw."""


@pytest.fixture(scope="module")
def chain() -> Iterator[ApePort]:
    """A chain with a Beacon on it."""
    with ape.networks.parse_network_choice(NETWORK):
        port = ApePort()
        port.deploy(ape.accounts.test_accounts[0], "Beacon", [])
        yield port


def block_of(number: int) -> Any:
    """A block as the node gives it."""
    return ape.chain.provider.make_request("eth_getBlockByNumber", [hex(number), False])


def seed_of(chain: ApePort, number: int) -> bytes:
    """What Beacon says."""
    return bytes(chain.view("Beacon", "seed_of", number))


def check_fixed(chain: ApePort, number: int) -> None:
    """A stranger fixes the seed by the real header, and it is the header's."""
    block, sender = block_of(number), ape.accounts.test_accounts[1]
    assert seed_of(chain, number) == ZERO
    # A node answers as if in its latest block, which does not know its own hash.
    assert chain.view("Beacon", "fixable", number) == (number < chain.height())
    receipt = chain.send(sender, "Beacon", "fix", number, encode_header(block))
    fields = receipt.event("SeedFixed").fields
    assert (fields["number"], bytes(fields["randao"]), fields["sender"]) == (number, seed_of(chain, number), sender)
    assert seed_of(chain, number).hex() == block["mixHash"][2:] != ZERO.hex()
    assert not chain.view("Beacon", "fixable", number)
    assert receipt.gas < MOST_GAS


def test_the_seed_is_what_the_blocks_transactions_saw(chain: ApePort) -> None:
    saw = ape.accounts.test_accounts[0].deploy(PREVRANDAO)
    number = chain.height()
    chain.mine()
    check_fixed(chain, number)
    assert bytes(ape.chain.provider.get_code(saw.address)) == seed_of(chain, number)


def test_every_block_has_a_seed_of_its_own(chain: ApePort) -> None:
    first = chain.height() + 1
    chain.mine(5)
    for number in range(first, first + 5):
        check_fixed(chain, number)
    assert len({seed_of(chain, number) for number in range(first, first + 5)}) == 5


@pytest.mark.parametrize("later", (1, RECENT, RECENT + 1, 3 * RECENT))
def test_the_history_goes_on_where_the_machine_forgets(chain: ApePort, later: int) -> None:
    """The transaction itself is in the block that is `later` blocks after."""
    number = chain.height() + 1
    chain.mine(later)
    assert number + later == chain.height() + 1
    check_fixed(chain, number)


def test_neither_early_nor_by_another_header(chain: ApePort) -> None:
    sender = ape.accounts.test_accounts[1]
    number = chain.height()
    with pytest.raises(CallRefused, match="beacon: early"):
        chain.send(sender, "Beacon", "fix", number + 2, encode_header(block_of(number)))
    chain.mine(RECENT + 1)
    with pytest.raises(CallRefused, match="beacon: header"):
        chain.send(sender, "Beacon", "fix", number, encode_header(block_of(number - 1)))
    assert seed_of(chain, number) == ZERO
    check_fixed(chain, number)
