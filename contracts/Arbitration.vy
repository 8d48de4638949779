# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Arbitration: challenges, descents and clocks
@license AGPL-3.0-only
@notice A challenge is committed, revealed, and then played against the
        verifier's report. The game goes down the report's one tree to a place
        where the report is wrong by itself, and the Referee computes what
        should stand there. It says who lost; money is Settlement's.

        commit, reveal | secret | game: the verifier shows, the challenger
        descends, in turns, until a fault is proved or a clock runs out

        The verifier is on the clock first, to show what is below the report's
        root. Whoever knows enough need not wait: a fault can be proved at any
        time, in one transaction from the root. Moves count up to and including
        a deadline; from the second after, anybody may call `time_out`. Every
        descent goes down, so a game has few moves; at its absolute end the
        challenger has lost, and an honest one is done before.

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
from .libraries import geometry
from .libraries import keys
from .libraries import parameters
from .libraries import tree

implements: IArbitration

initializes: parameters
exports: parameters.PARAMETERS


event ChallengeCommitted:
    dispute: indexed(uint256)
    task: indexed(uint256)
    challenger: indexed(address)
    round: uint256
    commitment: bytes32


event ChallengeRevealed:
    dispute: indexed(uint256)
    task: indexed(uint256)
    challenger: indexed(address)
    sealed: bytes32


event Descended:
    dispute: indexed(uint256)
    claim: bytes32
    position: uint256
    deadline: uint256


event ChildrenShown:
    dispute: indexed(uint256)
    kind: uint256
    count: uint256
    children: DynArray[bytes32, 16]
    deadline: uint256


event LeafShown:
    dispute: indexed(uint256)
    words: DynArray[uint256, tree.MAX_WORDS]
    deadline: uint256


event ChallengeDecided:
    dispute: indexed(uint256)
    task: indexed(uint256)
    challenger: indexed(address)
    phase: IArbitration.Phase
    timed_out: bool


event ChallengeClosed:
    dispute: indexed(uint256)
    task: indexed(uint256)
    revealed: bool


struct Game:
    claim: bytes32
    trace: bytes32
    position: uint256
    clock: uint256


STAKING: public(immutable(address))
REGISTRY: public(immutable(address))
VERIFICATION: public(immutable(address))
SETTLEMENT: public(immutable(address))
VALUE_JUDGE: public(immutable(address))
ROOT_JUDGE: public(immutable(address))

dispute_count: public(uint256)
challenges: public(HashMap[uint256, IArbitration.Challenge])
games: HashMap[uint256, Game]
revealed: public(HashMap[uint256, HashMap[uint256, uint256]])
open_games: public(HashMap[uint256, HashMap[uint256, uint256]])


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
    parameters.__init__(p)


# Challenger


@external
def commit_challenge(task: uint256, commitment: bytes32) -> uint256:
    """
    @notice Challenge the report of a task, sealed; locks the flat bond. See
            `commitment_of` for what is committed to.
    """
    report: IVerification.Report = self._report(task)
    assert block.timestamp <= report.commit_end, "arbitration: late"
    assert commitment != empty(bytes32), "arbitration: commitment"
    self.dispute_count += 1
    dispute: uint256 = self.dispute_count
    self.challenges[dispute].task = task
    self.challenges[dispute].round = report.round
    self.challenges[dispute].challenger = msg.sender
    self.challenges[dispute].phase = IArbitration.Phase.COMMITTED
    self.challenges[dispute].sealed = commitment
    log ChallengeCommitted(
        dispute=dispute,
        task=task,
        challenger=msg.sender,
        round=report.round,
        commitment=commitment,
    )
    extcall IStaking(STAKING).lock(
        keys.bond(dispute), msg.sender, parameters.PARAMETERS.challenge_bond
    )
    return dispute


