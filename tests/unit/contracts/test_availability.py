"""Availability: whoever asks in time gets the data, or the task ends. Promises 3, 4, 5, 10; attacks A6, A24.

Its neighbours are stand-ins: what they do with what Availability tells them is tested with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boa
import numpy as np
import pytest

from pinpoint.commitment.tensor import checkpoint_root, hash_leaf, tensor_root
from pinpoint.commitment.tree import Tree, TreeKind
from pinpoint.dispute.chunks import (
    LEVEL,
    POST_BYTES,
    Chunk,
    Paths,
    Source,
    ask_arguments,
    assemble,
    bundles,
    chunk_count,
    chunks_of,
    program_tree,
)
from tests.unit.contracts.data_window import (
    ASK_END,
    BATCH_SHAPES,
    CONTRACT,
    ENDED,
    PARAMETERS,
    STATE_SHAPES,
    TASK,
    Giant,
    Job,
    Window,
)

JOB = Job()
TREE = program_tree(JOB.program)
STATES = len(STATE_SHAPES)
BATCH_NODES = range(STATES, STATES + len(BATCH_SHAPES))
ALL = [chunk for bundle in JOB.bundles() for chunk in chunks_of(JOB.program, bundle)]
FEE = PARAMETERS.chunk_fee
CHECKPOINT, FINAL, BATCH = map(int, Source)
SMALL = Chunk(Source.CHECKPOINT, 2, 1, *STATE_SHAPES[1], 0)
LAST_LEAF = Chunk(Source.CHECKPOINT, 2, 3, *STATE_SHAPES[3], 1)
OF_BATCH = Chunk(Source.BATCH, 1, 1, *BATCH_SHAPES[1], 2)
MOST_BYTES, MOST_GAS = 2**17, 2**24
"""Of a transaction: what nodes pass on, and EIP-7825."""


@pytest.fixture(scope="module")
def deployed() -> Window:
    window = Window()
    window.take(JOB)
    return window


@pytest.fixture
def window(deployed: Window) -> Iterator[Window]:
    """A round whose asks are open; whatever a test does is undone."""
    with deployed.undone():
        yield deployed


def node(index: int) -> tuple[Any, ...]:
    """A node and its path."""
    return JOB.program.nodes[index].words(), TREE.path(index)


def seconds(count: int, rate: int = PARAMETERS.bytes_per_second) -> int:
    """What so many bytes take, and a window for the ask of the last second."""
    return PARAMETERS.reply_window - (-count // rate)


# Deployment


@pytest.mark.parametrize("missing", range(4))
def test_every_address_is_needed(missing: int) -> None:
    addresses = [boa.env.generate_address() for _ in range(4)]
    addresses[missing] = "0x" + "00" * 20
    with boa.reverts("availability: address"):
        CONTRACT.deploy(*addresses, PARAMETERS.arguments())


def test_the_contract_knows_its_neighbours() -> None:
    names = ("STAKING", "REGISTRY", "VERIFICATION", "SETTLEMENT")
    addresses = [boa.env.generate_address() for _ in names]
    contract = CONTRACT.deploy(*addresses, PARAMETERS.arguments())
    assert [getattr(contract, name)() for name in names] == addresses
    assert tuple(contract.PARAMETERS()) == PARAMETERS.arguments()


# Promises 3 and 4: all that can be asked for can be posted, and is the data


@pytest.mark.parametrize("bundle", JOB.bundles(), ids=lambda b: f"{b.source.name}-{b.index}")
def test_all_that_is_asked_for_comes_and_is_the_data(window: Window, bundle: Any) -> None:
    chunks = list(chunks_of(JOB.program, bundle))
    for done, chunk in enumerate(chunks):
        key = window.ask(*ask_arguments(JOB.program, TREE, bundle, chunk))
        assert window.pending == done + 1
        asked = window.log[-1].fields
        assert (asked["task"], asked["key"], asked["asker"], asked["round"]) == (TASK, key, window.asker, 0)
        assert Chunk.of(asked["chunk"]) == chunk
    assert window.posting_time() == seconds(sum(chunk.size + POST_BYTES for chunk in chunks))
    posted: dict[int, dict[int, bytes]] = {}
    for done, chunk in enumerate(chunks, 1):
        window.post_from(JOB, chunk)
        assert window.pending == len(chunks) - done
        event = window.log[-1]
        assert event.name == "ChunkPosted" and Chunk.of(event.fields["chunk"]) == chunk
        posted.setdefault(chunk.tensor, {})[chunk.number] = event.fields["data"]
    for place, tensor in enumerate(JOB.tensors(bundle.source, bundle.index)):
        found = assemble(tensor.shape, posted[place])
        assert found is not None and found.tobytes() == tensor.tobytes()


def test_what_can_be_asked_for_is_all_that_a_replay_reads() -> None:
    """By hand: segments 2, 1, 4 of three steps, two batches, and the last of six checkpoints."""
    found = {(bundle.source, bundle.index) for bundle in JOB.bundles()}
    assert found == {(Source.CHECKPOINT, i) for i in (1, 2, 3, 4, 5)} | {(Source.BATCH, i) for i in (0, 1)}
    without = {(b.source, b.index) for b in bundles([0], segments=5, interval=3, batches=9)}
    assert without == {(Source.CHECKPOINT, i) for i in (0, 1)} | {(Source.BATCH, i) for i in (0, 1, 2)}
    assert sum(c.source is Source.CHECKPOINT and c.index == 2 for c in ALL) == 1 + 1 + 3 + 2 + 2
    assert sum(c.source is Source.BATCH and c.index == 1 for c in ALL) == 1 + 3


# Promise 10: nothing else can be asked for

RIGHT = {"source": CHECKPOINT, "place": 0, "step": 0, "node": 2, "proof": node(2), "number": 2}
OF_STEP = {"source": BATCH, "place": 0, "step": 2, "node": BATCH_NODES[0], "proof": node(BATCH_NODES[0]), "number": 2}
THE_LAST = {**RIGHT, "source": FINAL}
OTHER = node(3)
REFUSED = [
    (RIGHT, {"source": 0}, "availability: source"),
    (RIGHT, {"source": CHECKPOINT | FINAL}, "availability: source"),
    (RIGHT, {"place": 3}, "availability: place"),
    (RIGHT, {"place": 2**256 - 1}, "availability: place"),
    (RIGHT, {"step": 2}, "availability: step"),
    (RIGHT, {"number": 3}, "availability: chunk"),
    (RIGHT, {"number": 2**256 - 1}, "availability: chunk"),
    (RIGHT, {"node": 3}, "evidence: program"),
    (RIGHT, {"node": 2**255}, "tree: index"),
    (RIGHT, {"proof": OTHER}, "evidence: program"),
    (RIGHT, {"proof": (RIGHT["proof"][0], OTHER[1])}, "evidence: program"),
    (RIGHT, {"proof": (RIGHT["proof"][0], RIGHT["proof"][1][:-1])}, "tree: path"),
    (RIGHT, {"node": BATCH_NODES[0], "proof": node(BATCH_NODES[0])}, "availability: node"),
    (THE_LAST, {"place": 1}, "availability: place"),
    (THE_LAST, {"step": 1}, "availability: place"),
    (OF_STEP, {"place": 3}, "availability: place"),
    (OF_STEP, {"step": 3}, "availability: step"),
    (OF_STEP, {"number": 3}, "availability: chunk"),
    (OF_STEP, {"node": 2, "proof": node(2)}, "availability: node"),
]


@pytest.mark.parametrize("right, change, reason", REFUSED)
def test_nothing_else_can_be_asked_for(window: Window, right: Any, change: Any, reason: str) -> None:
    with window.undone():
        window.ask(*right.values())
    with boa.reverts(reason):
        window.ask(*(right | change).values())


def test_only_state_and_batch_nodes_have_data(window: Window) -> None:
    """A STATE node beyond the order's state, PACK, and a node of another operator where a STATE node belongs."""
    pack = len(JOB.program.nodes) - 1
    for source in (CHECKPOINT, BATCH):
        with boa.reverts("availability: node"):
            window.ask(source, 0, 0, pack, node(pack), 0)
    roots = TREE.root, JOB.dataset.root, JOB.proof.root
    window.commit(*roots, replace(JOB.geometry, state=2), JOB.samples)
    with boa.reverts("availability: node"):
        window.ask(*RIGHT.values())
    window.commit(*roots, replace(JOB.geometry, state=STATES + 1), JOB.samples)
    with boa.reverts("availability: node"):
        window.ask(CHECKPOINT, 0, 0, STATES, node(STATES), 0)


