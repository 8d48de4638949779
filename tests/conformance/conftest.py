"""One compiled Referee for all conformance tests of a process."""

import pytest

from tests.referee import Referee


@pytest.fixture(scope="session")
def referee() -> Referee:
    return Referee()
