"""Moves exchanged off chain: whole games, and what a dishonest side can send."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eth_account import Account

from pinpoint.chain.eip712 import StateSignatures
from pinpoint.commitment.tensor import batch_root, checkpoint_root, hash_leaf, leaf_words, program_leaf
from pinpoint.commitment.tree import Tree, TreeKind, keccak
from pinpoint.dispute import challenger, defender
from pinpoint.dispute.channel import Channel, Conflict, Limits, Refused, converse
from pinpoint.dispute.descent import IllegalMove, Place, descend
from pinpoint.dispute.evidence import Case, Trees
from pinpoint.dispute.knowledge import Shown
from pinpoint.dispute.messages import MalformedMessage, Message, Side, State, legs_of
from pinpoint.dispute.moves import Leg, Move
from pinpoint.dispute.position import Children, Position
from pinpoint.program.builder import Builder
from pinpoint.program.graph import Program
from pinpoint.replay.canonical import arithmetic
from pinpoint.replay.report import Report, Segment
from pinpoint.replay.training import replay
from pinpoint.roles.journal import Journal

INTERVAL, SAMPLES = 5, 5
DISPUTE, BUDGET, RESERVE, START = 7, 600, 60, 1_800_000_000
LIMITS = Limits(START + BUDGET, RESERVE)
ARBITRATION, OTHER_ARBITRATION = "0x" + "aa" * 20, "0x" + "bb" * 20
KEYS = {Side.CHALLENGER: Account.from_key(keccak(b"challenger")), Side.DEFENDER: Account.from_key(keccak(b"defender"))}


@dataclass(frozen=True)
class Counts:
    """Those of the tests' program."""

    nodes: int
    state: int
    interval: int = INTERVAL
    samples: int = SAMPLES


def program() -> Program:
    """A state of 40 leaves, so that every tree is higher than one move goes."""
    b = Builder()
    wide, small = b.state(20, 130), b.state(3, 5)
    batch = b.batch(1, 130)
    moved = wide + batch
    column = moved.row_max()
    values = [moved - column, moved * 0.5, small / 3.0, small.exp(), moved.transpose().transpose(), small.row_sum()]
    return b.finish([values[4], values[3] - values[5]])


PROGRAM = program()
COUNTS = Counts(len(PROGRAM.nodes), len(PROGRAM.state_shapes))


@cache
def segments() -> list[Segment]:
    """Honest training."""
    rng = np.random.default_rng(7)
    batches = [[rng.random((1, 130), dtype=np.float32)] for _ in range(INTERVAL * SAMPLES)]
    states = [[rng.random(shape, dtype=np.float32) for shape in PROGRAM.state_shapes]]
    for step, after in replay(PROGRAM, states[0], lambda step: batches[step], 0, len(batches), arithmetic):
        if (step + 1) % INTERVAL == 0:
            states.append(after)
    return [
        Segment(n, states[n], states[n + 1], batches[n * INTERVAL : (n + 1) * INTERVAL]) for n in range(SAMPLES)
    ]


@cache
def honest() -> Report:
    """The right report."""
    return Report(PROGRAM, segments())


@cache
def trees() -> Trees:
    """What the solver is committed to."""
    states = [segments()[0].start, *(segment.end for segment in segments())]
    return Trees(
        Tree(TreeKind.PROGRAM, [program_leaf(node.words()) for node in PROGRAM.nodes]),
        Tree(TreeKind.DATASET, [batch_root(batch) for segment in segments() for batch in segment.batches]),
        Tree(TreeKind.PROOF, [checkpoint_root(state) for state in states]),
    )


@cache
def lying(sample: int, step: int, node: int, lane: int) -> Report:
    """A report with the last bit of one lane of one output wrong."""

    def lie(of: int, at: int, number: int, output: Any) -> Any:
        if (of, at, number) != (sample, step, node):
            return output
        wrong = output.copy()
        wrong.reshape(-1).view(np.uint32)[lane % output.size] ^= 1
        return wrong

    return Report(PROGRAM, segments(), lie)


