"""Contracts with one fault each, which a campaign has to find."""

from __future__ import annotations

from dataclasses import dataclass

from tests.explore.edits import Edit


@dataclass(frozen=True)
class Fault:
    """A change of the contracts, and what it breaks."""

    name: str
    edit: Edit


SETTLEMENT, STAKING, REGISTRY = "Settlement.vy", "Staking.vy", "TaskRegistry.vy"
VERIFICATION, SORTITION, BOUNTY = "Verification.vy", "Sortition.vy", "libraries/bounty.vy"
FAULTS = [
    Fault(
        "unbonding stake cannot be locked",
        Edit(STAKING, "return min(self._stake(owner) + self.unbonding[owner], MAX_LOCK)", "return self._stake(owner)"),
    ),
    Fault(
        "stake can be withdrawn a second early",
        Edit(STAKING, "block.timestamp > self.unbonding_ends", "block.timestamp >= self.unbonding_ends"),
    ),
    Fault(
        "a slash leaves what is returned in what counts in draws",
        Edit(STAKING, "self.allotted[held.owner] -= held.amount - division.returned", "self.allotted[held.owner] -= 0"),
    ),
    Fault(
        "enrolment is half open",
        Edit(
            REGISTRY,
            'assert block.timestamp <= s.deadline, "registry: late"\n    assert not enrolment',
            'assert block.timestamp < s.deadline, "registry: late"\n    assert not enrolment',
        ),
    ),
    Fault(
        "a submitter can solve its own task",
        Edit(REGISTRY, 'assert msg.sender != s.submitter, "registry: submitter"', "pass"),
    ),
    Fault("one try more", Edit(REGISTRY, "s.tries >= parameters", "s.tries > parameters")),
    Fault(
        "a task that was accepted pays its deposit twice",
        Edit(REGISTRY, "    first: bool = not s.accepted\n", "    first: bool = False\n"),
    ),
    Fault(
        "the drawn verifier was drawn before",
        Edit(VERIFICATION, "excluded.append(self._verifier(keys.drawn(task, i, False)))", "pass"),
    ),
    Fault(
        "capacity is not given back",
        Edit(
            VERIFICATION,
            "Phase.ASSIGNED | Phase.REPORTING | Phase.REPORTED | Phase.FALLBACK\n    ):",
            "Phase.REPORTING | Phase.REPORTED | Phase.FALLBACK\n    ):",
        ),
    ),
    Fault(
        "a fallback may repeat the first report",
        Edit(VERIFICATION, 'assert digest != self._digest(first), "verification: same"', "pass"),
    ),
    Fault(
        "an error is forced half as often",
        Edit(VERIFICATION, "lot % parameters.WAD <", "lot % (2 * parameters.WAD) <"),
    ),
    Fault(
        "a report is final with games open",
        Edit(VERIFICATION, "        and staticcall IArbitration(ARBITRATION).open_games(report) == 0\n", ""),
    ),
    Fault(
        "what is withheld pays an excess to the verifier",
        Edit(SETTLEMENT, "    paid: uint256 = to_verifier\n", "    paid: uint256 = to_verifier + kept\n"),
    ),
    Fault(
        "decliners keep all of their deposit",
        Edit(SETTLEMENT, "returned=deposit - fee,", "returned=deposit - fee // 2,"),
    ),
    Fault(
        "the pool has the whole tax",
        Edit(
            "libraries/parameters.vy",
            "return self.share(self.share(fee, PARAMETERS.tax), PARAMETERS.pool_share)",
            "return self.share(fee, PARAMETERS.tax)",
        ),
    ),
    Fault("a lot falls one place further", Edit("libraries/sum_tree.vy", "if rest >= value:", "if rest > value:")),
    Fault(
        "tickets count at once",
        Edit("libraries/sum_tree.vy", "    if epoch > last:\n        return", "    if epoch >= last:\n        return"),
    ),
    Fault("a nonce can be used again", Edit("libraries/bids.vy", "self.nonce_used[owner][nonce] = True", "pass")),
    Fault(
        "a signed state is superseded twice",
        Edit("Arbitration.vy", "self.superseded[dispute] = True", "pass"),
    ),
    Fault(
        "a task follows one that was not accepted",
        Edit(REGISTRY, "self._standing(parent).ending == ITaskRegistry.Ending.ACCEPTED", "parent != 0"),
    ),
    Fault(
        "a prize is closed in its last second",
        Edit(
            BOUNTY,
            'assert block.timestamp > deadline, "settlement: early"',
            'assert block.timestamp >= deadline, "settlement: early"',
        ),
    ),
]