@pytest.mark.parametrize("again", [(CHECKPOINT, 1, 1), (CHECKPOINT, 0, 0)])
def test_one_chunk_has_one_ask_whatever_it_is_called(window: Window, again: tuple[int, int, int]) -> None:
    """Checkpoint 2 starts segment 2 and ends segment 1."""
    window.ask(*RIGHT.values())
    with boa.reverts("availability: asked"):
        window.ask(*again, *list(RIGHT.values())[3:])
    assert window.pending == 1


def test_the_final_checkpoint_may_be_a_sampled_one(window: Window) -> None:
    window.ask(CHECKPOINT, 2, 1, *list(RIGHT.values())[3:])
    with boa.reverts("availability: asked"):
        window.ask(*THE_LAST.values())


def test_the_batches_come_round_again(window: Window) -> None:
    window.ask(*OF_STEP.values())
    for place, step in ((0, 0), (2, 0)):
        with boa.reverts("availability: asked"):
            window.ask(*(OF_STEP | {"place": place, "step": step}).values())
    window.ask(*(OF_STEP | {"step": 1}).values())


def test_a_posted_chunk_cannot_be_asked_for_again(window: Window) -> None:
    window.ask_for(JOB, SMALL)
    window.post_from(JOB, SMALL)
    window.suite.set_asking(True, 1, ASK_END)
    with boa.reverts("availability: asked"):
        window.ask_for(JOB, SMALL)


