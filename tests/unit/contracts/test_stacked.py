"""TaskRegistry: tasks that start where an accepted one has ended, and their lineage."""

from __future__ import annotations

import pytest

from pinpoint.commitment.tree import Tree, TreeKind
from tests.unit.contracts.orders import bill, escrow_key, make_order, some_hash, submitter_key
from tests.unit.contracts.steps import (
    ZERO,
    Ending,
    Phase,
    accept,
    balances,
    enrol_and_draw,
    events,
    moved,
    post_proof,
    proof_tree,
    refused,
    submit,
    task_of,
    to_proved,
    to_training,
)

NONE = 0
MAX_LINEAGE = 64


def end(world, task, ending=Ending.ACCEPTED):
    """End a proved task, as Settlement does after the money."""
    world.port.send(world.deployment.addresses["Settlement"], "TaskRegistry", "end", task, ending)
    return task


def accepted(world, **changes):
    """An accepted task."""
    return end(world, to_proved(world, **changes))


def last(tree):
    """The last checkpoint, and its path."""
    return tree.levels[0][-1], tree.path(tree.count - 1)


def stack(world, parent, state, path, **changes):
    order = make_order(**{"initial_state": state} | changes)
    return world.send("other_solver", "TaskRegistry", "submit_stacked", order, parent, path)


def stacked(world, parent):
    """A task on top of an accepted one, its number."""
    receipt = stack(world, parent, *last(proof_tree(world, parent)))
    return int(receipt.event("TaskStacked").fields["task"])


def parent_of(world, task):
    return world.view("TaskRegistry", "parent_of", task)


def test_a_task_starts_where_another_has_ended(world):
    parent = accepted(world)
    state, path = last(proof_tree(world, parent))
    before, now = balances(world, *world.users), world.port.now()
    # Whatever else it is, of whoever.
    order = make_order(initial_state=state, program_root=some_hash("another"), steps=6, interval=3, samples=2)
    due = bill(world, order)
    receipt = world.send("other_solver", "TaskRegistry", "submit_stacked", order, parent, path)
    task, found, p = parent + 1, events(receipt), world.parameters
    assert found["TaskStacked"] == [{"task": task, "parent": parent}]
    (submitted,) = found["TaskSubmitted"]
    assert (submitted["task"], submitted["submitter"], submitted["escrow"]) == (
        task, world["other_solver"], due.escrow
    )  # fmt: skip
    assert tuple(submitted["order"]) == order
    assert submitted["deadline"] == now + p.enrol_window
    now_is = task_of(world, task)
    assert (tuple(now_is.order), now_is.submitter, now_is.phase) == (order, world["other_solver"], Phase.OPEN)
    assert moved(world, before) == {"other_solver": (-due.escrow - p.task_deposit, 0, 0)}
    assert world.view("Staking", "pots", escrow_key(task)) == due.escrow
    assert world.view("Staking", "locked_amount", submitter_key(task)) == p.task_deposit
    assert (parent_of(world, task), parent_of(world, parent)) == (parent, NONE)


def test_who_submits_as_ever_has_no_parent(world):
    """Enrolling stays the default, of a state that another task ended with, too."""
    parent = accepted(world)
    state, _ = last(proof_tree(world, parent))
    task = submit(world, initial_state=state)
    assert parent_of(world, task) == NONE
    assert world.view("TaskRegistry", "lineage", task) == []


@pytest.mark.parametrize("ending", [e for e in Ending if e is not Ending.ACCEPTED])
def test_only_an_accepted_task_has_children(world, ending):
    """Nothing is built on work that nobody was paid for."""
    parent = end(world, to_proved(world), ending)
    with refused("registry: parent"):
        stack(world, parent, *last(proof_tree(world, parent)))


@pytest.mark.parametrize("to", [submit, to_training, to_proved])
def test_only_a_settled_task_has_children(world, to):
    parent = to(world)
    with refused("registry: parent"):
        stack(world, parent, *last(proof_tree(world, parent)))