class Padded(Report):
    """A report in which one output has a leaf too many."""

    place = (1, 2, 3)

    def tree(self, sample: int | None = None, step: int | None = None, node: int | None = None) -> Tree:
        right = super().tree(sample, step, node)
        if (sample, step, node) != self.place:
            return right
        return Tree(right.kind, [*right.levels[0], hash_leaf([1])])

    def _trace(self, sample: int, step: int, leaves: Any) -> Tree:
        roots = list(leaves)
        if (sample, step) == self.place[:2]:
            tree = Tree(TreeKind.TENSOR, [hash_leaf(words) for words in self._words(roots)])
            roots[self.place[2]] = tree.root
        return super()._trace(sample, step, roots)

    def _words(self, roots: Any) -> list[list[int]]:
        output = honest().output(*self.place)
        count = honest().tree(*self.place).count
        return [*(leaf_words(output, leaf) for leaf in range(count)), [1]]


class Memory:
    """A journal that forgets nothing but what it is told to refuse."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.full = False

    def get(self, key: str) -> Any:
        return json.loads(self.kept[key]) if key in self.kept else None

    def put(self, key: str, value: Any) -> None:
        if self.full:
            raise OSError("disk full")
        self.kept[key] = json.dumps(value)


def signatures(side: Side, chain_id: int = 1, arbitration: str = ARBITRATION) -> StateSignatures:
    """Those of a side."""
    return StateSignatures(
        chain_id, arbitration, KEYS[Side.CHALLENGER].address, KEYS[Side.DEFENDER].address, KEYS[side]
    )


class Party:
    """One side with its report."""

    def __init__(self, side: Side, own: Report, challenged: Report, journal: Any = None, **options: Any) -> None:
        self.side, self.own = side, own
        self.challenged = challenged
        self.journal = Memory() if journal is None else journal
        self.options = options
        self.start()

    def start(self) -> None:
        """A new process."""
        known = Shown(self.own) if self.side is Side.CHALLENGER else None
        self.case = None if known is None else Case(self.own, trees(), known)
        dispute = self.options.get("dispute", DISPUTE)
        self.signatures = signatures(self.side, **{k: v for k, v in self.options.items() if k != "dispute"})
        start = State.of_root(dispute, self.challenged.root, BUDGET)
        self.channel = Channel(self.side, start, LIMITS, COUNTS, self.signatures, self.journal, known)

    def move(self, position: Position | None = None) -> Move:
        """The honest move."""
        at = self.channel.position if position is None else position
        if self.case is not None:
            return challenger.next_move(self.case, at)
        return defender.next_move(self.own, at)

    def signed(self, state: State) -> bytes:
        """A signature that no channel gave."""
        return self.signatures.sign(state)


def parties(theirs: Report, own: Report | None = None, **options: Any) -> tuple[Party, Party]:
    """Challenger and defender."""
    return (
        Party(Side.CHALLENGER, own or honest(), theirs, **options),
        Party(Side.DEFENDER, theirs, theirs, **options),
    )


def talk(one: Party, other: Party, messages: int) -> Message | None:
    """So many messages; the last one, taken. Fewer, if the challenger has something to prove before."""
    last = None
    for _ in range(messages):
        mover, taker = (one, other) if one.channel.turn else (other, one)
        move = mover.move()
        if move.contract != "Arbitration":
            break
        last = mover.channel.play(move, START)
        taker.channel.take(last, START)
    return last


LIE = (3, 4, 4, 2500)


def length() -> int:
    """Messages of the game about LIE."""
    one, other = parties(lying(*LIE))
    talk(one, other, 99)
    return one.channel.state.number


# Whole games


def lies() -> list[tuple[int, int, int, int]]:
    """Some places, of all outputs but PACK's."""
    rng = random.Random(1)
    nodes = [*range(PROGRAM.pack), *range(3)]
    return [(rng.randrange(SAMPLES), rng.randrange(INTERVAL), node, rng.randrange(2600)) for node in nodes]


