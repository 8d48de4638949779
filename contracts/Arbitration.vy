# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Arbitration: challenges, descents and clocks
@license AGPL-3.0-only
@notice A challenge is committed, revealed, and then played against a report.
        The game goes down the report's one tree to a place where the report is
        wrong by itself, and the Referee computes what should stand there. It
        says who lost; money is Settlement's.

        commit, reveal | secret | game: the verifier shows, the challenger
        descends, in turns, until a fault is proved or a clock runs out

        The verifier is on the clock first, to show what is below the report's
        root. Whoever knows enough need not wait: a fault can be proved at any
        time, in one transaction from the root. Two who are online exchange
        their moves off chain, and post the last state that both have signed.
        Moves count up to and including a deadline; from the second after,
        anybody may call `time_out`. Every descent goes down, so a game has few
        moves; at its absolute end the challenger has lost, and an honest one is
        done before. Games of one report run side by side, and the first
        conviction ends it.

        Promises: 4 one honest challenger suffices, 6 a game is bounded,
        8 rewards are bound to the committed address, whoever sends the proof,
        10 whatever comes from calldata is bounded.
"""

from .interfaces import IArbitration
from .interfaces import IParameters
from .interfaces import ISettlement
from .interfaces import IStaking
from .interfaces import ITaskRegistry
from .interfaces import IVerification
from .libraries import clock
from .libraries import descent
from .libraries import game_parameters
from .libraries import games
from .libraries import geometry
from .libraries import keys
from .libraries import signature
from .libraries import signed_state
from .libraries import status
from .libraries import tree

implements: IArbitration

initializes: game_parameters
initializes: signed_state
exports: game_parameters.__interface__


# A game in which a move counts now.
struct Live:
    report: uint256
    claim: bytes32
    position: uint256
    clock: uint256
    # The last second of the game.
    end: uint256
    # Its report has fallen to another challenge.
    fallen: bool


# How many challenges one `sweep` looks at.
MAX_SWEPT: constant(uint256) = 64

STAKING: public(immutable(address))
REGISTRY: public(immutable(address))
VERIFICATION: public(immutable(address))
SETTLEMENT: public(immutable(address))
VALUE_JUDGE: public(immutable(address))
ROOT_JUDGE: public(immutable(address))

dispute_count: public(uint256)
# From the bottom: challenger 160 bits, report 48, phase 8.
challenge_words: HashMap[uint256, uint256]
# The commitment until it is revealed, the sealed report digest afterwards.
sealed: HashMap[uint256, bytes32]
# Zero as long as nobody has moved.
game_words: HashMap[uint256, uint256]
# Zero as long as the claim is the report's root.
claims: HashMap[uint256, bytes32]
traces: HashMap[uint256, bytes32]
# The number of the signed state that was posted last.
posted: public(HashMap[uint256, uint256])
superseded: public(HashMap[uint256, bool])
# By report.
tallies: HashMap[uint256, uint256]
# By task: open games of its open round.
batch_games: public(HashMap[uint256, uint256])


@deploy
def __init__(
    staking: address,
    registry: address,
    verification: address,
    settlement: address,
    value_judge: address,
    root_judge: address,
    p: IParameters.Parameters,
):
    for a: address in [
        staking, registry, verification, settlement, value_judge, root_judge
    ]:
        assert a != empty(address), "arbitration: address"
    STAKING = staking
    REGISTRY = registry
    VERIFICATION = verification
    SETTLEMENT = settlement
    VALUE_JUDGE = value_judge
    ROOT_JUDGE = root_judge
    game_parameters.__init__(p)
    signed_state.__init__()


# Challenger


@external
def commit_challenge(report: uint256, commitment: bytes32) -> uint256:
    """
    @notice Challenge a report, sealed; the flat bond is taken from the caller's
            stake. See `commitment_of` for what is committed to.
    """
    given: IVerification.Report = self._report(report)
    assert given.standing, "arbitration: fallen"
    assert block.timestamp <= given.commit_end, "arbitration: late"
    assert commitment != empty(bytes32), "arbitration: commitment"
    dispute: uint256 = self.dispute_count + 1
    self.dispute_count = dispute
    self._set(
        dispute, msg.sender, report, IArbitration.Phase.COMMITTED
    )
    self.sealed[dispute] = commitment
    log IArbitration.ChallengeCommitted(
        dispute=dispute,
        report=report,
        challenger=msg.sender,
        commitment=commitment,
    )
    extcall IStaking(STAKING).pledge(
        msg.sender, game_parameters.CHALLENGE_BOND
    )
    return dispute


@external
def reveal_challenge(dispute: uint256, salt: bytes32, sealed: bytes32):
    """
    @notice Reveal a commitment. The challenger's own report stays inside
            `sealed` until its task has ended.
    """
    challenge: IArbitration.Challenge = self._challenge(dispute)
    assert (
        challenge.phase == IArbitration.Phase.COMMITTED
    ), "arbitration: phase"
    given: IVerification.Report = self._report(challenge.report)
    assert block.timestamp > given.commit_end, "arbitration: early"
    assert block.timestamp <= given.reveal_end, "arbitration: late"
    assert challenge.sealed == self._commitment(
        challenge.report, challenge.challenger, salt, sealed
    ), "arbitration: commitment"
    self._set(
        dispute,
        challenge.challenger,
        challenge.report,
        IArbitration.Phase.REVEALED,
    )
    self.sealed[dispute] = sealed
    tally: games.Tally = self._tally(challenge.report)
    if tally.revealed == 0:
        # The games begin when the secret's phase is over.
        tally.start = given.secret_end
        tally.budget = game_parameters.budget(
            staticcall ITaskRegistry(REGISTRY).segment_units(challenge.task)
        )
    tally.revealed += 1
    tally.open += 1
    self.tallies[challenge.report] = games.pack_tally(tally)
    if keys.is_open(challenge.report):
        self.batch_games[challenge.task] += 1
    log IArbitration.ChallengeRevealed(
        dispute=dispute,
        report=challenge.report,
        challenger=challenge.challenger,
        sealed=sealed,
    )


@external
def descend(
    dispute: uint256, legs: DynArray[descent.Descent, descent.MAX_LEGS]
):
    """
    @notice The challenger, on the clock, names a place further down, and so
            asks the verifier to show what is below it.
    """
    assert len(legs) != 0, "arbitration: legs"
    live: Live = self._live(dispute)
    assert msg.sender == self._challenger(dispute), "arbitration: challenger"
    assert (
        clock.side(live.clock) == clock.CHALLENGER
    ), "arbitration: turn"
    before: bytes32 = empty(bytes32)
    p: descent.Position = descent.unpack(live.position, live.claim, before)
    g: geometry.Geometry = empty(geometry.Geometry)
    if len(legs) > 1 or descent.needs_geometry(live.position):
        g = self._geometry(live.report)
    for leg: descent.Descent in legs:
        p = descent.descend(p, leg, g)
    # Below a state's tensor there is nothing to show: that fault is proved.
    assert not descent.at_packed_tensor(p), "arbitration: bottom"
    self.claims[dispute] = p.claim
    if p.trace != before:
        self.traces[dispute] = p.trace
    live.position = descent.pack(p)
    deadline: uint256 = self._press(dispute, live)
    log IArbitration.Descended(
        dispute=dispute,
        claim=p.claim,
        position=live.position,
        deadline=deadline,
    )


# Verifier


@external
def show_children(
    dispute: uint256,
    kind: uint256,
    count: uint256,
    children: DynArray[bytes32, 16],
):
    """
    @notice Show all that is two levels below the claim (one, where there are
            no two). Hashes prove it, so anybody may send it.
    @param kind Of the tree below, where the claim is the root of a node's
           output; else ignored. Likewise `count`, its leaves.
    """
    live: Live = self._defence(dispute)
    g: geometry.Geometry = empty(geometry.Geometry)
    if descent.needs_geometry(live.position):
        g = self._geometry(live.report)
    descent.check_children(
        descent.unpack(live.position, live.claim, empty(bytes32)),
        kind,
        count,
        children,
        g,
    )
    deadline: uint256 = self._press(dispute, live)
    log IArbitration.ChildrenShown(
        dispute=dispute,
        kind=kind,
        count=count,
        children=children,
        deadline=deadline,
    )


@external
def show_leaf(dispute: uint256, words: DynArray[uint256, tree.MAX_WORDS]):
    """
    @notice Show the words of the leaf that the game has come to.
    """
    live: Live = self._defence(dispute)
    p: descent.Position = descent.unpack(
        live.position, live.claim, empty(bytes32)
    )
    assert (
        p.stage == descent.OUTPUT and p.level == 0
    ), "arbitration: position"
    assert tree.hash_leaf(words) == p.claim, "arbitration: leaf"
    deadline: uint256 = self._press(dispute, live)
    log IArbitration.LeafShown(
        dispute=dispute, words=words, deadline=deadline
    )


# Two who exchange their moves off chain


@external
def post_state(
    dispute: uint256,
    state: signed_state.SignedState,
    by_challenger: Bytes[signature.MAX_SIGNATURE],
    by_verifier: Bytes[signature.MAX_SIGNATURE],
):
    """
    @notice Go on from the last state that both sides signed. Counts as long as
            nobody has moved on chain. The game then rests for one reply
            window, in which a state of a higher number supersedes this one,
            once. Clocks only fall: what has passed on chain is the verifier's,
            whose turn it was. Anybody may send it.
    @dev Not in the open round, where one signs for others, too.
    """
    challenge: IArbitration.Challenge = self._challenge(dispute)
    given: IVerification.Report = self._report(challenge.report)
    live: Live = empty(Live)
    since: uint256 = block.timestamp
    if self.posted[dispute] == 0:
        assert self.game_words[dispute] == 0, "arbitration: moved"
        live = self._live(dispute)
        live.clock = clock.press(live.clock, block.timestamp)
        since += game_parameters.REPLY_WINDOW
    else:
        live = self._game(dispute)
        assert self.game_words[dispute] != 0, "arbitration: phase"
        assert given.standing, "arbitration: fallen"
        assert not self.superseded[dispute], "arbitration: superseded"
        assert (
            block.timestamp < clock.since(live.clock)
        ), "arbitration: late"
        self.superseded[dispute] = True
    assert not keys.is_open(live.report), "arbitration: open round"
    assert state.dispute == dispute, "arbitration: dispute"
    assert state.number > self.posted[dispute], "arbitration: stale"
    assert state.position <= games.POSITION, "arbitration: position"
    assert state.side <= clock.DEFENDER, "arbitration: side"
    digest: bytes32 = signed_state.hash(state)
    assert signature.signed_by(
        challenge.challenger, digest, by_challenger
    ), "arbitration: challenger"
    assert signature.signed_by(
        given.verifier, digest, by_verifier
    ), "arbitration: verifier"
    state_clock: uint256 = clock.pack(
        state.side,
        min(state.defender_left, clock.defender_left(live.clock)),
        min(state.challenger_left, clock.challenger_left(live.clock)),
        since,
    )
    self.posted[dispute] = state.number
    self.claims[dispute] = state.claim
    self.traces[dispute] = state.trace
    self.game_words[dispute] = games.pack(
        games.Game(
            report=live.report, position=state.position, clock=state_clock
        )
    )
    log IArbitration.StatePosted(
        dispute=dispute,
        number=state.number,
        claim=state.claim,
        position=state.position,
        deadline=min(self._deadline(state_clock), live.end),
    )


@external
def convict_conflict(
    dispute: uint256,
    first: signed_state.SignedState,
    second: signed_state.SignedState,
    by_first: Bytes[signature.MAX_SIGNATURE],
    by_second: Bytes[signature.MAX_SIGNATURE],
):
    """
    @notice Whoever signed two different states of one number loses. Anybody may
            send it.
    """
    assert self._status(dispute) in (
        status.Status.DEFENDING | status.Status.CHALLENGING
    ), "arbitration: phase"
    challenge: IArbitration.Challenge = self._challenge(dispute)
    assert not keys.is_open(challenge.report), "arbitration: open round"
    assert (
        first.dispute == dispute and second.dispute == dispute
    ), "arbitration: dispute"
    assert first.number == second.number, "arbitration: number"
    one: bytes32 = signed_state.hash(first)
    other: bytes32 = signed_state.hash(second)
    assert one != other, "arbitration: same"
    verifier: address = self._report(challenge.report).verifier
    if signature.signed_by(
        verifier, one, by_first
    ) and signature.signed_by(verifier, other, by_second):
        self._convict(dispute, IArbitration.Reason.CONFLICT)
        return
    assert signature.signed_by(
        challenge.challenger, one, by_first
    ) and signature.signed_by(
        challenge.challenger, other, by_second
    ), "arbitration: signature"
    self._acquit(dispute, IArbitration.Reason.CONFLICT)


# The judges


@external
def decide(dispute: uint256, sender: address, faulty: bool):
    """
    @notice What a proof sent by `sender` has shown. Anybody may prove a fault
            on the challenger's behalf. A proof that shows the report to be
            right loses the challenge if the challenger sent it, and is
            refused if somebody else did. Judges only.
    """
    assert msg.sender in [VALUE_JUDGE, ROOT_JUDGE], "arbitration: caller"
    self._live(dispute)
    if faulty:
        self._convict(dispute, IArbitration.Reason.PROOF)
        return
    assert sender == self._challenger(dispute), "arbitration: no fault"
    self._acquit(dispute, IArbitration.Reason.PROOF)


# Anybody


@external
def time_out(dispute: uint256):
    """
    @notice The side on the clock has not moved in time, and loses. If the
            game's absolute end came first, the challenger does.
    """
    now: status.Status = self._status(dispute)
    assert now in (
        status.Status.DEFENDER_LATE | status.Status.CHALLENGER_LATE
    ), "arbitration: early"
    self._exit(dispute, now)


@external
def close(dispute: uint256):
    """
    @notice Close a challenge that can have no verdict of its own: one never
            revealed, whose bond is burnt, or one whose report was overturned
            otherwise, whose bond goes back.
    """
    now: status.Status = self._status(dispute)
    assert now in (
        status.Status.UNREVEALED | status.Status.FREED
    ), "arbitration: open"
    self._exit(dispute, now)


@external
def sweep(disputes: DynArray[uint256, MAX_SWEPT]):
    """
    @notice Take whatever exit is due for each of these, and leave the others as
            they are; naming one twice does nothing more.
    """
    for dispute: uint256 in disputes:
        self._exit(dispute, self._status(dispute))


# Views


@view
@external
def commitment_of(
    report: uint256, challenger: address, salt: bytes32, sealed: bytes32
) -> bytes32:
    """
    @notice What to commit to. `sealed` is keccak256(task, challenger, digest
            of the challenger's own report, another salt), 32 bytes each; a
            digest is keccak256(root, distances), packed as in Verification.
    """
    return self._commitment(report, challenger, salt, sealed)


@view
@external
@reentrant
def challenge_of(dispute: uint256) -> IArbitration.Challenge:
    return self._challenge(dispute)


@view
@external
def revealed(report: uint256) -> uint256:
    """
    @notice How many challenges of this report have been revealed.
    """
    return self._tally(report).revealed


@view
@external
def open_games(report: uint256) -> uint256:
    """
    @notice How many of them have no verdict yet.
    """
    return self._tally(report).open


@view
@external
def status_of(dispute: uint256) -> status.Status:
    """
    @notice Where a challenge stands now.
    """
    return self._status(dispute)


@view
@external
def game_of(dispute: uint256) -> (descent.Position, uint256, uint256, uint256):
    """
    @return Position, side on the clock (0 challenger, 1 verifier), and the
            first and the last second in which it may move.
    """
    game: Live = self._game(dispute)
    return (
        descent.unpack(game.position, game.claim, self.traces[dispute]),
        clock.side(game.clock),
        clock.since(game.clock),
        min(self._deadline(game.clock), game.end),
    )


@view
@external
def live_game(dispute: uint256) -> IArbitration.LiveGame:
    """
    @notice The game as the judges need it; reverts if no move counts now.
    """
    live: Live = self._live(dispute)
    return IArbitration.LiveGame(
        report=live.report,
        report_root=self._report(live.report).root,
        claim=live.claim,
        trace=self.traces[dispute],
        position=live.position,
    )


# Internal


@internal
@view
def _commitment(
    report: uint256, challenger: address, salt: bytes32, sealed: bytes32
) -> bytes32:
    # Bound to everything, so that a copy opens nothing (rule 20).
    return keccak256(
        abi_encode(chain.id, self, report, challenger, salt, sealed)
    )


@internal
@view
def _report(report: uint256) -> IVerification.Report:
    return staticcall IVerification(VERIFICATION).report_of(report)


@internal
@view
def _geometry(report: uint256) -> geometry.Geometry:
    return geometry.unpack(
        staticcall ITaskRegistry(REGISTRY).geometry_of(keys.task_of(report))
    )


@internal
def _set(
    dispute: uint256,
    challenger: address,
    report: uint256,
    phase: IArbitration.Phase,
):
    self.challenge_words[dispute] = (
        convert(challenger, uint256)
        | (report << 160)
        | (convert(phase, uint256) << 208)
    )


@internal
@view
def _challenger(dispute: uint256) -> address:
    return convert(
        self.challenge_words[dispute] & (2**160 - 1), address
    )


@internal
@view
def _challenge(dispute: uint256) -> IArbitration.Challenge:
    word: uint256 = self.challenge_words[dispute]
    report: uint256 = (word >> 160) & (2**48 - 1)
    return IArbitration.Challenge(
        task=keys.task_of(report),
        report=report,
        challenger=convert(word & (2**160 - 1), address),
        phase=convert(word >> 208, IArbitration.Phase),
        sealed=self.sealed[dispute],
    )


@internal
@view
def _tally(report: uint256) -> games.Tally:
    return games.unpack_tally(self.tallies[report])


@internal
@view
def _deadline(state: uint256) -> uint256:
    return clock.deadline(state, game_parameters.REPLY_WINDOW)


@internal
@view
def _game(dispute: uint256) -> Live:
    # As it stands, or as it will begin.
    word: uint256 = self.game_words[dispute]
    if word == 0:
        report: uint256 = self._challenge(dispute).report
        return self._beginning(report, self._report(report).root)
    game: games.Game = games.unpack(word)
    claim: bytes32 = self.claims[dispute]
    if claim == empty(bytes32):
        claim = self._report(game.report).root
    tally: games.Tally = self._tally(game.report)
    return Live(
        report=game.report,
        claim=claim,
        position=game.position,
        clock=game.clock,
        end=tally.start + game_parameters.game_window(tally.budget),
        fallen=tally.fallen,
    )


@internal
@view
def _beginning(report: uint256, root: bytes32) -> Live:
    tally: games.Tally = self._tally(report)
    return Live(
        report=report,
        claim=root,
        position=descent.pack(descent.start(empty(bytes32))),
        clock=clock.start(tally.budget, tally.start),
        end=tally.start + game_parameters.game_window(tally.budget),
        fallen=tally.fallen,
    )


@internal
@view
def _live(dispute: uint256) -> Live:
    live: Live = empty(Live)
    if self.game_words[dispute] != 0:
        live = self._game(dispute)
    else:
        # A game begins when it has been revealed, and the secret is open.
        challenge: IArbitration.Challenge = self._challenge(dispute)
        assert (
            challenge.phase == IArbitration.Phase.REVEALED
        ), "arbitration: phase"
        given: IVerification.Report = self._report(challenge.report)
        assert given.standing, "arbitration: fallen"
        assert block.timestamp > given.secret_end, "arbitration: early"
        assert given.secret_opened, "arbitration: secret"
        live = self._beginning(challenge.report, given.root)
    assert not live.fallen, "arbitration: fallen"
    assert (
        block.timestamp >= clock.since(live.clock)
    ), "arbitration: early"
    assert (
        block.timestamp <= min(self._deadline(live.clock), live.end)
    ), "arbitration: late"
    return live


@internal
@view
def _defence(dispute: uint256) -> Live:
    live: Live = self._live(dispute)
    assert clock.side(live.clock) == clock.DEFENDER, "arbitration: turn"
    return live


@internal
def _press(dispute: uint256, live: Live) -> uint256:
    pressed: uint256 = clock.press(live.clock, block.timestamp)
    self.game_words[dispute] = games.pack(
        games.Game(
            report=live.report, position=live.position, clock=pressed
        )
    )
    return min(self._deadline(pressed), live.end)


@internal
@view
def _status(dispute: uint256) -> status.Status:
    challenge: IArbitration.Challenge = self._challenge(dispute)
    if challenge.phase not in (
        IArbitration.Phase.COMMITTED | IArbitration.Phase.REVEALED
    ):
        return status.Status.OVER
    game: Live = self._game(dispute)
    return status.of(
        challenge.phase,
        self._report(challenge.report),
        game.clock,
        game_parameters.REPLY_WINDOW,
        game.end,
        block.timestamp,
    )


@internal
def _exit(dispute: uint256, now: status.Status):
    if now == status.Status.DEFENDER_LATE:
        self._convict(dispute, IArbitration.Reason.TIME)
    elif now == status.Status.CHALLENGER_LATE:
        self._acquit(dispute, IArbitration.Reason.TIME)
    elif now == status.Status.UNREVEALED:
        self._close(dispute, IArbitration.Phase.FORFEITED)
    elif now == status.Status.FREED:
        self._close(dispute, IArbitration.Phase.CLOSED)


@internal
def _close(dispute: uint256, phase: IArbitration.Phase):
    challenge: IArbitration.Challenge = self._challenge(dispute)
    revealed: bool = phase == IArbitration.Phase.CLOSED
    self._set(dispute, challenge.challenger, challenge.report, phase)
    self.game_words[dispute] = 0
    log IArbitration.ChallengeClosed(
        dispute=dispute, report=challenge.report, revealed=revealed
    )
    if revealed:
        extcall ISettlement(SETTLEMENT).bond_returned(challenge.challenger)
    else:
        extcall ISettlement(SETTLEMENT).bond_burnt(challenge.challenger)


@internal
def _convict(dispute: uint256, reason: IArbitration.Reason):
    challenge: IArbitration.Challenge = self._challenge(dispute)
    tally: games.Tally = self._tally(challenge.report)
    if keys.is_open(challenge.report):
        # The other games of a report end with it.
        self.batch_games[challenge.task] -= tally.open
    tally.open -= 1
    tally.fallen = True
    self._end(
        dispute, challenge, tally, IArbitration.Phase.WON, reason
    )
    extcall ISettlement(SETTLEMENT).bond_returned(challenge.challenger)
    extcall IVerification(VERIFICATION).overturn(
        challenge.report, challenge.challenger
    )


@internal
def _acquit(dispute: uint256, reason: IArbitration.Reason):
    challenge: IArbitration.Challenge = self._challenge(dispute)
    tally: games.Tally = self._tally(challenge.report)
    if keys.is_open(challenge.report):
        self.batch_games[challenge.task] -= 1
    tally.open -= 1
    self._end(
        dispute, challenge, tally, IArbitration.Phase.LOST, reason
    )
    extcall ISettlement(SETTLEMENT).bond_lost(
        challenge.challenger,
        staticcall IVerification(VERIFICATION).verifier_of(challenge.report),
    )


@internal
def _end(
    dispute: uint256,
    challenge: IArbitration.Challenge,
    tally: games.Tally,
    phase: IArbitration.Phase,
    reason: IArbitration.Reason,
):
    self._set(dispute, challenge.challenger, challenge.report, phase)
    self.tallies[challenge.report] = games.pack_tally(tally)
    self.game_words[dispute] = 0
    log IArbitration.ChallengeDecided(
        dispute=dispute,
        report=challenge.report,
        challenger=challenge.challenger,
        phase=phase,
        reason=reason,
    )
