"""Driving a task to any phase by direct calls, with made-up roots; and what it should cost, computed anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Any, NamedTuple

import boa
import pytest
from eth_abi import encode

from pinpoint.chain.port import CallRefused, Receipt
from pinpoint.commitment.tree import Tree, TreeKind, keccak
from tests.boa_port import BlockHashes
from tests.world import World

WAD = 10**18
NOBODY = "0x" + "00" * 20
ZERO = bytes(32)
SAMPLES, VERIFIERS = 1, 2


class Phase(IntFlag):
    """TaskRegistry's."""

    OPEN, DRAWING, OFFERED, TRAINING, PROVED, ENDED = (1 << i for i in range(6))


class Ending(IntFlag):
    """TaskRegistry's."""

    ACCEPTED, REJECTED, NO_SOLVER, SOLVER_SILENT, UNRESOLVED = (1 << i for i in range(5))


class Stage(IntFlag):
    """Verification's phases."""

    DRAWING, ASSIGNED, REPORTING, REPORTED, CONCLUDED, ABORTED = (1 << i for i in range(6))


def some_hash(*of: Any) -> bytes:
    """A made-up root."""
    return keccak(repr(of).encode())


# Time and blocks


MAX_PROBES = 32
VERIFIERS_SEED = 2


def digest_of(root: bytes, distances: Sequence[int]) -> bytes:
    """The digest of a report: root and distances as Verification packs them."""
    words = [sum(d << 32 * i for i, d in enumerate(distances[at : at + 8])) for at in (0, 8)]
    return keccak(encode(["bytes32", "uint256[2]"], [root, words]))


class Hashes(BlockHashes):
    """Hashes that a test can aim."""

    def aim(self, number: int, task: int, purpose: int, size: int, place: int) -> None:
        """Force the hash of a block so that the seed for `purpose` falls on `place` of `size`."""
        self._force(number, lambda seed: int.from_bytes(seed, "big") % size == place, task, purpose)

    def aim_verifiers(self, number: int, task: int, size: int, *places: int) -> None:
        """Force the hash of a block so that a verifier's draw tries these places of `size` first."""
        self._force(number, lambda seed: probes(seed, size)[: len(places)] == list(places), task, VERIFIERS_SEED)

    def _force(self, number: int, fits: Callable[[bytes], bool], task: int, purpose: int) -> None:
        self.forced[number] = next(
            candidate
            for candidate in (some_hash("aimed", number, i) for i in range(10_000))
            if fits(seed_of(candidate, task, purpose))
        )


def probes(seed: bytes, size: int) -> list[int]:
    """The places of a list that Staking's draw tries, in order."""
    return [
        int.from_bytes(keccak(encode(["bytes32", "uint256"], [seed, i])), "big") % size for i in range(MAX_PROBES)
    ]


def seed_number(block_hash: bytes, task: int, purpose: int) -> int:
    """The seed of libraries/randomness as a number."""
    return int.from_bytes(seed_of(block_hash, task, purpose), "big")


def seed_of(block_hash: bytes, task: int, purpose: int) -> bytes:
    """The seed of libraries/randomness."""
    return keccak(encode(["bytes32", "uint256", "uint256"], [block_hash, task, purpose]))


def at(timestamp: int) -> None:
    """Give the next transaction's block this time. Its number stays, so no draw expires meanwhile."""
    boa.env.evm.patch.timestamp = timestamp


def at_block(number: int) -> None:
    """Give the next transaction's block this number. Its time stays, so no deadline passes meanwhile."""
    boa.env.evm.patch.block_number = number


def block_number() -> int:
    """Number of the next transaction's block."""
    return int(boa.env.evm.patch.block_number)


def refused(reason: str) -> Any:
    """The transaction inside reverts with exactly this reason."""
    return pytest.raises(CallRefused, match=f"^{reason}$")


def check_window(world: World, last: int, late: str, send: Any) -> None:
    """A move counts one second before `last` and in it, and is refused as `late` in the second after."""
    for second in (last - 1, last):
        with world.undone():
            at(second)
            send()
    at(last + 1)
    with refused(late):
        send()


def check_exit(world: World, last: int, early: str, send: Any) -> None:
    """An exit is refused as `early` one second before `last` and in it, and open in the second after."""
    for second in (last - 1, last):
        at(second)
        with refused(early):
            send()
    at(last + 1)
    send()


def events(receipt: Receipt) -> dict[str, list[dict[str, Any]]]:
    """All that a transaction logged, by the name of the event."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in receipt.events:
        found[event.name].append({k: v for k, v in event.fields.items() if k != "address"})
    return dict(found)


# Keys


def _key(*of: Any) -> bytes:
    types = ["address" if isinstance(value, str) else "uint256" for value in of]
    return keccak(encode(types, of))


def escrow_key(task: int) -> bytes:
    """Pot of a task."""
    return _key(1, task)


def bounty_key(task: int) -> bytes:
    """Pot of right sealed roots."""
    return _key(2, task)


def solver_key(task: int, solver: str) -> bytes:
    """Lock of an enrolled solver."""
    return _key(3, task, solver)


def verifier_key(task: int, round: int) -> bytes:
    """Lock of a round's verifier."""
    return _key(4, task, round)


