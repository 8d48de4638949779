"""What has to hold, by name, in every state. `docs/properties.md` lists it.

It is asked of the model, which the lockstep keeps equal to the contracts.
"""

from __future__ import annotations

from tests.campaigns.protocol import money, verdicts, work
from tests.campaigns.protocol.property import NAMED

MODULES = (money, work, verdicts)
"""Whose properties are named when they are imported."""
PROPERTIES = tuple(NAMED)
