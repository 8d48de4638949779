"""The deployment, the users and the tasks of a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from eth_keys.datatypes import PrivateKey

from pinpoint.chain.parameters import Parameters
from pinpoint.chain.revm_port import ROOT
from pinpoint.commitment.tensor import Tensor, program_leaf
from pinpoint.commitment.tree import Tree, TreeKind, keccak
from tests.explore.task import Task as Training
from tests.explore.task import task as training
from tests.model.protocol.order import Geometry, Order
from tests.model.protocol.works import Works

UNIT = 10**18
ROLES = (
    *("submitter", "submitter_two", "solver", "solver_two", "solver_three"),
    *("verifier_one", "verifier_two", "verifier_three", "verifier_four", "verifier_five", "verifier_six"),
    *("whistleblower", "whistleblower_two", "whistleblower_three", "stranger"),
)
VERIFIERS = tuple(name for name in ROLES if name.startswith("verifier"))
_KEYS = {name: PrivateKey(keccak(name.encode())) for name in ROLES}
USERS = {name: int.from_bytes(key.public_key.to_canonical_address(), "big") for name, key in _KEYS.items()}
NAMES = {address: name for name, address in USERS.items()}

SOLVERS = tuple(USERS[name] for name in ("solver", "solver_two", "solver_three", "verifier_one"))
CHALLENGERS = tuple(
    USERS[name] for name in ("whistleblower", "whistleblower_two", "whistleblower_three", "solver", "verifier_two")
)


def sign(owner: int, digest: int) -> bytes:
    """A user's signature: r, s, and v of 27 or 28."""
    signature = _KEYS[NAMES[owner]].sign_msg_hash(digest.to_bytes(32, "big")).to_bytes()
    return signature[:64] + bytes([signature[64] + 27])


@cache
def parameters() -> Parameters:
    """The local ones; amounts and windows are odd, so that roundings and edges differ from each other."""
    local = Parameters.load(ROOT / "deployments" / "local.yaml")
    return local.model_copy(
        update={
            "enrol_window": 61,
            "accept_window": 127,
            "draw_window": 599,
            "base_time": 13,
            "commit_window": 307,
            "reveal_window": 311,
            "secret_window": 293,
            "ask_window": 113,
            "reply_window": 59,
            "claim_window": 601,
            "clock_budget": 181,
            "max_replay_time": 1_500,
            "max_rounds": 2,
            "unbonding_period": 13_001,
            "challenge_bond": 5 * UNIT + 9,
            "challenge_cost": 4 * UNIT + 1,
            "chunk_fee": UNIT // 3,
            # Few tickets, so that lots fall on the borders between verifiers.
            "ticket": 3 * UNIT + 1,
            "verifier_stake": 20 * UNIT,
            "least_fee": UNIT // 100,
            "least_price": 10**6,
        }
    )


WORKS = Works()
TRAINING: Training = training()
"""What a tiny program of one tensor trains: chunks of its data can be asked for and posted."""
TREES = TRAINING.trees
WORKS.keep(TREES.proof)
LONG_STEPS, LONG = 12, 6
"""Of the tasks whose states, but for the first, are made up."""


def root_of(tree: Tree) -> int:
    """A tree's root as a word."""
    return int.from_bytes(tree.root, "big")


PROGRAM, DATASET = root_of(TREES.program), root_of(TREES.dataset)
NODES: list[Sequence[int]] = [node.words() for node in TRAINING.program.nodes]
BROKEN_NODE = 3
SPOILT = [(words[0] | 1 << 168, *words[1:]) if place == BROKEN_NODE else words for place, words in enumerate(NODES)]
"""The nodes of a program that breaks a rule: a bit that means nothing is set in one of them."""
BROKEN_TREE = Tree(TreeKind.PROGRAM, [program_leaf(words) for words in SPOILT])
BROKEN = WORKS.spoil(BROKEN_TREE, BROKEN_NODE)
INITIAL, *_ = LEAVES = [int.from_bytes(leaf, "big") for leaf in TREES.proof.levels[0]]
STATES = dict(zip(LEAVES, TRAINING.states, strict=True))
"""That there are data of, by their hashes."""


@cache
def _proof(initial: int, segments: int) -> Tree:
    if initial == INITIAL and segments == TREES.proof.count - 1:
        return TREES.proof
    return WORKS.proof(initial, segments, (initial, segments))


def program_of(order: Order) -> tuple[Tree, Sequence[Sequence[int]]]:
    """The program of a task, and the words of its nodes."""
    return (BROKEN_TREE, SPOILT) if order.program_root == BROKEN else (TREES.program, NODES)


def proof_of(order: Order) -> Tree:
    """The proof that a task's solver has."""
    return _proof(order.initial_state, order.geometry.segments)


def state_of(order: Order, index: int) -> Sequence[Tensor] | None:
    """The tensors of a state of a proof, if there are any."""
    return STATES.get(int.from_bytes(proof_of(order).levels[0][index], "big"))


def geometry(samples: int, long: bool, profilers: int, threshold: int) -> Geometry:
    """Counts of a task: of two segments whose data exist, or of six that are made up."""
    return Geometry(
        nodes=len(TRAINING.program.nodes),
        state=1,
        batches=len(TRAINING.batches),
        steps=LONG_STEPS if long else 4,
        interval=2,
        samples=samples,
        threshold=threshold,
        weights=1,
        profilers=profilers,
        data=19,
    )


def stake_of(name: str) -> int:
    """What a user deposits first. Some have little, and what one task locks another cannot."""
    if name.startswith("verifier"):
        return (40 + 17 * VERIFIERS.index(name)) * UNIT + 1
    return {"solver_three": 13 * UNIT, "whistleblower_three": 9 * UNIT, "stranger": 3 * UNIT}.get(name, 60 * UNIT + 7)