@pytest.mark.parametrize("lie", lies(), ids=str)
def test_a_liar_who_plays_along_is_led_to_its_lie(lie):
    sample, step, node, _ = lie
    one, other = parties(lying(*lie))
    proof = converse(one.channel, other.channel, one.move, other.move, lambda: START)
    assert proof.contract.endswith("Judge") and proof.method in (
        "prove_input_fault", "prove_word_fault", "prove_lane_fault", "prove_moved_fault"
    )  # fmt: skip
    assert one.channel.state == other.channel.state and one.channel.state.side is Side.CHALLENGER
    bottom = landed(one.channel.state.place, proof)
    assert bottom.coordinates == (sample, step, node)
    assert one.channel.state.trace == other.own.tree(*one.channel.position.coordinates[:2]).root
    assert other.own.tree(sample, step, node).root != honest().tree(sample, step, node).root
    if proof.method != "prove_input_fault":
        right = leaf_words(honest().output(sample, step, node), bottom.index)
        assert hash_leaf(proof.arguments[2]) == bottom.claim != hash_leaf(right)


@pytest.mark.parametrize("lie", lies()[::3], ids=str)
def test_what_was_shown_off_chain_proves_the_fault_from_the_root(lie):
    """So a whole game is one transaction, and nothing has to be posted."""
    one, other = parties(lying(*lie))
    proof = converse(one.channel, other.channel, one.move, other.move, lambda: START)
    root = Place(Position(other.own.root))
    direct = one.move(root.position)
    assert direct.method == proof.method and direct.arguments[1:] == proof.arguments[1:]
    assert landed(root, direct).claim == landed(one.channel.state.place, proof).claim


def landed(place: Place, proof: Move) -> Position:
    """Where a proof's legs lead, by the contract's rules."""
    return descend(place, legs_of(proof), COUNTS).position if proof.arguments[0] else place.position


def test_an_output_of_another_size_ends_the_game():
    one, other = parties(Padded(PROGRAM, segments()))
    proof = converse(one.channel, other.channel, one.move, other.move, lambda: START)
    assert proof.method == "prove_malformed"


def test_a_blind_challenger_leads_an_honest_defender_nowhere():
    """It only ever signs places of its own report, and can always show what is below them."""
    one, other = parties(honest(), own=lying(*LIE))
    proof = converse(one.channel, other.channel, one.move, other.move, lambda: START)
    bottom = landed(other.channel.state.place, proof)
    assert bottom.claim in honest().tree(*bottom.coordinates).levels[0]


def test_numbers_grow_by_one_and_sides_take_turns():
    one, other = parties(lying(*LIE))
    for number in range(length() + 1):
        assert one.channel.state.number == other.channel.state.number == number
        assert one.channel.state.side is other.channel.state.side is (Side.CHALLENGER if number % 2 else Side.DEFENDER)
        talk(one, other, 1)
    assert number > 10, number


# Going on on chain


def test_both_can_post_the_last_state_at_any_moment():
    for number in range(length() + 1):
        one, other = parties(lying(*LIE))
        talk(one, other, number)
        for party in (one, other):
            posted = party.channel.settle_on_chain()
            # The last mover may not have its last state signed yet.
            newest = number if party.channel.turn else number - 1
            if newest <= 0:
                assert posted is None
                continue
            dispute, fields, by_challenger, by_defender = posted
            state = State(*fields)
            assert (dispute, state.number) == (DISPUTE, newest)
            for side, signature in ((Side.CHALLENGER, by_challenger), (Side.DEFENDER, by_defender)):
                assert signatures(party.side).holds(side, state, signature)


