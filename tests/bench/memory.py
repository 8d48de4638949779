"""Memory that a replay needs, from its graph, and what it takes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from pinpoint.commitment.tensor import Tensor
from pinpoint.program.distance import distance_program
from pinpoint.program.graph import LANE_BYTES, Node, Program
from pinpoint.program.operators import TABLE, Kind, Operator
from pinpoint.replay.report import Report, Segment


def live_bytes(nodes: Sequence[Node], keep: Collection[int]) -> int:
    """Most bytes of computed outputs that are alive at once.

    The output of a node is alive from that node to its last reader, or to the end if it is kept. Inputs are not
    computed, and a RESHAPE is its input, seen otherwise.
    """
    computed = range(len(nodes) - (nodes[-1].operator is Operator.PACK))
    owner = list(computed)
    last = list(computed)
    for index in computed:
        if TABLE[nodes[index].operator].kind is Kind.INPUT:
            continue
        for source in nodes[index].inputs:
            last[owner[source]] = index
        if nodes[index].operator is Operator.RESHAPE:
            owner[index] = owner[nodes[index].inputs[0]]
    for index in keep:
        last[owner[index]] = len(nodes)
    change = [0] * (len(nodes) + 2)
    for index in computed:
        if owner[index] == index and _is_computed(nodes[index]):
            change[index] += _bytes(nodes[index])
            change[last[index] + 1] -= _bytes(nodes[index])
    most = alive = 0
    for difference in change:
        alive += difference
        most = max(most, alive)
    return most


def _is_computed(node: Node) -> bool:
    return TABLE[node.operator].kind is not Kind.INPUT or node.operator is Operator.FILL


def _bytes(node: Node) -> int:
    return node.rows * node.cols * LANE_BYTES


def needed_bytes(program: Program, segment: Segment) -> int:
    """Bytes that are alive in the worst moment of a segment's replay.

    Those are the segment's and the program's own tensors, the state that a step or the distance begins with, and what
    it computes.
    """
    distance = distance_program(program.state_shapes, program.weights)
    given = [segment.start, segment.end, list(program.constants.values()), *segment.batches]
    computed = max(live_bytes(program.nodes, program.producers), live_bytes(distance, [len(distance) - 1]))
    return sum(tensor.nbytes for tensors in [*given, segment.start] for tensor in tensors) + computed


def peak_bytes(program: Program, segment: Segment) -> int:
    """Most bytes allocated while a segment is replayed and committed, its own tensors and the program's included.

    Python counts them, and NumPy tells it of its arrays. What C code takes for the time of a call is not seen.
    """
    Report(program, [segment])
    tracemalloc.start()
    try:
        constants = {root: tensor.copy() for root, tensor in program.constants.items()}
        own = Segment(
            segment.number, _copies(segment.start), _copies(segment.end), [_copies(batch) for batch in segment.batches]
        )
        Report(replace(program, constants=constants), [own])
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _copies(tensors: Sequence[Tensor]) -> list[Tensor]:
    return [np.array(tensor) for tensor in tensors]
