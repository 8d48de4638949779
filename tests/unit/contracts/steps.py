"""Driving a task to any phase by direct calls, with made-up roots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import IntFlag
from typing import Any

import boa
import pytest
from eth_abi import encode

from pinpoint.chain.port import CallRefused, Receipt
from pinpoint.commitment.tree import Tree, TreeKind, keccak

# Tests take from here what stands in blocks and orders, too.
from tests.unit.contracts.blocks import enrolled_drum, seed_of, solver_place, tried  # noqa: F401
from tests.unit.contracts.orders import (  # noqa: F401
    WAD,
    Bill,
    Geometry,
    Order,
    bill,
    bounty_key,
    escrow_key,
    fee_key,
    geometry_of,
    make_order,
    report_id,
    reporter_key,
    solver_key,
    some_hash,
    submitter_key,
    verifier_key,
)
from tests.world import World

NOBODY = "0x" + "00" * 20
ZERO = bytes(32)
SAMPLES, VERIFIERS = 1, 2


class Phase(IntFlag):
    """TaskRegistry's."""

    OPEN, DRAWING, OFFERED, TRAINING, PROVED, ENDED = (1 << i for i in range(6))


class Ending(IntFlag):
    """TaskRegistry's."""

    ACCEPTED, REJECTED, NO_SOLVER, SOLVER_SILENT, UNRESOLVED, DATA_WITHHELD, INVALID_PROGRAM = (
        1 << i for i in range(7)
    )


class Stage(IntFlag):
    """Verification's phases."""

    DRAWING, ASSIGNED, REPORTING, REPORTED, FALLBACK, OPEN, CONCLUDED, ABORTED = (1 << i for i in range(8))


# Time and blocks


def digest_of(root: bytes, distances: Sequence[int]) -> bytes:
    """The digest of a report: root and distances as Verification packs them."""
    words = [sum(d << 32 * i for i, d in enumerate(distances[at : at + 8])) for at in (0, 8)]
    return keccak(encode(["bytes32", "uint256[2]"], [root, words]))


def at(timestamp: int) -> None:
    """Give the next transaction's block this time. Its number stays."""
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


# A task, phase by phase


def task_of(world: World, task: int) -> Any:
    """The task as the registry has it."""
    return world.view("TaskRegistry", "task_of", task)


def verification_of(world: World, task: int) -> Any:
    """The current round of the task's verification."""
    return world.view("Verification", "round_of", task)


def report_of(world: World, task: int, place: int | None = None) -> Any:
    """A report of the task; without a place, the current round's."""
    number = verification_of(world, task).report if place is None else report_id(task, place)
    return world.view("Verification", "report_of", number)


def submit(world: World, user: str = "submitter", **changes: Any) -> int:
    """A new task."""
    receipt = world.send(user, "TaskRegistry", "submit_task", make_order(**changes))
    return int(receipt.event("TaskSubmitted").fields["task"])


def enrol(world: World, task: int, *solvers: str) -> None:
    """Enrol solvers, in this order."""
    for solver in solvers or ("solver",):
        world.send(solver, "TaskRegistry", "enrol", task, 0)


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


def know_error(world: World, task: int) -> None:
    """Wait for the block that may force an error, if it is still to come."""
    at_block(max(verification_of(world, task).draw_block + 1, block_number()))


def end_asks(world: World, task: int) -> None:
    """Wait until no data can be asked for any more, and it is known whether an error is forced."""
    at(max(verification_of(world, task).ask_end + 1, int(boa.env.evm.patch.timestamp)))
    know_error(world, task)


def report(
    world: World,
    task: int,
    distances: list[int] | None = None,
    root: bytes | None = None,
    fallback: bytes | None = None,
) -> Receipt:
    """The verifier reports, when asking is over; by default that every distance is 0."""
    end_asks(world, task)
    samples = geometry_of(Order(*world.view("TaskRegistry", "orders", task))).samples
    return world.send(
        verifier_of(world, task),
        "Verification",
        "report",
        task,
        root or some_hash("report", task),
        [0] * samples if distances is None else distances,
        fallback or some_hash("fallback", task),
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


def phase_ends(world: World, task: int, place: int | None = None) -> tuple[int, int, int]:
    """Last seconds of commitments, reveals and the secret, of a report; without a place, the current round's."""
    given = report_of(world, task, place)
    return given.commit_end, given.reveal_end, given.secret_end


def commit_challenge(world: World, task: int, user: str = "whistleblower", place: int | None = None) -> int:
    """A sealed challenge of a report, the current round's without a place; its number."""
    number = verification_of(world, task).report if place is None else report_id(task, place)
    commitment = world.view("Arbitration", "commitment_of", number, world[user], *_sealed(task, user))
    receipt = world.send(user, "Arbitration", "commit_challenge", number, commitment)
    return int(receipt.event("ChallengeCommitted").fields["dispute"])


def reveal_challenge(
    world: World, task: int, dispute: int, user: str = "whistleblower", place: int | None = None
) -> Receipt:
    """Wait for the reveals and reveal the challenge."""
    at(max(phase_ends(world, task, place)[0] + 1, int(boa.env.evm.patch.timestamp)))
    return world.send(user, "Arbitration", "reveal_challenge", dispute, *_sealed(task, user))


def challenge(world: World, task: int, user: str = "whistleblower", place: int | None = None) -> int:
    """A challenge, committed and revealed; its number."""
    dispute = commit_challenge(world, task, user, place)
    reveal_challenge(world, task, dispute, user, place)
    return dispute


def open_secret(world: World, task: int) -> Receipt:
    """Wait for the secret's phase and open it."""
    at(phase_ends(world, task)[1] + 1)
    return world.send("stranger", "Verification", "open_secret", task, secret_of(task))


def _sealed(task: int, user: str) -> tuple[bytes, bytes]:
    return some_hash("salt", task, user), some_hash("sealed", task, user)


# The open round


def report_salt(task: int, user: str) -> bytes:
    """A reporter's made-up salt."""
    return some_hash("report salt", task, user)


def to_open(world: World, **changes: Any) -> int:
    """A task whose verifiers have all fallen silent: anybody may report."""
    task = to_proved(world, **changes)
    for _ in range(world.parameters.max_rounds + 1):
        draw_verifier(world, task)
        at(verification_of(world, task).deadline + 1)
        world.send("stranger", "Verification", "time_out", task)
    assert verification_of(world, task).phase == Stage.OPEN
    return task


def commit_report(world: World, task: int, user: str, root: bytes, distances: Sequence[int]) -> Receipt:
    """Somebody seals a report of its own."""
    digest = digest_of(root, distances)
    commitment = world.view(
        "Verification", "report_commitment", task, world[user], digest, report_salt(task, user)
    )
    return world.send(user, "OpenRound", "commit_report", task, commitment)


def reveal_report(world: World, task: int, user: str, root: bytes, distances: Sequence[int]) -> int:
    """Wait for the reveals of the open round and reveal a report; its name."""
    at(max(verification_of(world, task).deadline + 1, int(boa.env.evm.patch.timestamp)))
    salt = report_salt(task, user)
    world.send(user, "OpenRound", "reveal_report", task, root, list(distances), salt)
    return int(world.view("OpenRound", "reported_as", task, world[user]))


def open_reports(world: World, task: int, reports: Mapping[str, tuple[bytes, Sequence[int]]]) -> dict[str, int]:
    """Reports of the open round, by who gives them: all committed, then all revealed; their names."""
    for user, (root, distances) in reports.items():
        commit_report(world, task, user, root, distances)
    return {user: reveal_report(world, task, user, *given) for user, given in reports.items()}


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