def test_a_silent_defender_is_played_on_on_chain_with_all_that_it_showed():
    for number in range(1, length() + 1):
        one, other = parties(lying(*LIE))
        talk(one, other, number)
        posted = one.channel.settle_on_chain()
        place = State(*posted[1]).place if posted else Place(Position(other.own.root))
        side = State(*posted[1]).side if posted else Side.DEFENDER
        for _ in range(40):
            if side is Side.DEFENDER:
                move = other.move(place.position)
                known = one.case.theirs
                learn = known.learn_children if move.method == "show_children" else known.learn_words
                learn(place.position, *move.arguments)
                side = Side.CHALLENGER
                continue
            move = one.move(place.position)
            if move.contract != "Arbitration":
                break
            place, side = descend(place, legs_of(move), COUNTS), Side.DEFENDER
        assert landed(place, move).coordinates == LIE[:3]


def test_only_a_later_state_supersedes():
    one, other = parties(lying(*LIE))
    talk(one, other, 5)
    assert one.channel.settle_on_chain(posted=4)[1][1] == 5
    assert one.channel.settle_on_chain(posted=5) is None


def test_who_has_left_signs_nothing_more():
    one, other = parties(lying(*LIE))
    talk(one, other, 3)
    one.channel.settle_on_chain()
    kept = dict(one.journal.kept)
    one.start()
    for _ in range(2):
        with pytest.raises(Refused):
            one.channel.play(one.move(), START)
    assert one.journal.kept == kept
    late, other = parties(lying(*LIE))
    late.channel.leave()
    with pytest.raises(Refused):
        late.channel.take(other.channel.play(other.move(), START), START)


# Time


def test_the_defender_keeps_its_reserve_for_the_chain():
    one, other = parties(lying(*LIE))
    last = START + BUDGET - RESERVE
    assert other.channel.until == last and one.channel.until == START + BUDGET
    with pytest.raises(Refused):
        other.channel.play(other.move(), last + 1)
    one.channel.take(other.channel.play(other.move(), last), last)
    with pytest.raises(Refused):
        one.channel.play(one.move(), START + BUDGET + 1)
    one.channel.play(one.move(), START + BUDGET)


def test_each_charges_its_own_time_and_never_below_zero():
    one, other = parties(lying(*LIE))
    one.channel.take(other.channel.play(other.move(), START + 30), START + 31)
    assert one.channel.state.defender_left == BUDGET
    other.channel.take(one.channel.play(one.move(), START + 71), START + 72)
    assert (one.channel.state.challenger_left, one.channel.state.defender_left) == (BUDGET - 40, BUDGET)
    one.channel.take(other.channel.play(other.move(), START + 80), START + 80)
    assert (one.channel.state.challenger_left, one.channel.state.defender_left) == (BUDGET - 40, BUDGET - 8)
    poor = replace(one.channel.state, challenger_left=3)
    one.channel._last = poor
    assert one.channel.play(one.move(), START + 90).state.challenger_left == 0


# What a dishonest side signs


def tampered(state: State) -> dict[str, State]:
    """Next states that do not follow, by what is wrong with them."""
    mover = state.side.other
    own, their = [f"{side.name.lower()}_left" for side in (mover, mover.other)]
    return {
        "own time": replace(state, **{own: BUDGET + 1}),
        "their time": replace(state, **{their: getattr(state, their) - 1}),
        "their time up": replace(state, **{their: getattr(state, their) + 1}),
        "number again": replace(state, number=state.number - 1),
        "number before": replace(state, number=max(0, state.number - 2)),
        "number ahead": replace(state, number=state.number + 1),
        "claim": replace(state, claim=keccak(state.claim)),
        "trace": replace(state, trace=keccak(state.trace)),
        "position": replace(state, position=state.position ^ 1 << 14),
        "stage": replace(state, position=state.position ^ 1),
        "side": replace(state, side=mover),
        "dispute": replace(state, dispute=DISPUTE + 1),
    }


