# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Availability: data that were asked for are posted, or the solver loses
@license AGPL-3.0-only
@notice While a verifier waits (Verification.asking), anybody may ask for
        chunks of the sampled checkpoints, of the final one, and of the sampled
        steps' batches. The solver posts each once, whole, as an event, and
        earns what was paid for it; if time runs out, the task ends as one
        whose data were withheld.

            asks           posting, in proportion to the bytes asked
        |-----------|--------------------------|
                 ask_end    ask_end + posting_time(task, round)

        A move counts up to and including its last second, the exit from the
        second after.
        Promises: 3 what an honest solver is asked for it can post, 4 whoever
        is awake can have the data, 5 data that stay away end the task. Attacks:
        A6, A24.
"""

from .interfaces import IAvailability
from .interfaces import IParameters
from .interfaces import ISettlement
from .interfaces import IStaking
from .interfaces import ITaskRegistry
from .interfaces import IVerification
from .libraries import chunks
from .libraries import evidence
from .libraries import geometry
from .libraries import keys
from .libraries import operators
from .libraries import parameters
from .libraries import tree

implements: IAvailability

initializes: parameters
exports: parameters.PARAMETERS


event ChunkAsked:
    task: indexed(uint256)
    key: indexed(bytes32)
    asker: indexed(address)
    round: uint256
    chunk: chunks.Chunk
    fee: uint256


event ChunkPosted:
    task: indexed(uint256)
    key: indexed(bytes32)
    chunk: chunks.Chunk
    data: Bytes[chunks.MAX_BYTES]
    paths: chunks.Paths


event DataWithheld:
    task: indexed(uint256)
    pending: uint256


event FeeReturned:
    task: indexed(uint256)
    key: indexed(bytes32)
    asker: indexed(address)


# NONE: never asked for.
flag Phase:
    PENDING
    POSTED
    RETURNED


struct Ask:
    task: uint256
    asker: address
    phase: Phase


# What a post takes beside its words, paths and the gas of the transaction, as
# bytes of calldata: the smallest chunk, too, has its time. Measured, see
# docs/availability.md.
POST_BYTES: constant(uint256) = 8192

STAKING: public(immutable(address))
REGISTRY: public(immutable(address))
VERIFICATION: public(immutable(address))
SETTLEMENT: public(immutable(address))

# By the key of the pot that holds the fee. One word: asker 160 bits, task 32,
# phase. A key binds the proof: what was posted for another does not count.
asks: HashMap[bytes32, uint256]
# Chunks that are owed. A proof that has been sampled is never replaced, so that
# this and what follows need not name it.
pending_of: HashMap[uint256, uint256]
# Bytes asked for in a round.
bytes_of: HashMap[uint256, HashMap[uint256, uint256]]


@deploy
def __init__(
    staking: address,
    registry: address,
    verification: address,
    settlement: address,
    p: IParameters.Parameters,
):
    for a: address in [staking, registry, verification, settlement]:
        assert a != empty(address), "availability: address"
    STAKING = staking
    REGISTRY = registry
    VERIFICATION = verification
    SETTLEMENT = settlement
    parameters.__init__(p)


# Anybody


@external
def ask(
    task: uint256,
    source: chunks.Source,
    place: uint256,
    step: uint256,
    node: uint256,
    proof: evidence.NodeProof,
    number: uint256,
) -> bytes32:
    """
    @notice Ask for a chunk, for a fee from the caller's stake, which is the
            solver's when it has posted the chunk. Each chunk once per proof.
            Reverts outside the window for asks, and if there is no such chunk.
    @param source CHECKPOINT: one end of a sampled segment. FINAL: the last
           checkpoint. BATCH: what a step of a sampled segment reads.
    @param place Of the segment among the samples; 0 for FINAL.
    @param step CHECKPOINT: 0 the segment's start, 1 its end. BATCH: the step
           in the segment. 0 for FINAL.
    @param node Of the program, with its words and path: the STATE node of the
           tensor, or the BATCH node.
    @param number Of the chunk in the tensor.
    @return The key under which the fee is kept.
    """
    round: uint256 = 0
    ask_end: uint256 = 0
    round, ask_end = staticcall IVerification(VERIFICATION).asking(task)
    assert block.timestamp <= ask_end, "availability: late"
    chunk: chunks.Chunk = self._locate(
        task, source, place, step, node, proof, number
    )
    key: bytes32 = self._key(task, chunk)
    assert self.asks[key] == 0, "availability: asked"
    self.asks[key] = self._pack(
        Ask(task=task, asker=msg.sender, phase=Phase.PENDING)
    )
    self.pending_of[task] += 1
    self.bytes_of[task][round] += chunks.size(chunk) + POST_BYTES
    fee: uint256 = self._fee(round)
    log ChunkAsked(
        task=task,
        key=key,
        asker=msg.sender,
        round=round,
        chunk=chunk,
        fee=fee,
    )
    extcall IStaking(STAKING).fund(key, msg.sender, fee)
    return key


@external
def post(
    task: uint256,
    chunk: chunks.Chunk,
    data: Bytes[chunks.MAX_BYTES],
    paths: chunks.Paths,
):
    """
    @notice Post a chunk that was asked for, proved up to the proof's root or
            the data set's. Anybody may: the hash proves it, and the fee is the
            solver's. Reverts if nobody asked, if it has been posted, and after
            the time for posting.
    @param data The words of the chunk's leaves, one leaf after the other.
    """
    key: bytes32 = self._key(task, chunk)
    found: Ask = self._unpack(self.asks[key])
    assert found.phase == Phase.PENDING, "availability: not pending"
    round: uint256 = 0
    ask_end: uint256 = 0
    round, ask_end = staticcall IVerification(VERIFICATION).asking(task)
    assert (
        block.timestamp <= ask_end + self._posting_time(task, round)
    ), "availability: late"
    self._check_root(
        task, chunk, chunks.tensor_root(chunk, data, paths.in_tensor), paths
    )
    found.phase = Phase.POSTED
    self.asks[key] = self._pack(found)
    self.pending_of[task] -= 1
    log ChunkPosted(
        task=task, key=key, chunk=chunk, data=data, paths=paths
    )
    submitter: address = empty(address)
    solver: address = empty(address)
    submitter, solver = staticcall ITaskRegistry(REGISTRY).parties(task)
    extcall ISettlement(SETTLEMENT).fee_paid(key, solver)


@external
def time_out(task: uint256):
    """
    @notice End a task whose solver has not posted in time all that it was
            asked for.
    """
    round: uint256 = 0
    ask_end: uint256 = 0
    round, ask_end = staticcall IVerification(VERIFICATION).asking(task)
    assert self.pending_of[task] != 0, "availability: posted"
    assert (
        block.timestamp > ask_end + self._posting_time(task, round)
    ), "availability: early"
    log DataWithheld(task=task, pending=self.pending_of[task])
    extcall IVerification(VERIFICATION).withheld(task)


@external
def refund(key: bytes32):
    """
    @notice When the task has ended, give the fee of a chunk that was never
            posted back to who asked, whoever calls.
    """
    found: Ask = self._unpack(self.asks[key])
    assert found.phase == Phase.PENDING, "availability: not pending"
    assert (
        staticcall ITaskRegistry(REGISTRY).phase_of(found.task)
        == ITaskRegistry.Phase.ENDED
    ), "availability: open"
    found.phase = Phase.RETURNED
    self.asks[key] = self._pack(found)
    log FeeReturned(task=found.task, key=key, asker=found.asker)
    extcall ISettlement(SETTLEMENT).fee_paid(key, found.asker)


# Views


@view
@external
@reentrant
def pending(task: uint256) -> uint256:
    """
    @return Chunks that were asked for and have not been posted.
    @dev Reentrant, as the next: Verification may ask while this contract tells
         it that data were withheld.
    """
    return self.pending_of[task]


@view
@external
@reentrant
def posting_time(task: uint256, round: uint256) -> uint256:
    """
    @return Seconds for all that was asked for in this round, after the last
            second for asks.
    """
    return self._posting_time(task, round)


@view
@external
def fee(round: uint256) -> uint256:
    """
    @return What asking for a chunk costs in this round, in base units.
    """
    return self._fee(round)


@view
@external
def ask_of(key: bytes32) -> Ask:
    return self._unpack(self.asks[key])


@view
@external
def key_of(task: uint256, chunk: chunks.Chunk) -> bytes32:
    """
    @return The key of a chunk of the task's present proof.
    """
    return self._key(task, chunk)


# Internal


@internal
@view
def _locate(
    task: uint256,
    source: chunks.Source,
    place: uint256,
    step: uint256,
    node: uint256,
    proof: evidence.NodeProof,
    number: uint256,
) -> chunks.Chunk:
    order: ITaskRegistry.Order = staticcall ITaskRegistry(REGISTRY).orders(
        task
    )
    g: geometry.Geometry = geometry.unpack(order.geometry)
    found: operators.Node = evidence.program_node(
        node, g, order.program_root, proof
    )
    chunk: chunks.Chunk = chunks.Chunk(
        source=source,
        index=0,
        tensor=node,
        rows=found.rows,
        cols=found.cols,
        number=number,
    )
    if source == chunks.Source.FINAL:
        assert place == 0 and step == 0, "availability: place"
        chunk.source = chunks.Source.CHECKPOINT
        chunk.index = g.steps // g.interval
    else:
        assert place < g.samples, "availability: place"
        segment: uint256 = staticcall IVerification(VERIFICATION).sample_of(
            task, place
        )
        if source == chunks.Source.CHECKPOINT:
            assert step < 2, "availability: step"
            chunk.index = segment + step
        else:
            assert source == chunks.Source.BATCH, "availability: source"
            assert step < g.interval, "availability: step"
            chunk.index = (segment * g.interval + step) % g.batches
    if chunk.source == chunks.Source.BATCH:
        assert found.operator == operators.BATCH, "availability: node"
        chunk.tensor = found.attribute
    else:
        # The distance, too, takes node t for tensor t.
        assert node < g.state, "availability: node"
        assert found.operator == operators.STATE, "availability: node"
    assert number < chunks.count(
        found.rows, found.cols
    ), "availability: chunk"
    return chunk


@internal
@view
def _check_root(
    task: uint256, chunk: chunks.Chunk, tensor: bytes32, paths: chunks.Paths
):
    order: ITaskRegistry.Order = staticcall ITaskRegistry(REGISTRY).orders(
        task
    )
    g: geometry.Geometry = geometry.unpack(order.geometry)
    if chunk.source == chunks.Source.BATCH:
        # The root of a batch says how many tensors it has.
        batch: bytes32 = tree.member_root(
            tree.BATCH, tensor, chunk.tensor, paths.tensors, paths.in_bundle
        )
        assert order.dataset_root == tree.member_root(
            tree.DATASET, batch, chunk.index, g.batches, paths.in_collection
        ), "availability: dataset"
        return
    assert paths.tensors == g.state, "availability: tensors"
    state: bytes32 = tree.member_root(
        tree.CHECKPOINT, tensor, chunk.tensor, g.state, paths.in_bundle
    )
    proof_root: bytes32 = staticcall ITaskRegistry(REGISTRY).proof_root_of(
        task
    )
    assert proof_root == tree.member_root(
        tree.PROOF,
        state,
        chunk.index,
        g.steps // g.interval + 1,
        paths.in_collection,
    ), "availability: proof"


@internal
@view
def _key(task: uint256, chunk: chunks.Chunk) -> bytes32:
    return keys.ask(
        task,
        staticcall ITaskRegistry(REGISTRY).proof_root_of(task),
        chunks.digest(chunk),
    )


@internal
@view
def _posting_time(task: uint256, round: uint256) -> uint256:
    asked: uint256 = self.bytes_of[task][round]
    if asked == 0:
        return 0
    # An ask in the last second leaves a window, too, and the last byte its
    # second.
    rate: uint256 = parameters.PARAMETERS.bytes_per_second
    return parameters.PARAMETERS.reply_window + (asked + rate - 1) // rate


@internal
@view
def _fee(round: uint256) -> uint256:
    whole: uint256 = parameters.PARAMETERS.chunk_fee
    if round == 0:
        return whole
    # The solver bears the other half. Rounded up, so that no ask is free.
    return (whole + 1) // 2


@internal
@pure
def _pack(ask: Ask) -> uint256:
    return (
        convert(ask.asker, uint256)
        | (ask.task << 160)
        | (convert(ask.phase, uint256) << 192)
    )


@internal
@pure
def _unpack(word: uint256) -> Ask:
    return Ask(
        task=(word >> 160) & (keys.MAX_TASKS - 1),
        asker=convert(word & (2**160 - 1), address),
        phase=convert(word >> 192, Phase),
    )
