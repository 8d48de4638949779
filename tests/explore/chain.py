"""The dispute of the model, played on the contracts: each abstract move is a transaction, each state is read back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from eth_abi.abi import encode

from pinpoint.chain.client import PLACE_BITS
from pinpoint.commitment.tree import keccak
from pinpoint.dispute.moves import Move as Sent
from pinpoint.roles.whistleblower import seal
from tests.explore.accounts import Accounts
from tests.explore.deployed import SECRET, Chain, Seat
from tests.explore.task import SEGMENTS, Places, task
from tests.model.game import Dispute
from tests.model.law import Status
from tests.model.moves import Kind, Move
from tests.model.state import Claim, Content, Phase, Stage, State

SALT, SEAL, OTHER_ROOT = (keccak(name) for name in (b"salt", b"seal", b"another root"))
STATUS = {
    Status.SEALED: ("SEALED", "REVEALING"),
    Status.UNREVEALED: ("UNREVEALED",),
    Status.WAITING: ("WAITING",),
    Status.SILENT: ("WAITING",),
    Status.LIVE: ("DEFENDING", "CHALLENGING"),
    Status.DEFENDER_LATE: ("DEFENDER_LATE",),
    Status.CHALLENGER_LATE: ("CHALLENGER_LATE",),
    Status.FELL: ("FREED",),
    Status.DECIDED: ("OVER",),
}
"""What the contract calls a status."""
STATUSES = (
    "SEALED", "REVEALING", "UNREVEALED", "WAITING", "DEFENDING", "CHALLENGING",
    "DEFENDER_LATE", "CHALLENGER_LATE", "FREED", "OVER",
)  # fmt: skip
"""libraries/status, from the lowest bit."""


class Played:
    """A dispute of the model on the chain."""

    def __init__(self, chain: Chain, dispute: Dispute) -> None:
        """The report is given in this second.

        Raises:
            ValueError: if the model has other rules than the contracts.
        """
        if replace(dispute.rules, rejects=False) != chain.rules:
            raise ValueError(f"expected the rules of the contracts, got {dispute.rules}")
        self.chain, self.dispute, self.port = chain, dispute, chain.port
        made = task(dispute.rules.rejects)
        self.task = chain.begin(made)
        verifier = chain.assign(self.task)
        self.places = Places(dispute.tree, made, chain.client.samples(self.task))
        self.report = self.task << PLACE_BITS
        self.since = self.port.timestamp
        self._give(verifier, self.places.report.root, self.places.report.distances)
        self._calls: dict[Any, tuple[str, bytes]] = {}
        self._accounts = Accounts(chain, self.task, verifier)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside is undone at the end."""
        since = self.since
        with self.port.undone():
            yield
        self.since = since

    # Moves

    def play(self, seats: tuple[Seat, ...], state: State, move: Move) -> tuple[str | None, tuple[Seat, ...]]:
        """Send a move; why it was refused, or None, and the seats afterwards."""
        self.port.timestamp = self.since + state.now
        if move.kind is Kind.TICK:
            self.port.timestamp += 1
            return None, seats
        if move.kind is Kind.RESOLVE:
            self._resolve(Content(move.what))
            return None, seats
        user, contract, calldata = self._transaction(seats, state, move)
        refusal = self.port.attempt(self.chain.users[user], contract, calldata)
        if refusal is None and move.kind is Kind.COMMIT:
            [number] = self.port.words("Arbitration", self._call("Arbitration", "dispute_count"))
            seats = (*seats[: move.who], Seat(user, number), *seats[move.who + 1 :])
        if refusal is None and move.kind is Kind.SETTLE:
            self.since = self.port.timestamp
        return refusal, seats

    def _transaction(self, seats: tuple[Seat, ...], state: State, move: Move) -> tuple[str, str, bytes]:
        """Sender, contract and bytes."""
        seat, c = seats[move.who], state.challengers[move.who]
        dispute, own, stranger = seat.dispute, seat.user, "stranger"
        match move.kind:
            case Kind.COMMIT:
                commitment = self._commitment(own, Content(move.what))
                return own, "Arbitration", self._call("Arbitration", "commit_challenge", self.report, commitment)
            case Kind.REVEAL:
                sealed = self._sealed(own, c.content)
                return stranger, "Arbitration", self._call("Arbitration", "reveal_challenge", dispute, SALT, sealed)
            case Kind.SECRET:
                return stranger, "Verification", self._call("Verification", "open_secret", self.task, SECRET)
            case Kind.SILENCE:
                return stranger, "Verification", self._call("Verification", "time_out", self.task)
            case Kind.SETTLE:
                return stranger, "Settlement", self._call("Settlement", "settle", self.task)
            case Kind.CLOSE_BOUNTY:
                return stranger, "Settlement", self._call("Settlement", "close_prize", self.report)
            case Kind.OPEN:
                digest = self._digest(c.content)
                return stranger, "Settlement", self._call("Settlement", "open_report", dispute, digest, SEAL)
            case Kind.COLLECT:
                return stranger, "Settlement", self._call("Settlement", "collect", dispute)
            case Kind.TIME_OUT:
                return stranger, "Arbitration", self._call("Arbitration", "time_out", dispute)
            case Kind.CLOSE:
                return stranger, "Arbitration", self._call("Arbitration", "close", dispute)
            case Kind.SWEEP:
                named = tuple(seats[int(digit) - 1].dispute for digit in str(move.what))
                return stranger, "Arbitration", self._call("Arbitration", "sweep", named)
        sender = own if move.kind in (Kind.DESCEND, Kind.PROVE) else stranger
        key = (move.kind in (Kind.DESCEND, Kind.DESCEND_FOR), move.kind is Kind.SHOW, dispute, c.claim, move.what)
        if key not in self._calls:
            sent = self._sent(c.claim, move)
            self._calls[key] = sent.contract, self.port.calldata(sent.contract, sent.method, dispute, *sent.arguments)
        return sender, *self._calls[key]

    def _sent(self, claim: int, move: Move) -> Sent:
        if move.kind is Kind.SHOW:
            return self.places.show(claim)
        if move.kind in (Kind.DESCEND, Kind.DESCEND_FOR):
            return self.places.descend(claim, move.what)
        return self.places.prove(claim, move.what)

    def _call(self, contract: str, method: str, *arguments: Any) -> bytes:
        key = (contract, method, arguments)
        if key not in self._calls:
            self._calls[key] = contract, self.port.calldata(contract, method, *arguments)
        return self._calls[key][1]

    # What is sealed

    @property
    def _other_distances(self) -> list[int]:
        # It fails the solver where the right report does.
        return [int(self.dispute.rules.rejects)] * SEGMENTS

    def _digest(self, content: Content) -> bytes:
        if content is Content.OTHER:
            words = [sum(d << 32 * place for place, d in enumerate(self._other_distances)), 0]
            return keccak(OTHER_ROOT + b"".join(word.to_bytes(32, "big") for word in words))
        return self.places.report.digest if content is Content.SAME else self.places.honest.digest

    def _sealed(self, user: str, content: Content) -> bytes:
        owner = "victim" if content in (Content.STOLEN, Content.COPIED) else user
        return seal(self.task, self.chain.users[owner], self._digest(content), SEAL)

    def _commitment(self, user: str, content: Content) -> bytes:
        owner = self.chain.users["victim" if content is Content.COPIED else user]
        addresses = self.chain.client.deployment.addresses
        types = ["uint256", "address", "uint256", "address", "bytes32", "bytes32"]
        sealed = self._sealed(user, content)
        return keccak(encode(types, [self.port.chain_id(), addresses["Arbitration"], self.report, owner, SALT, sealed]))

    # What comes after the report fell

    def _give(self, verifier: str, root: bytes, distances: list[int]) -> None:
        self.chain.send(verifier, "Verification", "report", self.task, root, distances, keccak(b"fallback"))

    def _resolve(self, upheld: Content) -> None:
        chain, port, client = self.chain, self.port, self.chain.client
        if upheld is Content.NONE:
            port.mine(client.parameters.draw_delay + 1)
            chain.send("stranger", "Verification", "draw", self.task)
            drawn = chain.name_of(client.round(self.task).verifier)
            chain.send(drawn, "Verification", "report_unavailable", self.task)
            # Nobody reports in the open round.
            port.timestamp = client.round(self.task).deadline + client.parameters.reveal_window + 1
        else:
            verifier = chain.assign(self.task)
            honest = self.places.honest
            if upheld is Content.RIGHT:
                self._give(verifier, honest.root, honest.distances)
            else:
                self._give(verifier, OTHER_ROOT, self._other_distances)
            port.timestamp = client.report(client.round(self.task).report).reveal_end + 1
            chain.send(verifier, "Verification", "open_secret", self.task, SECRET)
        self.since = port.timestamp
        chain.send("stranger", "Settlement", "settle", self.task)

    # What the chain says

    def differences(self, seats: tuple[Seat, ...], state: State) -> list[str]:
        """In what the chain differs from a state of the model."""
        self.port.timestamp = self.since + state.now
        self.port.present()
        found = [*self._accounts.differences(seats, state), *self._of_report(state)]
        for who, seat in enumerate(seats):
            if seat.dispute:
                found += self._of_challenge(state, who, seat.dispute)
        return found

    def _words(self, contract: str, method: str, *arguments: Any) -> list[int]:
        return self.port.words(contract, self._call(contract, method, *arguments))

    def _of_report(self, state: State) -> Iterator[str]:
        *_, opened, standing = self._words("Verification", "report_of", self.report)
        if standing != (state.stage is Stage.STANDS):
            yield f"the report stands: {standing}"
        if state.stage is Stage.STANDS and opened != state.secret:
            yield f"the secret is open: {opened}"
        phases = [c.phase for c in state.challengers]
        [open_games] = self._words("Arbitration", "open_games", self.report)
        if state.stage is Stage.STANDS and open_games != phases.count(Phase.REVEALED):
            yield f"{open_games} open games"
        [revealed] = self._words("Arbitration", "revealed", self.report)
        if revealed != sum(phase not in (Phase.NONE, Phase.COMMITTED, Phase.FORFEITED) for phase in phases):
            yield f"{revealed} revealed"
        prize = self._words("Settlement", "claim_ends", self.task) + self._words("Settlement", "prize_of", self.report)
        ended = state.stage is Stage.SETTLED and state.fell
        rights = sum(c.opened is not Claim.SEALED for c in state.challengers)
        deadline = self.since + self.dispute.rules.claim if ended else 0
        if prize != [deadline, rights, state.total >= 0, state.each]:
            yield f"a bounty of {prize}"

    def _of_challenge(self, state: State, who: int, number: int) -> Iterator[str]:
        c, dispute = state.challengers[who], self.dispute
        *_, phase, _ = self._words("Arbitration", "challenge_of", number)
        if phase != c.phase:
            yield f"challenge {who} is in phase {phase}"
        [word] = self._words("Arbitration", "status_of", number)
        name = STATUSES[word.bit_length() - 1]
        status = dispute.status(state, who)
        if name not in STATUS[status]:
            yield f"challenge {who} is {name}"
        if c.phase is Phase.REVEALED and state.stage is Stage.STANDS:
            position = self.places.position(self.places.coordinates(c.claim))
            coordinates = (*position.coordinates, 0, 0, 0)[:3]
            *place, side, since, deadline = self._words("Arbitration", "game_of", number)
            claim, _, stage, level, index, _, _, *rest = place
            have = (claim, stage, level, index, *rest)
            if have != (int.from_bytes(position.claim), position.stage, position.level, position.index, *coordinates):
                yield f"game {who} is at {have}"
            last = min(dispute.deadline(c.clock), dispute.games_end)
            if (side, since - self.since, deadline - self.since) != (c.clock.side, c.clock.since, last):
                yield f"game {who} waits for {side} from {since - self.since} to {deadline - self.since}"
        opened = self._words("Settlement", "report_opened", number) + self._words("Settlement", "collected", number)
        if opened != [c.opened is not Claim.SEALED, c.opened is Claim.COLLECTED]:
            yield f"report {who} is opened, collected: {opened}"
