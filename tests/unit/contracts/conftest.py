"""Fixtures of the contracts' unit tests."""

from collections.abc import Iterator

import boa
import pytest

from tests.unit.contracts.steps import BlockHashes


@pytest.fixture
def hashes() -> Iterator[BlockHashes]:
    """Hashes that differ from block to block: titanoboa's own are zero."""
    before = boa.env.evm.patch.prev_hashes
    boa.env.evm.patch.prev_hashes = hashes = BlockHashes()
    yield hashes
    boa.env.evm.patch.prev_hashes = before