def test_a_new_proof_starts_afresh(window: Window) -> None:
    old = window.ask_for(JOB, SMALL)
    window.post_from(JOB, SMALL)
    other = replace(JOB, states=JOB.states[::-1])
    window.take(other)
    assert window.ask_for(other, SMALL) != old
    window.post_from(other, SMALL)
    assert [int(window.contract.ask_of(key).phase) for key in (old, key_of(window, SMALL))] == [2, 2]


def key_of(window: Window, chunk: Chunk) -> bytes:
    return bytes(window.contract.key_of(TASK, chunk.arguments()))


# Time


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_asks_count_up_to_the_last_second(window: Window, late: int) -> None:
    """A24: they close before the posting begins."""
    window.at(ASK_END + late)
    if late <= 0:
        window.ask_for(JOB, SMALL)
        assert window.pending == 1
    else:
        with boa.reverts("availability: late"):
            window.ask_for(JOB, SMALL)


def test_without_a_window_nobody_asks_and_nobody_times_out(window: Window) -> None:
    window.ask_for(JOB, SMALL)
    window.suite.set_asking(False, 0, ASK_END)
    window.at(2**40)
    with boa.reverts("verification: phase"):
        window.ask_for(JOB, OF_BATCH)
    with boa.reverts("verification: phase"):
        window.time_out()


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_whoever_does_not_post_in_time_loses(window: Window, late: int) -> None:
    """A6. Time is in proportion to the bytes asked, from the last second for asks on."""
    for chunk in (SMALL, LAST_LEAF):
        window.ask_for(JOB, chunk)
    window.post_from(JOB, SMALL)
    end = ASK_END + seconds(SMALL.size + LAST_LEAF.size + 2 * POST_BYTES)
    assert window.posting_time() == end - ASK_END
    window.at(end + late)
    if late <= 0:
        with boa.reverts("availability: early"):
            window.time_out()
        assert window.suite.withheld_task() == 0
    else:
        window.time_out()
        assert window.suite.withheld_task() == TASK
        assert window.log[-1].name == "DataWithheld"
        assert window.log[-1].fields["pending"] == 1


