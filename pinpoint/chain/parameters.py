"""Parameters of a deployment; the twin of contracts/libraries/parameters.vy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pinpoint.binary32.reference import mul
from pinpoint.chain.document import read_file

WAD = 10**18
MAX_TURNS = 48
MAX_TICKETS = 2**32 - 1
ONE, INFINITY = 0x3F800000, 0x7F800000

Time = Annotated[int, Field(ge=1, le=2**30)]
Amount = Annotated[int, Field(ge=0, le=2**96)]


class ParametersError(ValueError):
    """A file holds no parameters of a deployment."""


class Parameters(BaseModel):
    """What a deployment fixes for ever. Seconds, base units, and WAD (1e18 = 1) for rates and shares.

    The fields stand in the order of the contracts' struct.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    draw_delay: int = Field(ge=2, le=128, description="blocks from a request to the block that decides it")
    enrol_window: Time
    accept_window: Time
    draw_window: Time
    base_time: Time
    units_per_second: int = Field(ge=1, lt=2**256)
    fetched_per_second: int = Field(ge=1, lt=2**256, description="bytes of data that a party fetches in a second")
    commit_window: Time
    reveal_window: Time
    secret_window: Time
    ask_window: Time
    bytes_per_second: int = Field(ge=1, lt=2**256, description="how fast data that was asked for is posted")
    clock_budget: Time
    reply_window: Time
    max_replay_time: Time
    claim_window: Time
    unbonding_period: Time
    verifier_stake: int = Field(ge=1, le=2**96, description="least stake of a verifier, largest deposit of an order")
    ticket: int = Field(ge=1, le=2**96, description="stake that a ticket of the lot stands for")
    epoch_period: int = Field(ge=1, le=2**30, description="length of an epoch, at whose start stakes count, seconds")
    eligible_share: int = Field(ge=0, le=WAD, description="of all tickets, that must be able to take a task, WAD")
    task_deposit: int = Field(ge=1, le=2**96, description="a submitter's, until its program has been accepted")
    invalid_share: Amount
    max_tries: int = Field(ge=1, le=16)
    max_rounds: int = Field(ge=1, le=6)
    solver_deposit: int = Field(ge=1, le=2**96, description="multiple of the solver's fee over the sampled share, WAD")
    verifier_deposit: int = Field(ge=1, le=2**96, description="multiple of the solver's fee, WAD")
    tax: Amount = Field(description="multiple of the solver's fee, WAD")
    verifier_rate: Amount = Field(description="verifier's price of a unit over the solver's, WAD")
    least_fee: Amount = Field(description="of a verifier or a profiler, or an order is refused")
    least_price: int = Field(ge=1, le=2**96, description="of a unit of work, or an order is refused")
    decline_share: Amount
    silence_share: Amount
    submitter_share: Amount
    verifier_share: Amount
    solver_bounty_share: Amount
    bounty_share: Amount
    forced_rate: int = Field(ge=0, lt=WAD, description="chance that a verifier's error is forced, WAD")
    pool_share: int = Field(ge=0, le=WAD, description="share of the tax that pays jackpots, WAD")
    stall_burn: int = Field(ge=0, le=WAD, description="share of what stalls leave unpaid that is burnt, WAD")
    challenge_bond: int = Field(ge=1, le=2**96)
    challenge_cost: int = Field(ge=1, le=2**96)
    chunk_fee: int = Field(ge=1, le=2**96, description="price of asking for a chunk of data")
    threshold_floor: int = Field(ge=1, lt=ONE, description="least threshold but 0, binary32 bits")
    threshold_ceiling: int = Field(ge=1, lt=ONE, description="largest threshold, binary32 bits")
    threshold_margin: int = Field(ge=ONE, lt=INFINITY, description="threshold over the median profile, binary32 bits")
    profiler_deposit: Amount = Field(description="multiple of a profiler's fee, WAD")
    absurd_share: int = Field(ge=0, le=WAD, description="share of its deposit that an absurd profile costs, WAD")

    @model_validator(mode="after")
    def _inequalities(self) -> Parameters:
        longest = self.decision_window(self.max_replay_time)
        slashed = self.submitter_share + self.verifier_share + self.solver_bounty_share
        for holds, expected in (
            (self.clock_budget >= self.reply_window, "clock_budget of at least reply_window"),
            (slashed < WAD, "submitter_share + verifier_share + solver_bounty_share below 1: some is always burnt"),
            (self.bounty_share < WAD, "bounty_share below 1: some is always burnt"),
            (self.invalid_share < WAD, "invalid_share below 1: some is always burnt"),
            (self.max_replay_time >= self.base_time, "max_replay_time of at least base_time"),
            (self.decline_share < self.silence_share, "decline_share below silence_share"),
            (self.silence_share <= WAD, "silence_share of at most 1"),
            (self.challenge_cost < self.challenge_bond, "challenge_cost below challenge_bond"),
            (self.ticket <= self.verifier_stake, "ticket of at most verifier_stake"),
            (self.verifier_stake // self.ticket <= 2**16, "verifier_stake of at most 65536 tickets"),
            (self.epoch_period >= self.draw_window, "epoch_period of at least draw_window"),
            (self.threshold_floor <= self.threshold_ceiling, "threshold_floor of at most threshold_ceiling"),
            (
                self.profiler_deposit * self.absurd_share // WAD > WAD,
                "profiler_deposit x absurd_share above 1: an absurd profile costs more than it would earn",
            ),
            (self.unbonding_period > longest, f"unbonding_period above {longest}, all phases and the longest game"),
        ):
            if not holds:
                raise ValueError(f"expected {expected}")
        return self

    @classmethod
    def load(cls, path: Path) -> Parameters:
        """Read a YAML file.

        Raises:
            ParametersError: if it cannot be read, or a field is missing, unknown, there twice or out of range.
        """
        try:
            return cls.model_validate(yaml.load(read_file(path).decode(), Loader=_Plain))
        except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
            raise ParametersError(f"expected parameters in {path}: {str(error)[:1000]}") from error

    def work_time(self, units: int, data: int) -> int:
        """Seconds that a party gets for so many units of work, and bytes of data that it has to fetch first."""
        return self.base_time + units // self.units_per_second + data // self.fetched_per_second

    def tickets(self, allotted: int) -> int:
        """What so much stake weighs in a draw of verifiers; the twin of Sortition's rule."""
        return 0 if allotted < self.verifier_stake else min(allotted // self.ticket, MAX_TICKETS)

    def budget(self, segment_units: int) -> int:
        """Seconds on each side's clock in a game, by the units of one segment."""
        return self.clock_budget + segment_units // self.units_per_second

    def game_window(self, budget: int) -> int:
        """Longest duration of a game, in seconds."""
        return 2 * budget + MAX_TURNS * self.reply_window

    def decision_window(self, replay: int) -> int:
        """From a report to its decision at most, its fallback's included, in seconds.

        Args:
            replay: seconds that the samples' replay is given.
        """
        sealed = self.commit_window + replay + self.reveal_window
        # The secret, and the answer to it, come after the first report.
        return 2 * (sealed + self.secret_window) + self.game_window(self.clock_budget + replay)

    def threshold(self, distances: Sequence[int], profilers: int) -> int:
        """The threshold that follows from the valid distances of so many profilers; 0 where none does.

        The twin of contracts/libraries/profile.vy: median (the lower one of an even number) x margin, between floor
        and ceiling; binary32 bits.
        """
        if len(distances) <= profilers // 2:
            return 0
        median = sorted(distances)[(len(distances) - 1) // 2]
        if median > self.threshold_ceiling:
            return 0
        return min(max(mul(median, self.threshold_margin), self.threshold_floor), self.threshold_ceiling)

    def arguments(self) -> tuple[int, ...]:
        """The contracts' struct."""
        return tuple(self.model_dump().values())


class _Plain(yaml.SafeLoader):  # type: ignore[misc]
    """YAML without what these files do not need: names for parts of them, whose use can grow without bounds, and two
    values of one field."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("expected values, got an alias")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(found) < len(node.value):
            names = [str(key.value) for key, _ in node.value]
            twice = next((name for name in names if names.count(name) > 1), "each field")
            raise yaml.YAMLError(f"expected {twice} once, got it twice")
        return found