@external
def reveal_challenge(dispute: uint256, salt: bytes32, sealed: bytes32):
    """
    @notice Reveal a commitment. The challenger's own report stays inside
            `sealed` until its task has ended.
    """
    challenge: IArbitration.Challenge = self.challenges[dispute]
    assert (
        challenge.phase == IArbitration.Phase.COMMITTED
    ), "arbitration: phase"
    report: IVerification.Report = self._report(challenge.task)
    assert report.round == challenge.round, "arbitration: round"
    assert block.timestamp > report.commit_end, "arbitration: early"
    assert block.timestamp <= report.reveal_end, "arbitration: late"
    assert challenge.sealed == self._commitment(
        challenge.task, challenge.round, challenge.challenger, salt, sealed
    ), "arbitration: commitment"
    self.challenges[dispute].phase = IArbitration.Phase.REVEALED
    self.challenges[dispute].sealed = sealed
    self.challenges[dispute].challenged = report.digest
    self.revealed[challenge.task][challenge.round] += 1
    self.open_games[challenge.task][challenge.round] += 1
    start: descent.Position = descent.start(report.root)
    self.games[dispute].claim = report.root
    self.games[dispute].position = descent.pack(start)
    # The game begins when the secret's phase is over.
    self.games[dispute].clock = clock.start(
        parameters.PARAMETERS.clock_budget, report.secret_end
    )
    log ChallengeRevealed(
        dispute=dispute,
        task=challenge.task,
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
    challenge: IArbitration.Challenge = self.challenges[dispute]
    assert msg.sender == challenge.challenger, "arbitration: challenger"
    self._check_live(dispute, challenge)
    state: uint256 = self.games[dispute].clock
    assert clock.side(state) == clock.CHALLENGER, "arbitration: turn"
    g: geometry.Geometry = self._geometry(challenge.task)
    p: descent.Position = self._position(dispute)
    for leg: descent.Descent in legs:
        p = descent.descend(p, leg, g)
    # Below a state's tensor there is nothing to show: that fault is proved.
    assert not descent.at_packed_tensor(p), "arbitration: bottom"
    self.games[dispute].claim = p.claim
    self.games[dispute].position = descent.pack(p)
    if p.trace != self.games[dispute].trace:
        self.games[dispute].trace = p.trace
    deadline: uint256 = self._press(dispute, state)
    log Descended(
        dispute=dispute,
        claim=p.claim,
        position=descent.pack(p),
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
    challenge: IArbitration.Challenge = self.challenges[dispute]
    state: uint256 = self._check_defence(dispute, challenge)
    descent.check_children(
        self._position(dispute),
        kind,
        count,
        children,
        self._geometry(challenge.task),
    )
    deadline: uint256 = self._press(dispute, state)
    log ChildrenShown(
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
    challenge: IArbitration.Challenge = self.challenges[dispute]
    state: uint256 = self._check_defence(dispute, challenge)
    p: descent.Position = self._position(dispute)
    assert (
        p.stage == descent.OUTPUT and p.level == 0
    ), "arbitration: position"
    assert tree.hash_leaf(words) == p.claim, "arbitration: leaf"
    deadline: uint256 = self._press(dispute, state)
    log LeafShown(dispute=dispute, words=words, deadline=deadline)


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
    challenge: IArbitration.Challenge = self.challenges[dispute]
    report: IVerification.Report = self._check_live(dispute, challenge)
    if faulty:
        self._convict(dispute, challenge, False)
        return
    assert sender == challenge.challenger, "arbitration: no fault"
    self._acquit(dispute, challenge, report.verifier, False)


# Anybody


@external
def time_out(dispute: uint256):
    """
    @notice The side on the clock has not moved in time, and loses. If the
            game's absolute end came first, the challenger does.
    """
    challenge: IArbitration.Challenge = self.challenges[dispute]
    report: IVerification.Report = self._check_game(challenge)
    state: uint256 = self.games[dispute].clock
    deadline: uint256 = clock.deadline(
        state, parameters.PARAMETERS.reply_window
    )
    end: uint256 = report.secret_end + parameters.game_window()
    assert block.timestamp > min(deadline, end), "arbitration: early"
    if clock.side(state) == clock.DEFENDER and deadline <= end:
        self._convict(dispute, challenge, True)
    else:
        self._acquit(dispute, challenge, report.verifier, True)


@external
def close(dispute: uint256):
    """
    @notice Close a challenge that can have no verdict of its own: one never
            revealed, whose bond is burnt, or one whose report was overturned
            otherwise, whose bond goes back.
    """
    challenge: IArbitration.Challenge = self.challenges[dispute]
    standing: bool = staticcall IVerification(VERIFICATION).is_reported(
        challenge.task, challenge.round
    )
    hidden: bool = challenge.phase == IArbitration.Phase.COMMITTED
    assert (
        hidden or challenge.phase == IArbitration.Phase.REVEALED
    ), "arbitration: phase"
    if standing:
        assert hidden, "arbitration: open"
        assert (
            block.timestamp > self._report(challenge.task).reveal_end
        ), "arbitration: early"
    self.challenges[dispute].phase = IArbitration.Phase.CLOSED
    log ChallengeClosed(
        dispute=dispute, task=challenge.task, revealed=not hidden
    )
    if hidden:
        extcall ISettlement(SETTLEMENT).bond_burnt(dispute)
    else:
        extcall ISettlement(SETTLEMENT).bond_returned(dispute)


# Views


@view
@external
def commitment_of(
    task: uint256,
    round: uint256,
    challenger: address,
    salt: bytes32,
    sealed: bytes32,
) -> bytes32:
    """
    @notice What to commit to. `sealed` is keccak256(task, challenger, digest
            of the challenger's own report, another salt), 32 bytes each; a
            digest is keccak256(root, distances), packed as in Verification.
    """
    return self._commitment(task, round, challenger, salt, sealed)


@view
@external
def game_of(dispute: uint256) -> (descent.Position, uint256, uint256):
    """
    @return Position, side on the clock (0 challenger, 1 verifier), and the
            last second in which it may move.
    """
    state: uint256 = self.games[dispute].clock
    return (
        self._position(dispute),
        clock.side(state),
        clock.deadline(state, parameters.PARAMETERS.reply_window),
    )


@view
@external
def live_game(dispute: uint256) -> IArbitration.LiveGame:
    """
    @notice The game as the judges need it; reverts if no move counts now.
    """
    challenge: IArbitration.Challenge = self.challenges[dispute]
    report: IVerification.Report = self._check_live(dispute, challenge)
    return IArbitration.LiveGame(
        task=challenge.task,
        report_root=report.root,
        claim=self.games[dispute].claim,
        trace=self.games[dispute].trace,
        position=self.games[dispute].position,
    )


@view
@external
def game_window() -> uint256:
    """
    @notice Longest duration of a game, in seconds.
    """
    return parameters.game_window()


# Internal


@internal
@view
def _commitment(
    task: uint256,
    round: uint256,
    challenger: address,
    salt: bytes32,
    sealed: bytes32,
) -> bytes32:
    # Bound to everything, so that a copy opens nothing (rule 20).
    return keccak256(
        abi_encode(
            chain.id, self, task, round, challenger, salt, sealed
        )
    )


@internal
@view
def _report(task: uint256) -> IVerification.Report:
    return staticcall IVerification(VERIFICATION).report_of(task)


@internal
@view
def _geometry(task: uint256) -> geometry.Geometry:
    return geometry.unpack(
        staticcall ITaskRegistry(REGISTRY).geometry_of(task)
    )


@internal
@view
def _position(dispute: uint256) -> descent.Position:
    return descent.unpack(
        self.games[dispute].position,
        self.games[dispute].claim,
        self.games[dispute].trace,
    )


@internal
@view
def _check_game(
    challenge: IArbitration.Challenge,
) -> IVerification.Report:
    # A game is on while its report stands and the secret has been opened.
    assert (
        challenge.phase == IArbitration.Phase.REVEALED
    ), "arbitration: phase"
    report: IVerification.Report = self._report(challenge.task)
    assert report.round == challenge.round, "arbitration: round"
    assert block.timestamp > report.secret_end, "arbitration: early"
    assert report.secret_opened, "arbitration: secret"
    return report


@internal
@view
def _check_live(
    dispute: uint256, challenge: IArbitration.Challenge
) -> IVerification.Report:
    report: IVerification.Report = self._check_game(challenge)
    assert block.timestamp <= min(
        clock.deadline(
            self.games[dispute].clock, parameters.PARAMETERS.reply_window
        ),
        report.secret_end + parameters.game_window(),
    ), "arbitration: late"
    return report


@internal
@view
def _check_defence(
    dispute: uint256, challenge: IArbitration.Challenge
) -> uint256:
    self._check_live(dispute, challenge)
    state: uint256 = self.games[dispute].clock
    assert clock.side(state) == clock.DEFENDER, "arbitration: turn"
    return state


@internal
def _press(dispute: uint256, state: uint256) -> uint256:
    pressed: uint256 = clock.press(state, block.timestamp)
    self.games[dispute].clock = pressed
    return clock.deadline(pressed, parameters.PARAMETERS.reply_window)


@internal
def _convict(
    dispute: uint256, challenge: IArbitration.Challenge, timed_out: bool
):
    self._end(dispute, challenge, IArbitration.Phase.WON, timed_out)
    extcall ISettlement(SETTLEMENT).bond_returned(dispute)
    extcall IVerification(VERIFICATION).overturn(
        challenge.task, challenge.round, challenge.challenger
    )


@internal
def _acquit(
    dispute: uint256,
    challenge: IArbitration.Challenge,
    verifier: address,
    timed_out: bool,
):
    self._end(dispute, challenge, IArbitration.Phase.LOST, timed_out)
    extcall ISettlement(SETTLEMENT).bond_lost(dispute, verifier)


@internal
def _end(
    dispute: uint256,
    challenge: IArbitration.Challenge,
    phase: IArbitration.Phase,
    timed_out: bool,
):
    self.challenges[dispute].phase = phase
    self.open_games[challenge.task][challenge.round] -= 1
    log ChallengeDecided(
        dispute=dispute,
        task=challenge.task,
        challenger=challenge.challenger,
        phase=phase,
        timed_out=timed_out,
    )
