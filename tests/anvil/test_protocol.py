"""The same life on anvil: a node, model and pyrevm agree."""

from __future__ import annotations

from tests.campaigns.protocol.engines import ENGINES, RevmEngine
from tests.campaigns.protocol.episode import Found, Stage, play
from tests.campaigns.protocol.replay import run
from tests.campaigns.protocol.world import parameters

LENGTH = 60


def test_a_life_is_the_same_on_anvil():
    """What was played on pyrevm counts, is refused, and logs the same on a node, under the rules of Prague."""
    revm = Stage(RevmEngine(parameters()))
    play(revm, "engines", Found(), LENGTH, alone=False)
    steps = revm.sent[:LENGTH]
    assert run(Stage(ENGINES["anvil"](parameters())), steps) == ("", LENGTH)