def test_nothing_owed_nothing_to_time_out(window: Window) -> None:
    window.at(2**40)
    with boa.reverts("availability: posted"):
        window.time_out()
    window.at(ASK_END)
    window.ask_for(JOB, SMALL)
    window.post_from(JOB, SMALL)
    window.at(2**40)
    with boa.reverts("availability: posted"):
        window.time_out()


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_a_chunk_counts_up_to_the_last_second(window: Window, late: int) -> None:
    """A late one would leave whoever waits for it without time."""
    window.ask_for(JOB, SMALL)
    window.at(ASK_END + seconds(SMALL.size + POST_BYTES) + late)
    if late <= 0:
        window.post_from(JOB, SMALL)
        assert window.pending == 0
    else:
        with boa.reverts("availability: late"):
            window.post_from(JOB, SMALL)


def test_after_the_exit_nothing_is_posted(window: Window) -> None:
    window.ask_for(JOB, SMALL)
    window.at(2**40)
    window.time_out()
    with boa.reverts("verification: phase"):
        window.post_from(JOB, SMALL)
    with boa.reverts("verification: phase"):
        window.time_out()


def test_each_round_has_its_own_time() -> None:
    """Rounded up, so that the last byte has its second: 8,704 + 8,288 bytes at 8,703 a second."""
    window = Window(PARAMETERS.model_copy(update={"bytes_per_second": LAST_LEAF.size + POST_BYTES - 1}))
    window.take(JOB)
    least = PARAMETERS.reply_window
    assert window.posting_time() == 0
    window.ask_for(JOB, LAST_LEAF)
    assert window.posting_time() == least + 2
    window.ask_for(JOB, SMALL)
    assert window.posting_time() == least + 2
    window.suite.set_asking(True, 1, ASK_END + 50)
    window.ask_for(JOB, OF_BATCH)
    assert [window.posting_time(round_) for round_ in range(3)] == [least + 2, least + 1, 0]
    window.at(ASK_END + 51 + least)
    with boa.reverts("availability: early"):
        window.time_out()
    window.at(ASK_END + 52 + least)
    window.time_out()


def test_an_ask_of_the_last_second_can_be_answered_in_the_next_block(window: Window) -> None:
    """A24: blocks are 12 seconds apart, and one chunk is posted in less."""
    window.at(ASK_END)
    window.ask_for(JOB, SMALL)
    window.at(ASK_END + 12)
    window.post_from(JOB, SMALL)
    assert window.pending == 0


# Money


