"""The same life on titanoboa: py-evm, model and pyrevm agree."""

from __future__ import annotations

import boa
import pytest

from tests.campaigns.protocol.engines import ENGINES, RevmEngine
from tests.campaigns.protocol.episode import Found, Stage, play
from tests.campaigns.protocol.replay import run
from tests.campaigns.protocol.world import parameters

LENGTH = 30


@pytest.mark.xdist_group("protocol")
def test_a_life_is_the_same_on_titanoboa():
    """What was played on pyrevm counts, is refused, and logs the same on py-evm."""
    revm = Stage(RevmEngine(parameters()))
    play(revm, "engines", Found(), LENGTH, alone=False)
    steps = revm.sent[:LENGTH]
    with boa.env.anchor():
        assert run(Stage(ENGINES["boa"](parameters())), steps) == ("", LENGTH)
