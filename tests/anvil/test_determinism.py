"""The promises of a pinned chain, on anvil."""

from tests.integration.test_determinism import check_repeatable


def test_anvil_repeats() -> None:
    check_repeatable("ethereum:local:foundry")