def test_a_parent_exists(world):
    parent = accepted(world)
    state, path = last(proof_tree(world, parent))
    # Its own number, which is the next one, is no task's before.
    for none in (0, parent + 1, 2**32 + parent, 2**256 - 1):
        with refused("registry: parent"):
            stack(world, none, state, path)


def test_only_the_last_checkpoint_is_built_on(world):
    parent = accepted(world)
    tree = proof_tree(world, parent)
    assert tree.count == 7
    for place in range(tree.count - 1):
        # The first four have a sibling more than the last three.
        with refused("tree: path" if place < 4 else "registry: parent"):
            stack(world, parent, tree.levels[0][place], tree.path(place))
    stack(world, parent, *last(tree))


def test_the_path_is_the_proofs(world):
    parent = accepted(world)
    tree = proof_tree(world, parent)
    state, path = last(tree)
    longer = Tree(TreeKind.PROOF, [*tree.levels[0], some_hash("more")])
    wrong = {
        "another state": (some_hash("another"), path),
        "another sibling": (state, [some_hash("wrong"), *path[1:]]),
        "in another order": (state, path[::-1]),
        "of another place": (state, tree.path(4)),
    }
    for name, (of, siblings) in wrong.items():
        with refused("registry: parent"):
            pytest.fail(f"{name}: {stack(world, parent, of, siblings)}")
    for siblings in ([], path[:-1], [*path, ZERO], tree.path(0), longer.path(longer.count - 1)):
        with refused("tree: path"):
            stack(world, parent, state, siblings)
    stack(world, parent, state, path)


def test_another_kind_of_tree_is_no_proof(world):
    """A root of the same leaves, but of a data set, leads elsewhere."""
    parent = accepted(world)
    leaves = proof_tree(world, parent).levels[0]
    assert Tree(TreeKind.DATASET, leaves).root != world.view("TaskRegistry", "proof_root_of", parent)
    other = accepted(world)
    with refused("registry: parent"):
        stack(world, other, *last(proof_tree(world, parent)))


@pytest.mark.parametrize("change, rule", [({"units": 0}, "registry: units"), ({"samples": 7}, "geometry: samples")])
def test_the_order_has_to_be_well_formed(world, change, rule):
    parent = accepted(world)
    with refused(rule):
        stack(world, parent, *last(proof_tree(world, parent)), **change)


def test_the_stake_has_to_suffice(world):
    parent = accepted(world)
    world.send("other_solver", "Staking", "unbond", world.view("Staking", "stake", world["other_solver"]))
    with refused("staking: stake"):
        stack(world, parent, *last(proof_tree(world, parent)))


def test_lineage(world):
    """Three tasks, each on top of the one before; beside them, one of another line."""
    line = [accepted(world)]
    other = accepted(world)
    for _ in range(2):
        child = stacked(world, line[0])
        assert world.view("TaskRegistry", "lineage", child) == line
        line.insert(0, proved(world, child))
    sibling = stacked(world, line[-1])
    assert world.view("TaskRegistry", "lineage", line[0]) == line[1:]
    assert world.view("TaskRegistry", "lineage", sibling) == line[-1:]
    for without in (line[-1], other, 0, 10**9):
        assert world.view("TaskRegistry", "lineage", without) == []


def proved(world, task):
    """An accepted task out of one that was just submitted."""
    enrol_and_draw(world, task, "solver")
    accept(world, task)
    post_proof(world, task)
    return end(world, task)


def test_a_long_lineage_is_cut(world):
    """The view stays within what a call may cost; the last one shown may have more before it."""
    line = [accepted(world)]
    for _ in range(MAX_LINEAGE + 1):
        line.insert(0, proved(world, stacked(world, line[0])))
    assert world.view("TaskRegistry", "lineage", line[0]) == line[1 : 1 + MAX_LINEAGE]
    assert world.view("TaskRegistry", "lineage", line[1]) == line[2:]


def test_a_child_does_not_change_its_parent(world):
    parent = accepted(world)
    before = task_of(world, parent)
    stacked(world, parent)
    assert task_of(world, parent) == before
