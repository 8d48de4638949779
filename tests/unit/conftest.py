"""What tests of the calculator share."""

from pathlib import Path

import pytest

from pinpoint.chain.parameters import Parameters
from pinpoint.economics import Setting, setting


@pytest.fixture(scope="session")
def typical() -> Setting:
    """The typical task under deployments/local.yaml."""
    return setting(Parameters.load(Path("deployments/local.yaml")))
