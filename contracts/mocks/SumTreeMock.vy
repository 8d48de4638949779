# pragma version 0.4.3
"""
@title The sum tree's functions, one by one, for tests
@license AGPL-3.0-only
"""

from ..libraries import sum_tree

initializes: sum_tree


@external
def add(place: uint256, up: uint256, down: uint256, epoch: uint256):
    sum_tree.add(place, up, down, epoch)


@view
@external
def value_at(node: uint256, epoch: uint256) -> uint256:
    return sum_tree.value_at(node, epoch)


@view
@external
def total() -> uint256:
    return sum_tree.total()


@view
@external
def total_at(epoch: uint256) -> uint256:
    return sum_tree.total_at(epoch)


@view
@external
def find_at(lot: uint256, epoch: uint256) -> uint256:
    return sum_tree.find_at(lot, epoch)


@view
@external
def top() -> uint256:
    return sum_tree.top