@pytest.mark.parametrize("number", [0, 1, 6, 7])
@pytest.mark.parametrize("name", list(tampered(State.of_root(1, bytes(32), 1))))
def test_no_state_is_taken_that_does_not_follow(number, name):
    one, other = parties(lying(*LIE))
    talk(one, other, number)
    mover, taker = (one, other) if one.channel.turn else (other, one)
    right = mover.channel.play(mover.move(), START)
    wrong = tampered(right.state)[name]
    before = taker.channel.state
    with pytest.raises(Refused):
        taker.channel.take(Message(wrong, right.move, mover.signed(wrong), right.answered), START)
    assert taker.channel.state == before
    # What both have signed before can still be posted, from the right hands its answer too.
    taker.start()
    posted = taker.channel.settle_on_chain()
    newest = number if wrong.dispute == DISPUTE and wrong.number <= number + 1 else number - 1
    assert posted is None if newest <= 0 else State(*posted[1]).number == newest


def first_leg(party: Party) -> tuple[Any, ...]:
    """The leg to the first child of where a party stands."""
    at = party.channel.position
    shown = Children.of(party.own.tree(*at.coordinates), at)
    leg = Leg(shown.hashes[0], shown.level, shown.first, int(shown.kind), shown.count, shown.path(0))
    assert descend(party.channel.state.place, [leg], COUNTS).position.claim == leg.child
    return leg.arguments()


def wrong_moves(mover: Party) -> dict[str, Move]:
    """Moves that the contract refuses."""
    move = mover.move()
    if mover.side is Side.DEFENDER:
        kind, count, hashes = move.arguments
        return {
            "flipped": Move("Arbitration", "show_children", (kind, count, [keccak(hashes[0]), *hashes[1:]])),
            "one missing": Move("Arbitration", "show_children", (kind, count, hashes[:-1])),
            "one more": Move("Arbitration", "show_children", (kind, count, [*hashes, hashes[0]])),
            "words": Move("Arbitration", "show_leaf", ([1, 2],)),
            "descend": Move("Arbitration", "descend", ([first_leg(mover)],)),
        }
    first, *rest = legs_of(move)
    flipped = replace(first, child=keccak(first.child))
    sideways = replace(first, index=first.index ^ 1)
    cut = replace(first, siblings=first.siblings[:-1])
    return {
        name: Move("Arbitration", "descend", ([leg.arguments() for leg in [*legs, *rest]],))
        for name, legs in {"flipped": [flipped], "sideways": [sideways], "cut": [cut]}.items()
    } | {
        "nowhere": Move("Arbitration", "descend", ([],)),
        "shows": Move("Arbitration", "show_children", (0, 0, [bytes(32)])),
    }


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_no_move_is_taken_or_made_that_the_contract_refuses(number):
    one, other = parties(lying(*LIE))
    talk(one, other, number)
    mover, taker = (one, other) if one.channel.turn else (other, one)
    wrong = wrong_moves(mover)
    right = mover.channel.play(mover.move(), START)
    for name, move in wrong.items():
        with pytest.raises(Refused):
            taker.channel.take(replace(right, move=move), START)
        assert taker.channel.state.number == number, name
    taker.channel.take(right, START)
    assert taker.channel.state.number == number + 1
    other_side = taker
    for name, move in wrong_moves(other_side).items():
        with pytest.raises(IllegalMove):
            other_side.channel.play(move, START)
        assert other_side.channel.state.number == number + 1, name


def test_below_a_tensor_of_a_packed_state_nobody_goes():
    one, other = parties(lying(0, 1, 0, 5))
    talk(one, other, 1)
    report = other.own
    legs = []
    for depth, index in enumerate((0, 1, PROGRAM.pack, 0)):
        tree = report.tree(*(0, 1, PROGRAM.pack)[:depth])
        legs.append(Leg(tree.levels[0][index], 0, index, int(tree.kind), tree.count, tree.path(index)))
    with pytest.raises(IllegalMove, match="packed"):
        one.channel.play(Move("Arbitration", "descend", ([leg.arguments() for leg in legs],)), START)
    one.channel.play(Move("Arbitration", "descend", ([leg.arguments() for leg in legs[:3]],)), START)


