"""What a deployment and a task fix: windows in ticks, amounts in base units."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """The numbers of the game.

    Attributes:
        commit: ticks from the report to the last one for commitments; then `reveal` and `secret`.
        budget: of each side's clock.
        reply: least time for a reply.
        turns: replies in the games' bound.
        claim: ticks to open sealed reports after the end.
        bond: flat, of a challenge.
        cost: of a challenge: paid to who was challenged wrongly, or who convicts.
        fee, verifier_fee, tax: the escrow.
        verifier_deposit: what a conviction takes.
        bounty: part of it that is set aside for right sealed reports.
        solver_deposit: what a rejection takes.
        submitter_share, verifier_share, solver_bounty: parts of it, in base units.
        rejects: whether a right report fails the solver.
    """

    commit: int = 1
    reveal: int = 1
    secret: int = 1
    budget: int = 2
    reply: int = 1
    turns: int = 4
    claim: int = 1
    bond: int = 10
    cost: int = 4
    fee: int = 50
    verifier_fee: int = 20
    tax: int = 3
    verifier_deposit: int = 101
    bounty: int = 50
    solver_deposit: int = 107
    submitter_share: int = 32
    verifier_share: int = 21
    solver_bounty: int = 11
    rejects: bool = False

    @property
    def commit_end(self) -> int:
        """Last tick for commitments; the report is given at 0."""
        return self.commit

    @property
    def reveal_end(self) -> int:
        """Last tick for reveals."""
        return self.commit_end + self.reveal

    @property
    def secret_end(self) -> int:
        """Last tick for the secret."""
        return self.reveal_end + self.secret

    @property
    def games_end(self) -> int:
        """Last tick of any game, however many there are (promise 6)."""
        return self.secret_end + 2 * self.budget + self.turns * self.reply

    @property
    def escrow(self) -> int:
        """What the submitter paid."""
        return self.fee + self.verifier_fee + self.tax
