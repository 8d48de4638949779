"""A verifier's report: the replay of all sampled segments, as one tree from root to word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from math import isqrt

import numpy as np

from pinpoint.commitment.tensor import Tensor, checkpoint_root, tensor_root, tensor_tree
from pinpoint.commitment.tree import Tree, TreeKind, keccak
from pinpoint.program.distance import distance_program, distance_state, posted_distance
from pinpoint.program.graph import Node, Program
from pinpoint.program.operators import Operator
from pinpoint.replay.canonical import arithmetic
from pinpoint.replay.plan import Hook, Plan, next_state

Lie = Callable[[int, int, int, Tensor], Tensor]
"""What stands instead of a node's output: sample, step in the segment, node, right output."""


@dataclass(frozen=True)
class Segment:
    """One sampled segment: what the solver claims about it, and the batches of its steps.

    Attributes:
        number: which of the task's segments it is.
        start: state tensors at its start, from the solver's proof.
        end: state tensors at its end, likewise.
        batches: one batch per step.
    """

    number: int
    start: Sequence[Tensor]
    end: Sequence[Tensor]
    batches: Sequence[Sequence[Tensor]]


class Report:
    """The replay of segments, with every tree that a dispute may ask for.

    Trees of tensors are made again when they are asked for; only the roots are kept.
    """

    def __init__(
        self,
        program: Program,
        segments: Sequence[Segment],
        lie: Lie | None = None,
        on_step: Callable[[], None] = lambda: None,
    ) -> None:
        """Replay.

        Args:
            program: one training step.
            segments: in the order of the samples.
            lie: how a dishonest verifier falsifies outputs; what follows from them is consistent.
            on_step: called after each step, for a progress bar.
        """
        self.program = program
        self.segments = list(segments)
        self.interval = len(self.segments[0].batches)
        self._lie = lie
        self.distance_nodes = tuple(distance_program(program.state_shapes, program.weights))
        self._step = Plan(program.nodes, arithmetic, keep=program.producers)
        self._distance = Plan(self.distance_nodes, arithmetic, keep=[len(self.distance_nodes) - 1])
        # What a dispute asked for last: outputs of a step, and states before steps.
        self._asked: tuple[int, int] | None = None
        self._outputs: dict[int, Tensor] = {}
        self._states: dict[tuple[int, int], list[Tensor]] = {}
        self.distances: list[int] = []
        """Per segment, the binary32 bits to be posted."""
        self._traces: list[list[Tree]] = []
        for sample, segment in enumerate(self.segments):
            self._traces.append([])
            state = list(segment.start)
            for step in range(self.interval):
                state = next_state(program, self._commit(sample, step, state))
                on_step()
            last = self._commit(sample, self.interval, state)[len(self.distance_nodes) - 1]
            same = self.end_root(sample) == checkpoint_root(segment.end)
            self.distances.append(posted_distance(int(last.view(np.uint32)[0, 0]), same))

    @cached_property
    def root(self) -> bytes:
        """Root of the REPORT tree."""
        return self.tree().root

    @cached_property
    def digest(self) -> bytes:
        """What makes it this report: root and distances (Verification packs eight distances a word)."""
        words = [sum(d << 32 * place for place, d in enumerate(self.distances[at : at + 8])) for at in (0, 8)]
        return keccak(self.root + b"".join(word.to_bytes(32, "big") for word in words))

    def nodes(self, step: int) -> tuple[Node, ...]:
        """Nodes of a step: of the program, or of the distance for the step after the last."""
        return self.program.nodes if step < self.interval else self.distance_nodes

    def end_root(self, sample: int) -> bytes:
        """CHECKPOINT root after the last step of a segment's replay."""
        return self._traces[sample][self.interval - 1].levels[0][-1]

    def tree(self, sample: int | None = None, step: int | None = None, node: int | None = None) -> Tree:
        """The REPORT tree, or that of a segment, of a step, of a node's output."""
        if sample is None:
            return Tree(TreeKind.REPORT, [self.tree(place).root for place in range(len(self.segments))])
        if step is None:
            return Tree(TreeKind.SEGMENT, [trace.root for trace in self._traces[sample]])
        if node is None:
            return self._traces[sample][step]
        if step < self.interval and node == self.program.pack:
            leaves = self._traces[sample][step].levels[0]
            return Tree(TreeKind.CHECKPOINT, self.packed(sample, step, leaves))
        return tensor_tree(self.output(sample, step, node))

    def output(self, sample: int, step: int, node: int) -> Tensor:
        """The output of a step's node, not PACK; step `interval` is the distance.

        The step is run again. What is held is the outputs that the node's proof needs, and of one segment the states
        at about the square root of its steps: a step is reached from the nearest.
        """
        if self._asked != (sample, step) or node not in self._outputs:
            node_inputs = [] if self._is_state(step, node) else self.nodes(step)[node].inputs
            plan = Plan(self.nodes(step), arithmetic, keep={node, *node_inputs})
            self._outputs = self._run(sample, step, self._state(sample, step), plan)
            self._asked = (sample, step)
        return self._outputs[node]

    def checkpoint(self, sample: int, end: bool) -> Tree:
        """The CHECKPOINT tree that the solver claims at the start, or the end, of a sampled segment."""
        segment = self.segments[sample]
        return Tree(TreeKind.CHECKPOINT, [tensor_root(tensor) for tensor in (segment.end if end else segment.start)])

    def batch(self, sample: int, step: int) -> Tree:
        """The BATCH tree of a step."""
        return Tree(TreeKind.BATCH, [tensor_root(tensor) for tensor in self.segments[sample].batches[step]])

    def output_count(self, step: int) -> int:
        """Outputs of a step, PACK not counted."""
        return self.program.pack if step < self.interval else len(self.distance_nodes)

    def _is_state(self, step: int, node: int) -> bool:
        return self.nodes(step)[node].operator is Operator.STATE

    def _state(self, sample: int, step: int) -> list[Tensor]:
        """The state before a step."""
        if any(of != sample for of, _ in self._states):
            self._states = {}
        held = [before for _, before in self._states if before <= step]
        now = max(held, default=0)
        state = self._states[sample, now] if held else list(self.segments[sample].start)
        stride = isqrt(self.interval - 1) + 1
        while now < step:
            state = next_state(self.program, self._run(sample, now, state))
            now += 1
            if now % stride == 0:
                self._states[sample, now] = state
        return state

    def packed(self, sample: int, step: int, outputs: Sequence[bytes]) -> list[bytes]:
        """Leaves of a step's PACK, given the roots of the step's outputs."""
        return [outputs[producer] for producer in self.program.producers]

    def _run(
        self, sample: int, step: int, state: Sequence[Tensor], plan: Plan | None = None, look: Hook | None = None
    ) -> dict[int, Tensor]:
        """Run a step, or the distance. `look` sees each output, lies included."""
        lie = partial(self._lie, sample, step) if self._lie else None

        def hook(index: int, output: Tensor) -> Tensor:
            output = output if lie is None else lie(index, output)
            return output if look is None else look(index, output)

        segment = self.segments[sample]
        if step < self.interval:
            return (plan or self._step).run(state, segment.batches[step], self.program.constants, hook)
        return (plan or self._distance).run(distance_state(state, segment.start, segment.end), [], {}, hook)

    def _commit(self, sample: int, step: int, state: Sequence[Tensor]) -> dict[int, Tensor]:
        """Run a step, or the distance, and add its trace."""
        leaves: list[bytes] = []

        def take_root(index: int, output: Tensor) -> Tensor:
            leaves.append(tensor_root(output))
            return output

        outputs = self._run(sample, step, state, look=take_root)
        self._traces[sample].append(self._trace(sample, step, leaves))
        return outputs

    def _trace(self, sample: int, step: int, leaves: Sequence[bytes]) -> Tree:
        """The TRACE tree of a step, given the roots of its outputs but PACK."""
        if step == self.interval:
            return Tree(TreeKind.TRACE, leaves)
        packed = Tree(TreeKind.CHECKPOINT, self.packed(sample, step, leaves)).root
        return Tree(TreeKind.TRACE, [*leaves, packed])