def test_what_is_not_answered_is_not_gone_on_from():
    """Without the signature of its own last state, a side would have nothing to post."""
    one, other = parties(lying(*LIE))
    talk(one, other, 3)
    right = one.channel.play(one.move(), START)
    before = other.channel.state
    for answered in (b"", right.signature, one.signed(replace(before, number=before.number - 1))):
        with pytest.raises(Refused):
            other.channel.take(replace(right, answered=answered), START)
        assert other.channel.state == before
    other.channel.take(right, START)


def test_out_of_turn_nothing_is_taken_or_played():
    one, other = parties(lying(*LIE))
    talk(one, other, 2)
    with pytest.raises(Refused):
        one.channel.play(one.move(), START)
    before, shown = other.channel.state, other.move()
    moved = before.after(before.place, before.defender_left)
    with pytest.raises(Refused):
        other.channel.take(Message(moved, shown, one.signed(moved), one.signed(before)), START)
    assert other.channel.turn
    assert other.channel.play(shown, START).state == moved


@pytest.mark.parametrize("options", [{"chain_id": 2}, {"arbitration": OTHER_ARBITRATION}, {"dispute": DISPUTE + 1}])
def test_a_message_counts_in_one_dispute_of_one_contract_on_one_chain(options):
    one, other = parties(lying(*LIE))
    _, elsewhere = parties(lying(*LIE), **options)
    with pytest.raises(Refused):
        one.channel.take(elsewhere.channel.play(elsewhere.move(), START), START)
    assert one.channel.state.number == 0
    one.channel.take(other.channel.play(other.move(), START), START)


def test_only_the_other_side_is_heard():
    one, other = parties(lying(*LIE))
    message = other.channel.play(other.move(), START)
    r, s = message.signature[:32], int.from_bytes(message.signature[32:64], "big")
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = r + (order - s).to_bytes(32, "big") + bytes([55 - message.signature[64]])
    for signature in (one.signed(message.state), b"", message.signature[:64], high):
        with pytest.raises(Refused):
            one.channel.take(replace(message, signature=signature), START)
    assert one.channel.settle_on_chain() is None


# Conflicts


@pytest.mark.parametrize("number", [1, 4, 5])
def test_who_signs_two_states_of_one_number_is_convicted(number):
    one, other = parties(lying(*LIE))
    talk(one, other, number - 1)
    mover, taker = (one, other) if one.channel.turn else (other, one)
    right = mover.channel.play(mover.move(), START)
    taker.channel.take(right, START)
    second = replace(right.state, defender_left=BUDGET - 100)
    with pytest.raises(Conflict):
        taker.channel.take(replace(right, state=second, signature=mover.signed(second)), START)
    check_conflict(taker, mover, right.state, second)
    with pytest.raises(Refused):
        taker.channel.play(taker.move(), START)
    taker.start()
    check_conflict(taker, mover, right.state, second)
    with pytest.raises(Conflict):
        taker.channel.take(replace(right, answered=b"another"), START)


def check_conflict(taker: Party, mover: Party, *states: State) -> None:
    dispute, first, second, of_first, of_second = taker.channel.conflict
    assert dispute == DISPUTE and {State(*first), State(*second)} == set(states)
    assert State(*first).number == State(*second).number
    assert signatures(taker.side).holds(mover.side, State(*first), of_first)
    assert signatures(taker.side).holds(mover.side, State(*second), of_second)


