"""ProgramJudge: an invalid node is shown, a valid one never; and what follows for the task.

The rules are compared with `validate` on random programs and on mutants of them, in a bare EVM. Promises 3 and 10,
attack A15.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from pyrevm import EVM

from pinpoint.commitment.tensor import Tensor, program_leaf, program_root
from pinpoint.commitment.tree import Tree, TreeKind, climb, parents, wrap
from pinpoint.dispute.invalid import Fault, fault_of, show_invalid
from pinpoint.models.convolution import Convolution
from pinpoint.models.dense import Dense
from pinpoint.models.programs import inference_program, training_program
from pinpoint.models.quantised import quantise
from pinpoint.models.transformer import Transformer
from pinpoint.program.graph import Node, Program, ProgramError
from pinpoint.program.operators import TABLE, Operator
from pinpoint.program.optimisers import Adam, Sgd
from pinpoint.program.validation import INTEGERS, validate
from tests.evm import CALLER, Contract, Reverted
from tests.games import zoo
from tests.programs import random_program
from tests.unit.contracts.steps import (
    WAD,
    Ending,
    Phase,
    accept,
    at,
    balances,
    bill,
    close_enrolment,
    enrol,
    enrol_and_draw,
    escrow_key,
    events,
    moved,
    post_proof,
    refused,
    submit,
    submitter_key,
    task_of,
)
from tests.unit.test_program_validation import FITTING, pair, single

Words = tuple[int, int, int]
Nodes = Sequence[Words]

LARGEST_RUNTIME = 24_576  # EIP-170
SALT = b"salt".rjust(32, b"\0")
MOST_GAS = 170_000
"""Of execution; the whole transaction takes 277,000 on anvil."""


def words_of(program: Program) -> list[Words]:
    """The words of a program's nodes."""
    return [node.words() for node in program.nodes]


class Judge:
    """The compiled contract in a bare EVM."""

    def __init__(self) -> None:
        self._contract = Contract(EVM(), "ProgramJudge", CALLER)
        self._tree = Tree(TreeKind.PROGRAM, [bytes(32)])
        self._nodes: Nodes = ()

    @property
    def runtime_size(self) -> int:
        """Bytes of code."""
        return self._contract.runtime_size

    def proof(self, nodes: Nodes, index: int) -> tuple[Words, list[bytes]]:
        """A node's words and path."""
        if tuple(nodes) != self._nodes:
            self._nodes, self._tree = tuple(nodes), Tree(TreeKind.PROGRAM, [program_leaf(words) for words in nodes])
        return nodes[index], self._tree.path(index)

    def ask(self, nodes: Nodes, state: int, index: int, producers: Sequence[int] = ()) -> bool:
        """Whether the node is shown to be invalid, with these as the producers of its inputs."""
        node, shown = self.proof(nodes, index), [self.proof(nodes, source) for source in producers]
        return bool(self._contract.call("is_invalid", self._tree.root, len(nodes) | state << 32, index, node, shown))

    def convicts(self, nodes: Nodes, state: int, index: int) -> bool:
        """Whether the node is shown to be invalid, by itself or with all its producers."""
        if self.ask(nodes, state, index):
            return True
        code = nodes[index][0] >> 160 & 0xFF
        sources = [nodes[index][0] >> 32 * (2 - place) & 0xFFFFFFFF for place in range(TABLE[Operator(code)].arity)]
        return bool(sources) and self.ask(nodes, state, index, sources)

    def needs(self, nodes: Nodes, state: int, fault: Fault) -> bool:
        """Whether the fault is shown by as many producers as it says, and not by fewer."""
        sources = Node.from_words(nodes[fault.index]).inputs[: fault.producers] if fault.producers else ()
        fewer = bool(sources) and self.ask(nodes, state, fault.index, sources[:-1])
        return self.ask(nodes, state, fault.index, sources) and not fewer


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


def assert_innocent(judge: Judge, program: Program) -> None:
    """No node is shown to be invalid."""
    validate(program)
    nodes, state = words_of(program), len(program.state_shapes)
    assert [index for index in range(len(nodes)) if judge.convicts(nodes, state, index)] == []


def test_fits_the_chain(judge):
    assert judge.runtime_size <= LARGEST_RUNTIME


# Never a valid program


@pytest.mark.parametrize("seed", range(12))
def test_no_node_of_a_valid_program_is_convicted(judge, seed):
    """Promise 3: an honest submitter keeps its deposit."""
    assert_innocent(judge, random_program(Random(seed), 20))


