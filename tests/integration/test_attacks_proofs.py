"""Attack A16: proofs that would not fit a transaction."""

from __future__ import annotations

import numpy as np

from pinpoint.chain.client import ChallengePhase
from pinpoint.commitment.tensor import Tensor
from pinpoint.program.builder import Builder
from pinpoint.replay.report import Report
from tests.games import Forged, Game, flip, trained
from tests.world import World

TRANSACTION_GAS = 2**24
"""Most gas of one transaction (EIP-7825)."""


def test_a16_the_longest_rows_fit_a_transaction(world: World) -> None:
    """A product of 4,096 terms, with the worst words: subnormals that no shortcut takes."""
    b = Builder()
    w, v = b.state(1, 4096), b.state(3, 4096)
    product = w.matmul_transposed(v)
    program = b.finish([w + product.row_max() * 0.0, v * 1.0])
    rng = np.random.default_rng(5)
    lanes = [rng.integers(1, 2**22, shape, dtype=np.uint32) for shape in ((1, 4096), (3, 4096))]
    initial = [bits.view(np.float32) for bits in lanes]
    job = trained(program, [[np.ones((1, 1), np.float32)]], initial, segments=1, interval=1, samples=1)
    game = Game(world, job)
    honest = game.honest()

    def lie(sample: int, step: int, node: int, right: Tensor) -> Tensor:
        return flip(right, 2, 1) if (step, node) == (0, product.index) else right

    report = Report(program, game.segments, lie)
    dispute = game.start(report, honest.digest)
    receipt = game.prove_directly(dispute, honest, report)
    assert receipt.method == "prove_lane_fault"
    calldata = 2 * 512 * 32 * 16  # gas of it, all bytes being non-zero
    assert receipt.gas + calldata < TRANSACTION_GAS, receipt.gas
    assert game.phase(dispute) is ChallengePhase.WON


def test_a16_a_state_of_many_tensors_is_judged_one_by_one(world: World) -> None:
    b = Builder()
    states = [b.state(1, 1) for _ in range(40)]
    program = b.finish([state * 0.5 for state in states])
    initial = [np.full((1, 1), i + 1, np.float32) for i in range(40)]
    job = trained(program, [[np.ones((1, 1), np.float32)]], initial, segments=1, interval=1, samples=1)
    game = Game(world, job)
    honest = game.honest()

    def repack(leaves: list[bytes]) -> list[bytes]:
        return [*leaves[:30], leaves[0], *leaves[31:]]

    report = Forged(program, game.segments, packs={(0, 0): repack})
    dispute = game.start(report, honest.digest)
    receipt = game.prove_directly(dispute, honest, report)
    assert game.phase(dispute) is ChallengePhase.WON
    assert receipt.gas < 10**6, receipt.gas