def test_a_refused_state_is_evidence_too():
    """Also for a new process, and after this side has left."""
    one, other = parties(lying(*LIE))
    right = other.channel.play(other.move(), START)
    wrong = replace(right.state, claim=keccak(b"elsewhere"))
    with pytest.raises(Refused):
        one.channel.take(replace(right, state=wrong, signature=other.signed(wrong)), START)
    one.channel.leave()
    one.start()
    assert one.channel.conflict is None
    with pytest.raises(Conflict):
        one.channel.take(right, START)
    check_conflict(one, other, wrong, right.state)


def test_a_signature_of_ones_own_number_is_evidence_when_the_right_one_is_answered():
    one, other = parties(lying(*LIE))
    talk(one, other, 1)
    early = replace(one.channel.state, number=2, claim=keccak(b"elsewhere"))
    with pytest.raises(Refused):
        one.channel.take(Message(early, other.move(), other.signed(early)), START)
    mine = one.channel.play(one.move(), START)
    other.channel.take(mine, START)
    with pytest.raises(Conflict):
        one.channel.take(other.channel.play(other.move(), START), START)
    check_conflict(one, other, early, mine.state)
    one.start()
    check_conflict(one, other, early, mine.state)


def test_the_same_state_signed_twice_is_no_conflict():
    one, other = parties(lying(*LIE))
    message = talk(one, other, 3)
    for repeated in (message, replace(message, answered=b"")):
        if repeated == message:
            one.channel.take(repeated, START)
        else:
            with pytest.raises(Refused):
                one.channel.take(repeated, START)
    assert one.channel.conflict is None and one.channel.state.number == 3


def test_an_honest_side_signs_each_number_once_whatever_happens():
    """Restarts, repetitions and wrong messages at random; every signature given is recorded."""
    rng = random.Random(11)
    for _ in range(4):
        one, other = parties(lying(*LIE))
        given: dict[Side, dict[int, set[State]]] = {side: {} for side in Side}
        for party in (one, other):
            record(party, given[party.side])
        last = None
        for _ in range(60):
            party, peer = rng.sample([one, other], 2)
            action = rng.randrange(5)
            if action == 0:
                party.start()
                record(party, given[party.side])
            elif action == 1 and last is not None:
                state = rng.choice(list(tampered(last.state).values()))
                if state.dispute == DISPUTE and rng.random() < 0.2:
                    with pytest.raises(Refused):
                        party.channel.take(replace(last, state=state), START)
            else:
                message = party.channel.unanswered
                if message is None and not party.channel.turn:
                    continue
                if message is None:
                    move = party.move()
                    if move.contract != "Arbitration":
                        break
                    message = party.channel.play(move, START + rng.randrange(20))
                last = message
                if rng.random() < 0.7 and peer.channel.turn is False:
                    peer.channel.take(message, START)
        assert max(given[Side.CHALLENGER]) > 3
        for numbers in given.values():
            assert all(len(states) == 1 for states in numbers.values())


def record(party: Party, given: dict[int, set[State]]) -> None:
    """Write down every state that a party's channel signs."""
    sign: Callable[[State], bytes] = party.signatures.sign

    def recorded(state: State) -> bytes:
        given.setdefault(state.number, set()).add(state)
        return sign(state)

    party.signatures.sign = recorded  # type: ignore[method-assign]


# Processes end


def test_a_killed_process_goes_on_where_it_was(tmp_path: Path):
    for number in range(length()):
        one, other = (
            Party(side, own, lying(*LIE), Journal(tmp_path / f"{side.name}-{number}.json"))
            for side, own in ((Side.CHALLENGER, honest()), (Side.DEFENDER, lying(*LIE)))
        )
        talk(one, other, number)
        state, sent = one.channel.state, one.channel.unanswered
        for party in (one, other):
            party.journal = Journal(tmp_path / f"{party.side.name}-{number}.json")
            party.start()
        assert one.channel.state == other.channel.state == state and one.channel.unanswered == sent
        proof = converse(one.channel, other.channel, one.move, other.move, lambda: START)
        assert landed(one.channel.state.place, proof).coordinates == LIE[:3]