def bond_key(dispute: int) -> bytes:
    """Lock of a challenge."""
    return _key(5, dispute)


# Orders


class Geometry(NamedTuple):
    """The counts of a task, in the order of the contracts' struct."""

    nodes: int = 20
    state: int = 2
    batches: int = 4
    steps: int = 12
    interval: int = 2
    samples: int = 3
    threshold: int = 0x3DCCCCCD

    def pack(self) -> int:
        """32 bits each, the first in the lowest."""
        return sum(value << (32 * i) for i, value in enumerate(self))

    @property
    def segments(self) -> int:
        """Intervals of the training."""
        return self.steps // self.interval


class Order(NamedTuple):
    """An order. Units and price are odd, so that every share is rounded."""

    program_root: bytes = some_hash("program")
    dataset_root: bytes = some_hash("dataset")
    initial_state: bytes = some_hash("initial state")
    geometry: int = Geometry().pack()
    units: int = 1_000_003
    price: int = 10**12 + 7


def make_order(**changes: Any) -> Order:
    """An order, with changed fields of it or of its geometry."""
    of_geometry = {name: changes.pop(name) for name in Geometry._fields if name in changes}
    if of_geometry:
        changes["geometry"] = Geometry(**of_geometry).pack()
    return Order(**changes)


def geometry_of(order: Order) -> Geometry:
    """The counts of an order."""
    return Geometry(*((order.geometry >> (32 * i)) % 2**32 for i in range(7)))


@dataclass(frozen=True)
class Bill:
    """What an order moves, in base units."""

    fee: int
    verifier_fee: int
    tax: int
    solver_deposit: int
    verifier_deposit: int
    work: int
    replay: int

    @property
    def escrow(self) -> int:
        """Paid on submission."""
        return self.fee + self.verifier_fee + self.tax


def bill(world: World, order: Order | None = None) -> Bill:
    """The bill of an order under the world's parameters."""
    order, p = order or Order(), world.parameters
    g = geometry_of(order)
    fee, replay = order.units * g.steps * order.price, order.units * g.samples * g.interval
    return Bill(
        fee=fee,
        verifier_fee=replay * order.price * p.verifier_rate // WAD,
        tax=fee * p.tax // WAD,
        solver_deposit=fee * p.solver_deposit // WAD,
        verifier_deposit=fee * p.verifier_deposit // WAD,
        work=order.units * g.steps,
        replay=replay,
    )


# A task, phase by phase


def task_of(world: World, task: int) -> Any:
    """The task as the registry has it."""
    return world.view("TaskRegistry", "task_of", task)


def verification_of(world: World, task: int) -> Any:
    """The task as Verification has it."""
    return world.view("Verification", "verification_of", task)


def submit(world: World, user: str = "submitter", **changes: Any) -> int:
    """A new task."""
    receipt = world.send(user, "TaskRegistry", "submit_task", make_order(**changes))
    return int(receipt.event("TaskSubmitted").fields["task"])


def enrol(world: World, task: int, *solvers: str) -> None:
    """Enrol solvers, in this order."""
    for solver in solvers or ("solver",):
        world.send(solver, "TaskRegistry", "enrol", task)


def close_enrolment(world: World, task: int) -> Receipt:
    """Let the enrolment end and close it."""
    at(task_of(world, task).deadline + 1)
    return world.send("stranger", "TaskRegistry", "close_enrolment", task)


def enrol_and_draw(world: World, task: int, *solvers: str) -> str:
    """Enrol solvers and draw one; its name."""
    enrol(world, task, *solvers)
    close_enrolment(world, task)
    at_block(task_of(world, task).draw_block + 1)
    receipt = world.send("stranger", "TaskRegistry", "draw_solver", task)
    return world.name_of(receipt.event("SolverDrawn").fields["solver"])


def solver_of(world: World, task: int) -> str:
    """Name of the drawn solver."""
    return world.name_of(task_of(world, task).solver)


def accept(world: World, task: int) -> Receipt:
    """The drawn solver accepts."""
    return world.send(solver_of(world, task), "TaskRegistry", "accept", task)


def proof_tree(world: World, task: int) -> Tree:
    """A made-up proof: the initial state, then checkpoints that nobody has."""
    order = Order(*world.view("TaskRegistry", "orders", task))
    made_up = [some_hash("checkpoint", task, i) for i in range(geometry_of(order).segments)]
    return Tree(TreeKind.PROOF, [order.initial_state, *made_up])


