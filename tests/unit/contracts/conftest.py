"""Fixtures of the contracts' unit tests."""

from collections.abc import Iterator

import boa
import pytest

from tests.unit.contracts.blocks import BlockHashes, Seeds


@pytest.fixture
def seeds(world) -> Seeds:
    """Seeds of blocks that a test can aim."""
    return Seeds(world)


@pytest.fixture
def hashes() -> Iterator[BlockHashes]:
    """Block hashes that a test can force."""
    before = boa.env.evm.patch.prev_hashes
    boa.env.evm.patch.prev_hashes = hashes = BlockHashes()
    yield hashes
    boa.env.evm.patch.prev_hashes = before
