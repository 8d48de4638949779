"""Everything that a task commits to, downloaded and checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from pinpoint.chain.artifacts import Artifacts
from pinpoint.chain.client import Task
from pinpoint.chain.posted import Posted
from pinpoint.chain.storage import ArtifactError
from pinpoint.commitment.tensor import Tensor, program_leaf
from pinpoint.commitment.tree import Tree, TreeKind
from pinpoint.dispute.evidence import Trees
from pinpoint.program.graph import Program, ProgramError
from pinpoint.program.validation import check_memory, validate
from pinpoint.program.work import data_bits, program_units
from pinpoint.replay import native
from pinpoint.replay.report import Segment
from pinpoint.replay.training import moves, replay


class TaskData:
    """Program, data and checkpoints of a task. Downloads when asked; all of it is checked against the chain's roots.

    Raises, from every member: ArtifactError, if something is not available or not what its root says.
    """

    def __init__(self, task: Task, artifacts: Artifacts, posted: Callable[[Program], Posted]) -> None:
        """
        Args:
            posted: what is on chain of a sampled proof, where its lists of roots cannot be had otherwise.
        """
        self.task = task
        self._posted = posted
        self.geometry = task.order.geometry
        self._artifacts = artifacts
        self._batches: dict[int, list[Tensor]] = {}

    @cached_property
    def program(self) -> Program:
        """One training step, with as many weights as the order says."""
        program = self._artifacts.program(self.task.order.program_root)
        return replace(program, memory=len(program.state_shapes) - self.geometry.weights)

    @cached_property
    def dataset(self) -> Tree:
        """The tree of the batches; without those of which nothing is known, if only some were posted on chain."""
        try:
            return Tree(TreeKind.DATASET, self._artifacts.dataset(self.task.order.dataset_root))
        except ArtifactError:
            if not any(self.task.proof_root):
                raise
            return self._posted(self.program).dataset

    def batch(self, step: int) -> list[Tensor]:
        """The batch of a step: the task fixes that step g uses batch g modulo their number."""
        place = step % self.geometry.batches
        if place not in self._batches:
            self._batches[place] = self._artifacts.batch(self._root(self.dataset, place))
        return self._batches[place]

    def initial_state(self) -> list[Tensor]:
        """The state that the training starts from."""
        return self._artifacts.state(self.task.order.initial_state)

    @cached_property
    def proof(self) -> Tree:
        """The tree of the solver's checkpoints; as `dataset` if only some were posted on chain."""
        try:
            return Tree(TreeKind.PROOF, self._artifacts.proof(self.task.proof_root))
        except ArtifactError:
            return self._posted(self.program).proof

    def state(self, checkpoint: int) -> list[Tensor]:
        """The state of one of the solver's checkpoints."""
        return self._artifacts.state(self._root(self.proof, checkpoint))

    def segment(self, number: int, start: Sequence[Tensor], end: Sequence[Tensor]) -> Segment:
        """A segment between two states.

        Raises:
            ProgramError: if a state or a batch has not the program's shapes.
        """
        steps = range(number * self.geometry.interval, (number + 1) * self.geometry.interval)
        batches = [self.batch(step) for step in steps]
        for step, batch in zip(steps, batches, strict=True):
            expect_shapes(f"batch of step {step}", self.program.batch_shapes, batch)
        for checkpoint, state in ((number, start), (number + 1, end)):
            expect_shapes(f"checkpoint {checkpoint}", self.program.state_shapes, state)
        return Segment(number, start, end, batches)

    def segments(self, samples: Sequence[int]) -> list[Segment]:
        """The sampled segments as the solver claims them.

        Raises:
            ProgramError: if program or order are ill-formed, or a state or a batch has not the program's shapes.
        """
        self.check_program()
        return [self.segment(number, self.state(number), self.state(number + 1)) for number in samples]

    @cached_property
    def trees(self) -> Trees:
        """The trees that a dispute needs."""
        return Trees(
            program=Tree(TreeKind.PROGRAM, [program_leaf(node.words()) for node in self.program.nodes]),
            dataset=self.dataset,
            proof=self.proof,
        )

    def check_program(self) -> None:
        """Check the program, and that the order's counts are its.

        Raises:
            ProgramError: if it is ill-formed or they are not.
        """
        validate(self.program)
        order, program = self.task.order, self.program
        for name, expected, actual in (
            ("nodes", len(program.nodes), self.geometry.nodes),
            ("state tensors", len(program.state_shapes), self.geometry.state),
            ("units", program_units(program), order.units),
            ("batches", self.dataset.count, self.geometry.batches),
            ("bits of data", data_bits(program, self.geometry.interval, self.geometry.samples), self.geometry.data),
        ):
            if expected != actual:
                raise ProgramError(f"expected an order of {expected} {name}, got {actual}")

    def check(self) -> None:
        """Check what a solver answers for when it accepts: program, units, all batches and the initial state; and that
        the first segment is work, or it would be paid for nothing.

        Raises:
            ProgramError: if something is ill-formed, or no weight moves.
        """
        self.check_program()
        expect_shapes("initial state", self.program.state_shapes, self.initial_state())
        for place in range(self.geometry.batches):
            expect_shapes(f"batch {place}", self.program.batch_shapes, self.batch(place))
        check_memory(self.program)
        start, steps = self.initial_state(), self.geometry.interval
        *_, (_, end) = replay(self.program, start, self.batch, 0, steps, native.arithmetic)
        if not moves(start, end, self.program.weights):
            raise ProgramError(f"expected a weight that has moved after {steps} steps, got none")

    @staticmethod
    def _root(tree: Tree, index: int) -> bytes:
        root = tree.levels[0][index]
        if not root:
            raise ArtifactError(f"the root of {tree.kind.name} leaf {index} is not available")
        return root


def expect_shapes(name: str, shapes: Sequence[tuple[int, int]], tensors: Sequence[Tensor]) -> None:
    """Check the shapes of a list of tensors.

    Raises:
        ProgramError: naming the list, if they are others.
    """
    actual = [tensor.shape for tensor in tensors]
    if actual != list(shapes):
        raise ProgramError(f"expected {name} of shapes {list(shapes)}, got {actual}")