def post_proof(world: World, task: int) -> Receipt:
    """The drawn solver posts its proof."""
    tree = proof_tree(world, task)
    return world.send(solver_of(world, task), "TaskRegistry", "post_proof", task, tree.root, tree.path(0))


def draw_verifier(world: World, task: int) -> str:
    """Draw samples and verifier; the verifier's name."""
    at_block(verification_of(world, task).draw_block + 1)
    receipt = world.send("stranger", "Verification", "draw", task)
    return world.name_of(receipt.event("VerifierDrawn").fields["verifier"])


def verifier_of(world: World, task: int) -> str:
    """Name of the round's verifier."""
    return world.name_of(verification_of(world, task).verifier)


def secret_of(task: int) -> bytes:
    """The verifier's made-up secret."""
    return some_hash("secret", task)


def accept_assignment(world: World, task: int) -> Receipt:
    """The drawn verifier accepts."""
    return world.send(verifier_of(world, task), "Verification", "accept_assignment", task, keccak(secret_of(task)))


def report(world: World, task: int, distances: list[int] | None = None, root: bytes | None = None) -> Receipt:
    """The verifier reports; by default that every distance is 0."""
    samples = geometry_of(Order(*world.view("TaskRegistry", "orders", task))).samples
    return world.send(
        verifier_of(world, task),
        "Verification",
        "report",
        task,
        root or some_hash("report", task),
        [0] * samples if distances is None else distances,
        some_hash("fallback", task),
    )


def to_training(world: World, **changes: Any) -> int:
    """A task that `solver` has accepted."""
    task = submit(world, **changes)
    enrol_and_draw(world, task)
    accept(world, task)
    return task


def to_proved(world: World, **changes: Any) -> int:
    """A task with a proof; its samples are not drawn yet."""
    task = to_training(world, **changes)
    post_proof(world, task)
    return task


def to_assigned(world: World, **changes: Any) -> int:
    """A task with samples and a verifier that has not answered yet."""
    task = to_proved(world, **changes)
    draw_verifier(world, task)
    return task


def to_reporting(world: World, **changes: Any) -> int:
    """A task whose verifier works."""
    task = to_assigned(world, **changes)
    accept_assignment(world, task)
    return task


def to_reported(world: World, distances: list[int] | None = None, **changes: Any) -> int:
    """A task with a report."""
    task = to_reporting(world, **changes)
    report(world, task, distances)
    return task


def phase_ends(world: World, task: int) -> tuple[int, int, int]:
    """Last seconds of commitments, reveals and the secret, of the report that stands."""
    p, reported_at = world.parameters, verification_of(world, task).reported_at
    commit_end = reported_at + p.commit_window
    reveal_end = commit_end + p.reveal_window
    return commit_end, reveal_end, reveal_end + p.secret_window


def commit_challenge(world: World, task: int, user: str = "whistleblower") -> int:
    """A sealed challenge of the report; its number."""
    round = verification_of(world, task).round
    commitment = world.view("Arbitration", "commitment_of", task, round, world[user], *_sealed(task, user))
    receipt = world.send(user, "Arbitration", "commit_challenge", task, commitment)
    return int(receipt.event("ChallengeCommitted").fields["dispute"])


def reveal_challenge(world: World, task: int, dispute: int, user: str = "whistleblower") -> Receipt:
    """Wait for the reveals and reveal the challenge."""
    at(phase_ends(world, task)[0] + 1)
    return world.send(user, "Arbitration", "reveal_challenge", dispute, *_sealed(task, user))


def challenge(world: World, task: int, user: str = "whistleblower") -> int:
    """A challenge, committed and revealed; its number."""
    dispute = commit_challenge(world, task, user)
    reveal_challenge(world, task, dispute, user)
    return dispute


def open_secret(world: World, task: int) -> Receipt:
    """Wait for the secret's phase and open it."""
    at(phase_ends(world, task)[1] + 1)
    return world.send("stranger", "Verification", "open_secret", task, secret_of(task))


def _sealed(task: int, user: str) -> tuple[bytes, bytes]:
    return some_hash("salt", task, user), some_hash("sealed", task, user)


# Accounts


def balances(world: World, *users: str) -> Mapping[str, tuple[int, int, int]]:
    """Stake, unbonding and credit, by user."""
    return {
        user: tuple(world.view("Staking", account, world[user]) for account in ("stake", "unbonding", "credit"))
        for user in users
    }


def moved(world: World, before: Mapping[str, tuple[int, int, int]]) -> dict[str, tuple[int, int, int]]:
    """By how much stake, unbonding and credit have changed since `before`, of those where they have."""
    after = balances(world, *before)
    changes = {user: tuple(new - old for new, old in zip(after[user], before[user], strict=True)) for user in before}
    return {user: change for user, change in changes.items() if any(change)}
