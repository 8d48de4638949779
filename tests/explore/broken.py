"""Contracts with one rule taken out, which the replay has to find."""

from __future__ import annotations

from dataclasses import dataclass

from tests.explore.edits import Edit

CLOCK, STATUS, BOUNTY = "libraries/clock.vy", "libraries/status.vy", "libraries/bounty.vy"
ARBITRATION, VERIFICATION = "Arbitration.vy", "Verification.vy"
COMMIT_END = "block.timestamp {} given.commit_end, \"arbitration: late\""
NO_FAULT = 'assert sender == self._challenger(dispute), "arbitration: no fault"'
FALL = "        self._fall(task, report, t, empty(address))\n"
NOT_OPENED = '        assert not t.opened, "verification: opened"\n'
CHILDREN = '    assert node == p.claim, "descent: children"\n'
OPEN_GAMES = "        and staticcall IArbitration(ARBITRATION).open_games(report) == 0\n"


@dataclass(frozen=True)
class Broken:
    """A contract with a rule taken out."""

    name: str
    edit: Edit


BROKEN = [
    Broken("no least reply window", Edit(CLOCK, "+ max(left, reply)", "+ left + 0 * reply")),
    Broken("the challenger's time is free", Edit(CLOCK, "    challenger -= min(spent, challenger)\n", "")),
    Broken("the verifier loses at the absolute end", Edit(STATUS, "defending and deadline <= end:", "defending:")),
    Broken("half-open absolute end", Edit(STATUS, "deadline <= end:", "deadline < end:")),
    Broken("half-open games", Edit(STATUS, "now <= min(deadline, end):", "now < min(deadline, end):")),
    Broken("half-open reveals", Edit(STATUS, "now <= report.reveal_end:", "now < report.reveal_end:")),
    Broken("half-open commitments", Edit(ARBITRATION, COMMIT_END.format("<="), COMMIT_END.format("<"))),
    Broken("games outlive their report", Edit(STATUS, "if not report.standing:", "if now < 1:")),
    Broken("anybody loses a challenge", Edit(ARBITRATION, NO_FAULT, "")),
    Broken("aliases cost nothing", Edit(BOUNTY, "(total >> (members - 1)) // members", "total // members")),
    Broken("the cost is paid twice", Edit("Settlement.vy", "kept=set_aside - cost,", "kept=set_aside,")),
    Broken("a secret that was opened is silence", Edit(VERIFICATION, NOT_OPENED + FALL, FALL)),
    Broken("children without a hash", Edit("libraries/descent.vy", CHILDREN, "")),
    Broken("games are forgotten", Edit(VERIFICATION, OPEN_GAMES, "")),
]
