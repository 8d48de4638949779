"""Fixtures of the contracts' unit tests."""

from collections.abc import Iterator

import boa
import pytest

from tests.unit.contracts.steps import Hashes


@pytest.fixture
def hashes() -> Iterator[Hashes]:
    """Block hashes that a test can aim."""
    before = boa.env.evm.patch.prev_hashes
    boa.env.evm.patch.prev_hashes = hashes = Hashes()
    yield hashes
    boa.env.evm.patch.prev_hashes = before