@pytest.mark.parametrize("whole, half", [(FEE, FEE // 2), (7, 4), (1, 1)])
def test_a_redrawn_verifiers_asker_pays_half(whole: int, half: int) -> None:
    """A24: the solver bears the other half. Rounded up: no ask is free."""
    window = Window(PARAMETERS.model_copy(update={"chunk_fee": whole}))
    window.take(JOB)
    assert [window.contract.fee(round_) for round_ in range(3)] == [whole, half, half]
    for round_, (chunk, fee) in enumerate([(SMALL, whole), (LAST_LEAF, half), (OF_BATCH, half)]):
        window.suite.set_asking(True, round_, ASK_END)
        before = window.suite.stake(window.asker)
        key = window.ask_for(JOB, chunk)
        assert window.log[-1].fields["fee"] == fee
        assert before - window.suite.stake(window.asker) == window.suite.pots(key) == fee


def test_asking_needs_stake(window: Window) -> None:
    with boa.reverts("staking: stake"):
        window.ask(*RIGHT.values(), sender=window.stranger)
    assert window.pending == 0


def test_whoever_posts_the_solver_earns(window: Window) -> None:
    key = window.ask_for(JOB, SMALL)
    window.post_from(JOB, SMALL, sender=window.stranger)
    assert window.suite.credit(window.solver) == FEE
    assert window.suite.credit(window.stranger) == window.suite.pots(key) == 0


def test_the_asker_of_what_never_came_has_its_fee_back(window: Window) -> None:
    posted, missing = window.ask_for(JOB, SMALL), window.ask_for(JOB, LAST_LEAF)
    window.post_from(JOB, SMALL)
    with boa.reverts("availability: open"):
        window.refund(missing)
    window.suite.set_phase(ENDED)
    window.refund(missing)
    assert window.suite.credit(window.asker) == FEE
    assert window.log[-1].name == "FeeReturned"
    assert (window.log[-1].fields["key"], window.log[-1].fields["asker"]) == (missing, window.asker)
    for key in (posted, missing, bytes(32)):
        with boa.reverts("availability: not pending"):
            window.refund(key)
    with boa.reverts("availability: not pending"):
        window.post_from(JOB, LAST_LEAF)


def test_an_ask_says_who_asked_and_where_it_stands(window: Window) -> None:
    key = window.ask_for(JOB, SMALL)
    assert key == key_of(window, SMALL)
    assert tuple(window.contract.ask_of(key)) == (TASK, window.asker, 1)
    window.post_from(JOB, SMALL)
    assert tuple(window.contract.ask_of(key)) == (TASK, window.asker, 2)
    assert tuple(window.contract.ask_of(bytes(32))) == (0, "0x" + "00" * 20, 0)


# What counts as posted: only the committed data, whole


def test_only_what_was_asked_for_is_posted(window: Window) -> None:
    with boa.reverts("availability: not pending"):
        window.post_from(JOB, SMALL)
    window.ask_for(JOB, SMALL)
    for change in ({"index": 3}, {"tensor": 0}, {"rows": 4}, {"cols": 6}, {"number": 1}, {"source": Source.FINAL}):
        arguments = JOB.poster(SMALL.source, SMALL.index).arguments(SMALL)
        with boa.reverts("availability: not pending"):
            window.post(replace(SMALL, **change).arguments(), *arguments[1:])
    window.post_from(JOB, SMALL)
    with boa.reverts("availability: not pending"):
        window.post_from(JOB, SMALL)


def other_word(data: bytes) -> bytes:
    return data[:-32] + bytes([data[-32] ^ 1]) + data[-31:]


BROKEN = [
    (SMALL, lambda d, p: (other_word(d), p), "availability: proof"),
    (LAST_LEAF, lambda d, p: (other_word(d), p), "availability: proof"),
    (OF_BATCH, lambda d, p: (other_word(d), p), "availability: dataset"),
    (SMALL, lambda d, p: (d[:-32], p), "chunks: size"),
    (SMALL, lambda d, p: (d[:-1], p), "chunks: size"),
    (SMALL, lambda d, p: (d + bytes(32), p), "chunks: size"),
    (SMALL, lambda d, p: (d[:-1] + b"\1", p), "chunks: padding"),
    (OF_BATCH, lambda d, p: (d[:4] + b"\1" + d[5:], p), "chunks: padding"),
    (SMALL, lambda d, p: (d, replace(p, tensors=p.tensors + 1)), "availability: tensors"),
    (OF_BATCH, lambda d, p: (d, replace(p, tensors=p.tensors + 1)), "tree: path"),
    (OF_BATCH, lambda d, p: (d, replace(p, tensors=1)), "tree: index"),
    (OF_BATCH, lambda d, p: (d, replace(p, tensors=0)), "tree: empty"),
    (LAST_LEAF, lambda d, p: (d, replace(p, in_tensor=[])), "tree: path"),
    (LAST_LEAF, lambda d, p: (d, replace(p, in_tensor=[*p.in_tensor, bytes(32)])), "tree: path"),
    (SMALL, lambda d, p: (d, replace(p, in_tensor=[bytes(32)])), "tree: path"),
    (SMALL, lambda d, p: (d, replace(p, in_bundle=p.in_bundle[:-1])), "tree: path"),
    (SMALL, lambda d, p: (d, replace(p, in_collection=p.in_collection[::-1])), "availability: proof"),
]


@pytest.mark.parametrize("chunk, change, reason", BROKEN)
def test_what_is_malformed_is_not_posted(window: Window, chunk: Chunk, change: Any, reason: str) -> None:
    """A6."""
    window.ask_for(JOB, chunk)
    coordinates, data, paths = JOB.poster(chunk.source, chunk.index).arguments(chunk)
    data, changed = change(data, Paths.of(paths))
    with boa.reverts(reason):
        window.post(coordinates, data, changed.arguments())
    window.post(coordinates, data_of(chunk), paths)
    assert window.pending == 0


def data_of(chunk: Chunk) -> bytes:
    data: bytes = JOB.poster(chunk.source, chunk.index).arguments(chunk)[1]
    return data


def forged(tensor_leaves: list[bytes], place: int = 1) -> tuple[Tree, Paths]:
    """The proof tree of a solver whose checkpoint 2 holds a tensor of these leaves, and paths to its first chunk."""
    tensor = Tree(TreeKind.TENSOR, tensor_leaves)
    roots = [tensor_root(one) for one in JOB.states[2]]
    roots[place] = tensor.root
    state = Tree(TreeKind.CHECKPOINT, roots)
    proof = Tree(TreeKind.PROOF, [state.root if i == 2 else checkpoint_root(s) for i, s in enumerate(JOB.states)])
    return proof, Paths(STATES, tensor.path(0, min(LEVEL, tensor.height)), state.path(place), proof.path(2))


@pytest.mark.parametrize(
    "leaves, reason",
    [
        ([[1 << 224]] * 3, None),
        # Lanes beyond a row's end: bit by bit the committed data, and nobody could replay from them.
        ([[1 << 224], [1 << 224], [1 << 224 | 1]], "chunks: padding"),
        # Two words in a leaf of one; a row too few; a row too many.
        ([[1 << 224], [1 << 224, 0], [1 << 224]], "chunks: size"),
        ([[1 << 224]] * 2, "chunks: size"),
        ([[1 << 224]] * 4, "chunks: size"),
    ],
)
def test_what_was_committed_malformed_is_withheld(window: Window, leaves: list[list[int]], reason: str | None) -> None:
    """A6: the solver is bound to what it committed, and cannot post it."""
    proof, paths = forged([hash_leaf(words) for words in leaves])
    window.commit(TREE.root, JOB.dataset.root, proof.root, JOB.geometry, JOB.samples)
    window.ask_for(JOB, SMALL)
    data = b"".join(word.to_bytes(32, "big") for words in leaves for word in words)
    if reason is None:
        window.post(SMALL.arguments(), data, paths.arguments())
        return
    with boa.reverts(reason):
        window.post(SMALL.arguments(), data, paths.arguments())
    window.at(2**40)
    window.time_out()
    assert window.suite.withheld_task() == TASK


def test_leaves_cut_elsewhere_are_not_the_tensor(window: Window) -> None:
    """As many words as the shape says, but in other leaves: 3 x 5 as one leaf of three words."""
    words = [1 << 224] * 3
    proof, paths = forged([hash_leaf(words)])
    window.commit(TREE.root, JOB.dataset.root, proof.root, JOB.geometry, JOB.samples)
    window.ask_for(JOB, SMALL)
    with boa.reverts("availability: proof"):
        window.post(SMALL.arguments(), b"".join(word.to_bytes(32, "big") for word in words), paths.arguments())


# Size: every post fits a transaction, whatever the task

GIANTS = [
    Giant(Source.CHECKPOINT, (4096, 4096)),
    Giant(Source.BATCH, (2**17, 2**14)),
    Giant(Source.BATCH, (2**20, 8)),
    Giant(Source.BATCH, (1, 8)),
]
GAS_PER_BYTE = 42
"""docs/availability.md: at most so much gas for each byte that the solver is given time for."""


@pytest.mark.parametrize("giant", GIANTS, ids=lambda g: f"{g.source.name}-{g.shape[0]}x{g.shape[1]}")
def test_the_dearest_post_fits_a_transaction(window: Window, giant: Giant) -> None:
    window.commit(*giant.commitment())
    window.ask(*giant.ask_arguments())
    arguments = giant.post_arguments()
    calldata = window.contract.post.prepare_calldata(TASK, *arguments)
    window.post(*arguments)
    zeros = calldata.count(0)
    tokens = zeros + 4 * (len(calldata) - zeros)
    executed = window.contract._computation.get_gas_used()
    gas = 21_000 + max(10 * tokens, 4 * tokens + executed)  # EIP-7623
    assert len(calldata) < MOST_BYTES // 3
    assert gas < MOST_GAS // 10
    assert gas <= GAS_PER_BYTE * giant.chunk.counted
    assert seconds(giant.chunk.counted) == window.posting_time()


def test_a_giants_chunks_are_counted_right(window: Window) -> None:
    """The last chunk of 2^18, and none beyond."""
    giant = GIANTS[1]
    assert chunk_count(giant.shape) == 2**18
    window.commit(*giant.commitment())
    *coordinates, _ = giant.ask_arguments()
    window.ask(*coordinates, 2**18 - 1)
    with boa.reverts("availability: chunk"):
        window.ask(*coordinates, 2**18)


@pytest.mark.parametrize("cols", [1, 7, 8, 9, 127, 128, 129, 300, 4090])
def test_chunks_cover_a_tensor(window: Window, cols: int) -> None:
    """Sizes of all chunks, against the words of the tensor; on chain as off."""
    rows = 130
    words = rows * -(-cols // 8)
    chunks = [Chunk(Source.CHECKPOINT, 2, 0, rows, cols, n) for n in range(chunk_count((rows, cols)))]
    assert sum(chunk.size for chunk in chunks) == 32 * words
    assert max(chunk.size for chunk in chunks) <= 2**15
    giant = Giant(Source.CHECKPOINT, (rows, cols))
    window.commit(*giant_program(giant))
    total = 0
    for chunk in chunks:
        window.ask(*giant.ask_arguments()[:-1], chunk.number)
        total += chunk.size + POST_BYTES
        assert window.posting_time() == seconds(total)


def giant_program(giant: Giant) -> tuple[Any, ...]:
    """The commitment of a giant whose data nobody asks to see."""
    return giant.program_root, bytes(32), bytes(32), giant.geometry, [0]


def test_any_bits_are_data(window: Window) -> None:
    """NaN, infinities, subnormals come as they are: movement of data computes nothing."""
    special = np.array([0x7F800001, 0xFF800000, 1, 0x80000000, 0xFFFFFFFF], np.uint32).view(np.float32)
    states = [list(state) for state in JOB.states]
    states[2][1] = np.stack([special] * 3)
    job = replace(JOB, states=states)
    window.take(job)
    window.ask_for(job, SMALL)
    window.post_from(job, SMALL)
    found = assemble(SMALL.shape, {0: window.log[-1].fields["data"]})
    assert found is not None and found.tobytes() == states[2][1].tobytes()