def test_a_lost_message_is_sent_again_and_taken_once():
    one, other = parties(lying(*LIE))
    talk(one, other, 4)
    sent = other.channel.play(other.move(), START + 5)
    other.start()
    assert other.channel.unanswered == sent
    with pytest.raises(Refused):
        other.channel.play(other.move(), START + 9)
    one.channel.take(sent, START + 10)
    one.channel.take(sent, START + 11)
    assert one.channel.unanswered is None and one.channel.state == sent.state
    other.channel.take(one.channel.play(one.move(), START + 12), START + 12)
    assert other.channel.unanswered is None


def test_nothing_leaves_that_is_not_on_disk():
    one, other = parties(lying(*LIE))
    talk(one, other, 2)
    other.journal.full = True
    with pytest.raises(OSError):
        other.channel.play(other.move(), START)
    assert other.channel.turn and other.channel.state.number == 2
    other.journal.full = False
    message = other.channel.play(other.move(), START)
    log = other.journal.get(f"channel-{DISPUTE}")["log"]
    assert [entry[2]["state"][1] for entry in log] == ["0x1", "0x2", "0x3"]
    one.journal.full = True
    with pytest.raises(OSError):
        one.channel.take(message, START)
    assert one.channel.state.number == 2
    one.journal.full = False
    one.channel.take(message, START)
    assert one.channel.state.number == 3


# Bytes from elsewhere


def test_messages_survive_json():
    one, other = parties(lying(*LIE))
    methods = set()
    for _ in range(length()):
        message = talk(one, other, 1)
        methods.add(message.move.method)
        decoded = Message.decode(json.loads(json.dumps(message.encode())))
        assert decoded.state == message.state and decoded.signature == message.signature
        assert decoded.encode() == message.encode()
    assert methods == {"show_children", "show_leaf", "descend"}


def test_what_is_no_message_is_refused():
    one, other = parties(lying(*LIE))
    shown = talk(one, other, 1).encode()
    asked = talk(one, other, 1).encode()
    kind, count, hashes = shown["arguments"]
    ((leg, *_),) = asked["arguments"]

    def with_leg(**changes: Any) -> dict[str, Any]:
        fields = dict(zip(("child", "level", "index", "kind", "count", "siblings"), leg, strict=True)) | changes
        return asked | {"arguments": [[list(fields.values())]]}

    for wrong in (
        None, [], "text", {}, {"state": []},
        shown | {"state": shown["state"][:-1]},
        shown | {"state": [*shown["state"], "0x0"]},
        shown | {"state": [hex(1 << 256), *shown["state"][1:]]},
        shown | {"state": ["-0x1", *shown["state"][1:]]},
        shown | {"state": [7, *shown["state"][1:]]},
        shown | {"state": [*shown["state"][:5], "0x2", *shown["state"][6:]]},
        shown | {"method": "time_out"},
        shown | {"method": ["descend"]},
        shown | {"arguments": [kind, count]},
        shown | {"arguments": [kind, count, [hashes[0][:-2], hashes[1] + "00"]]},
        shown | {"arguments": [kind, count, hashes * 9]},
        shown | {"arguments": [kind, count, "aa"]},
        shown | {"signature": "00" * 1025},
        shown | {"signature": "zz"},
        shown | {"answered": None},
        asked | {"arguments": [[leg] * 5]},
        with_leg(child="00"), with_leg(siblings=["00" * 32] * 49), with_leg(siblings={}), with_leg(index=1.5),
        asked | {"arguments": [[leg[:-1]]]},
        asked | {"method": "show_leaf", "arguments": [["0x1"] * 17]},
    ):  # fmt: skip
        with pytest.raises(MalformedMessage):
            Message.decode(wrong)
    Message.decode(shown)
    Message.decode(asked)
