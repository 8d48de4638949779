"""Parameters of a deployment; the twin of contracts/libraries/parameters.vy."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

WAD = 10**18
MAX_TURNS = 48


class Parameters(BaseModel):
    """What a deployment fixes for ever. Seconds, base units, and WAD (1e18 = 1) for rates and shares.

    The fields stand in the order of the contracts' struct.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    draw_delay: int = Field(ge=1, le=128, description="blocks from a request to the block that decides it")
    enrol_window: int = Field(ge=1)
    accept_window: int = Field(ge=1)
    draw_window: int = Field(ge=1)
    base_time: int = Field(ge=1)
    units_per_second: int = Field(ge=1)
    commit_window: int = Field(ge=1)
    reveal_window: int = Field(ge=1)
    secret_window: int = Field(ge=1)
    clock_budget: int = Field(ge=1)
    reply_window: int = Field(ge=1)
    claim_window: int = Field(ge=1)
    unbonding_period: int = Field(ge=1)
    max_tries: int = Field(ge=1, le=16)
    max_rounds: int = Field(ge=1, le=6)
    solver_deposit: int = Field(ge=1, description="multiple of the solver's fee, WAD")
    verifier_deposit: int = Field(ge=1, description="multiple of the solver's fee, WAD")
    tax: int = Field(ge=0, description="multiple of the solver's fee, WAD")
    verifier_rate: int = Field(ge=0, description="verifier's price of a unit over the solver's, WAD")
    decline_share: int = Field(ge=0)
    silence_share: int = Field(ge=0)
    submitter_share: int = Field(ge=0)
    verifier_share: int = Field(ge=0)
    solver_bounty_share: int = Field(ge=0)
    bounty_share: int = Field(ge=0)
    challenge_bond: int = Field(ge=1)
    challenge_cost: int = Field(ge=1)

    @classmethod
    def load(cls, path: Path) -> Parameters:
        """Read a YAML file.

        Raises:
            ValueError: if a field is missing, unknown or out of range (pydantic names it).
        """
        return cls.model_validate(yaml.safe_load(path.read_text()))

    @property
    def game_window(self) -> int:
        """Longest duration of a game, in seconds."""
        return 2 * self.clock_budget + MAX_TURNS * self.reply_window

    def arguments(self) -> tuple[int, ...]:
        """The contracts' struct."""
        return tuple(self.model_dump().values())