def test_no_node_of_any_operator_is_convicted(judge):
    program = zoo()
    assert {node.operator for node in program.nodes} == set(Operator)
    assert_innocent(judge, program)


def _dense() -> Program:
    return training_program(Dense((8, 5, 3), batch=4), Sgd(0.1))


def _convolution() -> Program:
    return training_program(Convolution(side=8, channels=(4, 6), strides=(1, 2), batch=5), Adam(1e-3))


TRANSFORMER = Transformer(vocabulary=7, length=4, batch=2, width=6, heads=2, layers=1)


def _transformer() -> Program:
    return training_program(TRANSFORMER, Adam(1e-3, max_norm=1.0))


def _quantised() -> Program:
    program = inference_program(TRANSFORMER, TRANSFORMER.initial_parameters(0))
    return quantise(program, [[np.zeros(program.batch_shapes[0], np.float32)]])


@pytest.mark.parametrize("model", [_dense, _convolution, _transformer, _quantised])
def test_no_node_of_a_model_is_convicted(judge, model):
    assert_innocent(judge, model())


# Rules, one by one


@pytest.mark.parametrize(("operator", "shapes", "output", "attribute"), FITTING)
def test_a_fitting_operation_is_innocent_and_its_neighbours_are_judged_as_validated(
    judge, operator, shapes, output, attribute
):
    """Every side, input and attribute one more and one less."""
    assert_innocent(judge, single(operator, shapes, output, attribute))
    for place in range(2 * len(shapes) + 3):
        for change in (-1, 1):
            sides, wanted, choice = [list(shape) for shape in shapes], list(output), attribute
            if place == 0:
                choice += change
            elif place <= 2:
                wanted[place - 1] += change
            else:
                sides[(place - 3) // 2][(place - 3) % 2] += change
            if choice < 0:
                continue
            changed = [(rows, cols) for rows, cols in sides]
            compare(judge, words_of(single(operator, changed, (wanted[0], wanted[1]), choice)), 1, 1 + len(shapes))


@pytest.mark.parametrize(("operator", "shapes", "output", "attribute"), [
    # One thing is wrong, and all else follows from it.
    (Operator.MATMUL, ((7, 5), (4, 5)), (7, 2), 1),
    (Operator.MATMUL_INT8, ((6, 5), (5, 5)), (6, 2), 1),
    (Operator.MATMUL, ((6, 5), (4, 4)), (6, 4), 0),
    (Operator.SCATTER_ADD, ((3, 5), (2, 5)), (9, 3), 0),
    (Operator.SCATTER_ADD, ((3, 5), (1, 4)), (9, 3), 0),
    (Operator.TRANSPOSE, ((7, 8),), (8, 6), pair(1, 1)),
    (Operator.TRANSPOSE, ((6, 7),), (6, 6), pair(1, 1)),
    (Operator.CONCAT, ((2, 3), (4, 5)), (6, 3), 0),
    (Operator.CONCAT, ((2, 3), (4, 5)), (2, 8), 1),
    (Operator.GATHER, ((6, 8), (2, 9)), (9, 8), 0),
    (Operator.ONE_HOT, ((2, 9),), (9, 4), 0),
    (Operator.CAUSAL_MASK, ((7, 3),), (7, 3), 0),
])  # fmt: skip
def test_inputs_that_do_not_fit_are_convicted(judge, operator, shapes, output, attribute):
    assert compare(judge, words_of(single(operator, shapes, output, attribute)), 1) == "shown"


LIMITS: Mapping[str, tuple[Callable[[int], Program], int]] = {
    "side": (lambda side: single(Operator.FILL, (), (1, side)), 2**20),
    "rows": (lambda side: single(Operator.FILL, (), (side, 1)), 2**20),
    # 2^16 rows of 256 leaves, and 97 x 673 of 257.
    "leaves": (lambda leaves: single(Operator.FILL, (), {2**24: (65536, 2**15)}.get(leaves, (65281, 32896))), 2**24),
    "terms": (lambda terms: single(Operator.SUM, ((2, terms),), (2, 1)), 4096),
    "terms of a product": (lambda terms: single(Operator.MATMUL, ((2, terms), (3, terms)), (2, 3)), 4096),
    "terms of a scatter": (lambda terms: single(Operator.SCATTER_ADD, ((2, terms), (1, terms)), (9, 2)), 4096),
    "rows of a state": (lambda side: state_of(side, 1), 4096),
    "columns of a state": (lambda side: state_of(1, side), 4096),
    "bits of a fill": (lambda bits: single(Operator.FILL, (), (1, 1), bits), 2**32 - 1),
    "bits of a mask": (lambda bits: single(Operator.CAUSAL_MASK, ((2, 2),), (2, 2), bits), 2**32 - 1),
    "batch tensors": (lambda index: named(index), 1),
}


def state_of(rows: int, cols: int) -> Program:
    """A program that leaves its state as it is."""
    return Program((Node(Operator.STATE, rows, cols, (0,), ((rows, cols),)), Node(Operator.PACK, 1, 0)))


def named(index: int) -> Program:
    """Two tensors of the batch, the second of that name."""
    batch = [Node(Operator.BATCH, 1, 1, attribute=attribute) for attribute in (0, index)]
    return Program((*state_of(1, 1).nodes[:1], *batch, Node(Operator.PACK, 1, 0)))


@pytest.mark.parametrize("limit", LIMITS)
def test_limits_are_reached_and_not_passed(judge, limit):
    """Promise 10."""
    make, last = LIMITS[limit]
    assert_innocent(judge, make(last))
    nodes = words_of(make(last + 1))
    with pytest.raises(ProgramError):
        validate(make(last + 1))
    assert any(judge.convicts(nodes, 1, index) for index in range(len(nodes)))


def test_each_code_is_judged_as_validated(judge):
    """Of every operator a node, with every other code in its place."""
    program = zoo()
    first = {node.operator: index for index, node in reversed(list(enumerate(program.nodes)))}
    for index in (first[Operator.NEG], first[Operator.ADD], first[Operator.FMA], first[Operator.FILL]):
        for code in range(256):
            nodes = words_of(program)
            nodes[index] = (nodes[index][0] & ~(0xFF << 160) | code << 160, *nodes[index][1:])
            kind = compare(judge, nodes, 2, index, constants=program.constants)
            assert kind == "shown" or code in set(Operator)


def test_reserved_bits_are_zero(judge):
    nodes = words_of(zoo())
    last = len(nodes) - 1
    for bit in (*range(168, 256), *range(192 + 256, 512)):
        words = list(words_of(zoo())[last])
        words[bit // 256] |= 1 << bit % 256
        assert judge.ask([*nodes[:last], (words[0], words[1], words[2])], 2, last)


@pytest.mark.parametrize("states", [1, 3])
def test_an_order_with_another_number_of_state_tensors_is_convicted(judge, states):
    nodes = words_of(zoo())
    assert judge.ask(nodes, states, min(states, 2))
    assert judge.ask(nodes, states, len(nodes) - 1)


def test_integers_in_the_state_are_shown_where_they_are_computed(judge):
    def program(next_value: int) -> list[Words]:
        return words_of(
            Program((
                Node(Operator.STATE, 1, 1, (next_value,), ((1, 1),)),
                Node(Operator.TO_INT, 1, 1, (0,), ((1, 1),)),
                Node(Operator.ARGMAX, 1, 1, (0,), ((1, 1),)),
                Node(Operator.MATMUL_INT8, 1, 1, (1, 1), ((1, 1), (1, 1))),
                Node(Operator.RESHAPE, 1, 1, (1,), ((1, 1),)),
                Node(Operator.TO_FLOAT, 1, 1, (1,), ((1, 1),)),
                Node(Operator.PACK, 1, 0),
            ))
        )  # fmt: skip

    for computed in (1, 2, 3):
        assert not judge.ask(program(computed), 1, 0)
        assert judge.ask(program(computed), 1, 0, [computed])
    # Moved: `validate` refuses it, but two nodes do not show it.
    assert not judge.ask(program(4), 1, 0, [4])
    assert not judge.ask(program(5), 1, 0, [5])


def test_a_node_reads_what_is_before_it_and_a_state_all_but_pack(judge):
    program = zoo()
    nodes, last = words_of(program), len(program.nodes) - 1
    for source in (last - 1, last, last + 1, 2**32 - 1):
        nodes[0] = replace(program.nodes[0], inputs=(source,)).words()
        assert judge.ask(nodes, 2, 0) == (source >= last)
    index = next(i for i, node in enumerate(program.nodes) if node.operator is Operator.NEG)
    for source in (index - 1, index, index + 1):
        nodes[index] = replace(program.nodes[index], inputs=(source,)).words()
        assert judge.ask(nodes, 2, index) == (source >= index)


def test_one_false_shape_among_three_is_found(judge):
    sources = ((1, 1), (1, 2), (3, 1))
    for wrong in range(3):
        shapes = [(1, 1) if place == wrong else shape for place, shape in enumerate(sources)]
        shapes = [(3, 2) if place == wrong else shape for place, shape in enumerate(shapes)]
        program = single(Operator.FMA, sources, (3, 2))
        nodes = words_of(program)
        nodes[4] = replace(program.nodes[4], input_shapes=tuple(shapes)).words()
        assert [judge.ask(nodes, 1, 4, [1, 2, 3][:shown]) for shown in range(4)] == [
            shown > wrong for shown in range(4)
        ]


def test_evidence_that_proves_nothing_is_refused(judge):
    """Promise 10."""
    nodes = words_of(zoo())
    index = next(i for i, node in enumerate(zoo().nodes) if node.operator is Operator.NEG)
    (source,) = zoo().nodes[index].inputs
    assert not judge.ask(nodes, 2, index, [source])
    contract, root, counts = judge._contract, program_root(nodes), len(nodes) | 2 << 32
    (words, path), producer = judge.proof(nodes, index), judge.proof(nodes, source)

    def refuse(reason, place, node, *inputs, root=root, counts=counts):
        with pytest.raises(Reverted, match=f"^{reason}$"):
            contract.call("is_invalid", root, counts, place, node, inputs)

    refuse("evidence: program", index, ((*words[:2], 1), path))
    refuse("evidence: program", index - 1, (words, path))
    refuse("evidence: program", index, (words, path), root=bytes(32))
    refuse("tree: path", index, (words, path[:-1]))
    refuse("tree: path", index, (words, [*path, bytes(32)]))
    refuse("tree: index", len(nodes), (words, path))
    refuse("evidence: program", index, (words, path), counts=counts + 1)
    refuse("evidence: program", index, (words, path), (words, path))
    refuse("program: inputs", index, (words, path), producer, producer)
    refuse("program: inputs", len(nodes) - 1, judge.proof(nodes, len(nodes) - 1), producer)


# Mutants


Field = tuple[int, int, int]
"""Which word, the lowest bit, and how many."""
FIELDS: list[Field] = [
    (0, 160, 8), *[(0, 32 * i, 32) for i in range(5)], *[(1, 32 * i, 32) for i in range(6)], (2, 0, 256)
]  # fmt: skip
VALUES = [0, 1, 2, 3, 8, 130, 4095, 4096, 4097, 2**20 - 1, 2**20, 2**20 + 1, 2**32 - 1]


class Mutator:
    """Breaks programs, or tries to: a field, some bits, two nodes exchanged, or a side with all that name it."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)

    def mutant(self, program: Program) -> tuple[list[Words], list[int]]:
        """The words of a mutant, and the nodes whose judgement may differ."""
        nodes = words_of(program)
        index = self.rng.randrange(len(nodes))
        changed = self.rng.choice([self._bit, self._field, self._field, self._exchange, self._source, self._resize])(
            nodes, program, index
        )
        readers = [i for i, node in enumerate(program.nodes) if set(node.inputs) & changed]
        return nodes, sorted({*changed, *readers})

    def _set(self, nodes: list[Words], index: int, field: Field, value: int) -> None:
        word, shift, size = field
        words = list(nodes[index])
        mask = (1 << size) - 1
        words[word] = words[word] & ~(mask << shift) | (value & mask) << shift
        nodes[index] = (words[0], words[1], words[2])

    def _get(self, nodes: list[Words], index: int, field: Field) -> int:
        word, shift, size = field
        return nodes[index][word] >> shift & (1 << size) - 1

    def _bit(self, nodes: list[Words], program: Program, index: int) -> set[int]:
        word = self.rng.randrange(3)
        self._set(nodes, index, (word, self.rng.randrange(256), 1), self.rng.randrange(2))
        return {index}

    def _field(self, nodes: list[Words], program: Program, index: int) -> set[int]:
        field = self.rng.choice(FIELDS)
        old = self._get(nodes, index, field)
        other = self._get(nodes, self.rng.randrange(len(nodes)), self.rng.choice(FIELDS))
        attribute = TABLE[program.nodes[index].operator].attributes
        choices = [old + 1, old - 1, old * 2, other, attribute - 1, attribute, self.rng.choice(VALUES)]
        if field == FIELDS[0]:
            choices = [self.rng.choice(list(Operator)), self.rng.randrange(256)]
        self._set(nodes, index, field, max(0, self.rng.choice(choices)))
        return {index}

    def _exchange(self, nodes: list[Words], program: Program, index: int) -> set[int]:
        other = self.rng.randrange(len(nodes))
        nodes[index], nodes[other] = nodes[other], nodes[index]
        return {index, other}

    def _source(self, nodes: list[Words], program: Program, index: int) -> set[int]:
        """Another input, with its shape."""
        place, source = self.rng.randrange(3), self.rng.randrange(len(nodes))
        self._set(nodes, index, (0, 32 * (2 - place), 32), source)
        for side, value in enumerate(program.nodes[source].shape):
            self._set(nodes, index, (1, 32 * (5 - 2 * place - side), 32), value)
        return {index}

    def _resize(self, nodes: list[Words], program: Program, index: int) -> set[int]:
        """Another side of an output, where it is stated, too."""
        side, value = self.rng.randrange(2), self.rng.choice(VALUES)
        self._set(nodes, index, (0, 128 - 32 * side, 32), value)
        changed = {index}
        for reader, node in enumerate(program.nodes):
            for place, source in enumerate(node.inputs):
                if source == index:
                    self._set(nodes, reader, (1, 32 * (5 - 2 * place - side), 32), value)
                    changed.add(reader)
        return changed


def refusal(nodes: Nodes, state: int, constants: Mapping[bytes, Tensor]) -> str | None:
    """What an honest solver says of a program in an order of so many state tensors."""
    try:
        program = Program(tuple(Node.from_words(words) for words in nodes), constants)
        validate(program)
    except ProgramError as error:
        return str(error)
    return None if len(program.state_shapes) == state else "order"


def hidden(nodes: Nodes, said: str) -> bool:
    """Whether a refusal is one that no bounded number of nodes shows."""
    if "constant of" in said or "each batch tensor" in said:
        return True
    if "a next value of binary32" in said:
        producer = Node.from_words(nodes[int(said.split()[1])]).inputs[0]
        return Node.from_words(nodes[producer]).operator not in INTEGERS
    return False


def compare(
    judge: Judge, nodes: Nodes, state: int, *asked: int, constants: Mapping[bytes, Tensor] | None = None
) -> str:
    """Contract and twin agree on the nodes asked about; what `validate` refuses at a node is shown there.

    Returns:
        What kind of case it was.
    """
    said = refusal(nodes, state, constants or {})
    faults = [fault_of(nodes, state, index) for index in range(len(nodes))]
    found = {fault.index: fault for fault in faults if fault is not None}
    names = said.removeprefix("node ").split()[0].rstrip(":") if said and said.startswith("node ") else ""
    for index in {*asked, *found, *([int(names)] if names else [])}:
        if index in found:
            assert judge.needs(nodes, state, found[index]), (index, said)
        else:
            assert not judge.convicts(nodes, state, index), (index, said)
    if said is None:
        assert not found
        return "valid"
    if hidden(nodes, said):
        return "hidden"
    assert found, said
    # Where another count of STATE nodes is the fault, `validate` names the node that does not fit its own count.
    if names and "STATE nodes first" not in said and "rows and 0 cols" not in said:
        assert int(names) in found, said
    return "shown"


@pytest.mark.parametrize("seed", range(8))
def test_a_mutant_is_convicted_where_it_is_refused(judge, seed):
    """Promise 3, and that no broken rule that nodes show is left to the solver."""
    mutator, kinds = Mutator(seed), []
    for _ in range(20):
        program = random_program(mutator.rng, mutator.rng.randrange(1, 12))
        for _ in range(20):
            nodes, asked = mutator.mutant(program)
            kinds.append(compare(judge, nodes, len(program.state_shapes), *asked, constants=program.constants))
    assert kinds.count("shown") > 150
    assert kinds.count("valid") > 20


# The task


BROKEN = 4
"""Node of `invalid_nodes` that breaks a rule."""


def invalid_nodes() -> list[Words]:
    """A program that adds what does not fit, in its fifth node."""
    nodes = words_of(single(Operator.ADD, ((2, 3), (2, 3)), (2, 3)))
    nodes.insert(BROKEN, Node(Operator.ADD, 2, 4, (1, 2), ((2, 3), (2, 3))).words())
    return nodes


def submit_program(world, nodes, **changes):
    changes = {"program_root": program_root(nodes), "nodes": len(nodes), "state": 1} | changes
    return submit(world, **changes)


def show(world, task, nodes, user="stranger"):
    move = show_invalid(nodes, 1)
    claim(world, task, move.arguments[0], user)
    return world.send(user, move.contract, move.method, task, *move.arguments, SALT)


def claim(world, task, index, user="stranger"):
    world.send(user, "ProgramJudge", "commit", commitment(world, task, index, user))


def commitment(world, task, index, user):
    return world.view("ProgramJudge", "commitment_of", task, index, world[user], SALT)


def to_offered(world, nodes):
    task = submit_program(world, nodes)
    enrol_and_draw(world, task, "solver", "other_solver")
    return task


def to_drawing(world, nodes):
    task = submit_program(world, nodes)
    enrol(world, task, "solver", "other_solver")
    close_enrolment(world, task)
    return task


def test_an_invalid_program_ends_its_task(world):
    """Ending: invalid program. Attack A15."""
    before, p, due = balances(world, *world.users), world.parameters, bill(world)
    nodes = invalid_nodes()
    task = submit_program(world, nodes)
    to_finder = p.task_deposit * p.invalid_share // WAD
    assert 0 < to_finder < p.task_deposit
    receipt = show(world, task, nodes)
    found = events(receipt)
    assert found["TaskEnded"] == [{"task": task, "ending": Ending.INVALID_PROGRAM}]
    assert found["SubmitterSlashed"] == [{"task": task, "finder": world["stranger"], "amount": p.task_deposit}]
    assert (task_of(world, task).phase, task_of(world, task).ending) == (Phase.ENDED, Ending.INVALID_PROGRAM)
    assert world.view("Staking", "pots", escrow_key(task)) == 0
    assert world.view("Staking", "locked_amount", submitter_key(task)) == 0
    assert moved(world, before) == {
        "submitter": (-due.escrow - p.task_deposit, 0, due.escrow),
        "stranger": (0, 0, to_finder),
    }
    with refused("registry: phase"):
        show(world, task, nodes)


@pytest.mark.parametrize("to", [submit_program, to_drawing, to_offered])
def test_it_can_be_shown_until_a_solver_accepts(world, to):
    before, p, nodes = balances(world, *world.users), world.parameters, invalid_nodes()
    task = to(world, nodes)
    show(world, task, nodes)
    assert task_of(world, task).ending == Ending.INVALID_PROGRAM
    for name in ("solver", "other_solver"):
        if world.view("TaskRegistry", "enrolment_place", task, world[name]):
            world.send(name, "TaskRegistry", "leave", task)
    assert task_of(world, task).enrolled == 0
    # The drawn solver, too, has its deposit back.
    assert {user: sum(change) for user, change in moved(world, before).items()} == {
        "submitter": -p.task_deposit,
        "stranger": p.task_deposit * p.invalid_share // WAD,
    }


def test_the_drawn_solver_can_show_it_too(world):
    nodes = invalid_nodes()
    task = to_offered(world, nodes)
    solver = world.name_of(task_of(world, task).solver)
    at(task_of(world, task).deadline + 1)
    before = balances(world, solver)
    show(world, task, nodes, solver)
    p = world.parameters
    change = (bill(world).solver_deposit, 0, p.task_deposit * p.invalid_share // WAD)
    assert moved(world, before) == {solver: change}
    assert task_of(world, task).solver == "0x" + "00" * 20


def test_it_cannot_be_shown_once_a_solver_has_accepted(world):
    """Attack A15: nobody lets a dead node lie until the checkpoints are public."""
    nodes = invalid_nodes()
    task = to_offered(world, nodes)
    accept(world, task)
    with refused("registry: phase"):
        show(world, task, nodes)
    with world.undone():
        post_proof(world, task)
        with refused("registry: phase"):
            show(world, task, nodes)
    # Nor when the solver falls silent and the task is open again.
    at(task_of(world, task).deadline + 1)
    world.send("stranger", "TaskRegistry", "time_out", task)
    assert task_of(world, task).phase == Phase.OPEN
    with refused("registry: accepted"):
        show(world, task, nodes)
    enrol_and_draw(world, task, "whistleblower")
    with refused("registry: accepted"):
        show(world, task, nodes)


def test_a_fault_is_shown_by_whoever_claimed_it_before(world):
    """Promise 8, rules 10 and 20: a copy of the proof, or of the claim, shows nothing."""
    nodes = invalid_nodes()
    task = submit_program(world, nodes)
    move = show_invalid(nodes, 1)
    index = move.arguments[0]
    with refused("program: unclaimed"):
        world.send("stranger", "ProgramJudge", "show_invalid", task, *move.arguments, SALT)
    claim(world, task, index)
    claimed = world.view("ProgramJudge", "committed", commitment(world, task, index, "stranger"))
    # The copier claims the same bytes, and sends the same proof.
    world.send("whistleblower", "ProgramJudge", "commit", commitment(world, task, index, "stranger"))
    assert world.view("ProgramJudge", "committed", commitment(world, task, index, "stranger")) == claimed
    with refused("program: unclaimed"):
        world.send("whistleblower", "ProgramJudge", "show_invalid", task, *move.arguments, SALT)
    # A claim made in the same block comes too late.
    claim(world, task, index, "whistleblower")
    world.mine(-1)
    with refused("program: early"):
        world.send("whistleblower", "ProgramJudge", "show_invalid", task, *move.arguments, SALT)
    world.mine(1)
    world.send("stranger", "ProgramJudge", "show_invalid", task, *move.arguments, SALT)
    assert task_of(world, task).ending == Ending.INVALID_PROGRAM


def test_a_valid_program_ends_no_task(world):
    program = single(Operator.ADD, ((2, 3), (2, 3)), (2, 3))
    nodes = words_of(program)
    task = submit_program(world, nodes)
    tree = Tree(TreeKind.PROGRAM, [program_leaf(words) for words in nodes])
    proofs = [(list(words), tree.path(index)) for index, words in enumerate(nodes)]
    for index, node in enumerate(program.nodes):
        claim(world, task, index)
        for shown in ([], [proofs[source] for source in node.inputs]):
            with refused("program: valid"):
                world.send("stranger", "ProgramJudge", "show_invalid", task, index, proofs[index], shown, SALT)
    claim(world, task + 1, 0)
    with refused("tree: empty"):
        world.send("stranger", "ProgramJudge", "show_invalid", task + 1, 0, proofs[0], [], SALT)
    assert task_of(world, task).phase == Phase.OPEN


def test_a_program_is_shown_invalid_to_its_own_task_only(world):
    nodes = invalid_nodes()
    submit_program(world, nodes)
    sound = words_of(single(Operator.ADD, ((2, 3), (2, 3)), (2, 3)))
    sound.insert(BROKEN, Node(Operator.ADD, 2, 3, (1, 2), ((2, 3), (2, 3))).words())
    other = submit_program(world, sound)
    with refused("evidence: program"):
        show(world, other, nodes)


def dearest() -> tuple[bytes, list[object]]:
    """A program of 2^20 nodes, and what shows its last but one: an FMA that says something false of its third input."""
    last, quarter = 2**20 - 2, 2**18
    sources = [5, quarter + 5, 2 * quarter + 5]
    fill = Node(Operator.FILL, 1, 1).words()
    node = Node(Operator.FMA, 1, 2, tuple(sources), ((1, 1), (1, 1), (1, 2))).words()
    shown = [(place, node if place == last else fill) for place in (last, *sources)]
    rng, tops, paths = Random(1), [b""] * 4, []
    for place, words in shown:
        path = [rng.randbytes(32) for _ in range(27)]
        tops[place // quarter] = climb([program_leaf(words)], place % quarter, quarter, path)
        paths.append(path)
    proofs = [
        (list(words), path + [top for here, top in enumerate(tops) if here != place // quarter])
        for (place, words), path in zip(shown, paths, strict=True)
    ]
    root = wrap(TreeKind.PROGRAM, 2**20, parents(tops, 10)[0])
    return root, [last, proofs[0], proofs[1:]]


def test_the_dearest_case_is_cheap(world):
    root, arguments = dearest()
    task = submit(world, program_root=root, nodes=2**20, state=1)
    enrol_and_draw(world, task, "solver", "other_solver")
    claim(world, task, arguments[0])
    receipt = world.send("stranger", "ProgramJudge", "show_invalid", task, *arguments, SALT)
    assert receipt.gas <= MOST_GAS
