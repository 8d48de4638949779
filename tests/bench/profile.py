"""Where the time of a training step goes: node by node, canonical, native, and committing the output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any

from pinpoint.commitment.tensor import Tensor, tensor_root
from pinpoint.program.graph import LANE_BYTES, Node
from pinpoint.replay import canonical, native
from pinpoint.replay.plan import Arithmetic, Plan
from tests.bench.subjects import Subject, subject


@dataclass(frozen=True)
class Cost:
    """Of the nodes of one kind: how many, bytes of output, and milliseconds a step."""

    name: str
    nodes: int
    size: int
    canonical: float
    native: float
    commit: float


def profile(name: str, rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Costs of a task's step by operator, and by operator and shapes, the dearest first."""
    it = subject(name)
    runs = {"canonical": canonical.arithmetic, "native": native.arithmetic}
    plans = {which: _plan(it, kernels) for which, kernels in runs.items()}
    taken: dict[str, list[list[float]]] = {"canonical": [], "native": [], "commit": []}
    for _ in range(rounds):
        for which, plan in plans.items():
            taken[which].append(_seconds_by_node(it, plan))
        taken["commit"].append(_seconds_to_commit(it, plans["canonical"]))
    seconds = {which: [median(node) for node in zip(*runs, strict=True)] for which, runs in taken.items()}
    nodes = it.program.nodes[: it.program.pack]
    return {
        "operators": _grouped([node.operator.name for node in nodes], nodes, seconds),
        "shapes": _grouped([_described(node) for node in nodes], nodes, seconds),
    }


def _plan(it: Subject, kernels: Arithmetic) -> Plan:
    plan = Plan(it.program.nodes, kernels, keep=it.program.producers)
    plan.run(it.segment.start, it.segment.batches[0], it.program.constants)
    return plan


def _seconds_by_node(it: Subject, plan: Plan) -> list[float]:
    """From the end of one node to the end of the next: freeing what nobody reads any more is the next one's."""
    seconds: list[float] = []
    last = perf_counter()

    def look(_index: int, output: Tensor) -> Tensor:
        nonlocal last
        now = perf_counter()
        seconds.append(now - last)
        last = now
        return output

    plan.run(it.segment.start, it.segment.batches[0], it.program.constants, look)
    return seconds


def _seconds_to_commit(it: Subject, plan: Plan) -> list[float]:
    seconds: list[float] = []

    def look(_index: int, output: Tensor) -> Tensor:
        start = perf_counter()
        tensor_root(output)
        seconds.append(perf_counter() - start)
        return output

    plan.run(it.segment.start, it.segment.batches[0], it.program.constants, look)
    return seconds


def _described(node: Node) -> str:
    inputs = " ".join(f"{rows}x{cols}" for rows, cols in node.input_shapes)
    return f"{node.operator.name} {inputs} -> {node.rows}x{node.cols}"


def _grouped(
    names: Sequence[str], nodes: Sequence[Node], seconds: Mapping[str, Sequence[float]]
) -> list[dict[str, Any]]:
    costs = []
    for name in dict.fromkeys(names):
        places = [place for place, other in enumerate(names) if other == name]
        size = sum(nodes[place].rows * nodes[place].cols * LANE_BYTES for place in places)
        sums = {which: 1e3 * sum(each[place] for place in places) for which, each in seconds.items()}
        costs.append(Cost(name, len(places), size, **sums))
    return [asdict(cost) for cost in sorted(costs, key=lambda cost: -cost.canonical - cost.commit)]
