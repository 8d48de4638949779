"""What right reports share, and what an alias makes of it."""

from __future__ import annotations


def part(total: float, rights: int) -> float:
    """What each of `rights` right reports gets, in the unit of `total`: together they share total / 2^(k - 1).

    The twin of `part` in contracts/libraries/bounty.vy, without its rounding.

    Raises:
        ValueError: if there is none.
    """
    if rights < 1:
        raise ValueError(f"expected at least one right report, got {rights}")
    # Twice a power of two: a float holds it up to a thousand rights.
    return total / (rights * 2.0 ** (rights - 1))


def aliased(total: float, others: int, aliases: int) -> float:
    """What one owner of several aliases gets, when so many others are right, too."""
    return aliases * part(total, others + aliases) if aliases else 0.0


def jackpot(tax: float, pool_share: float, forced_rate: float, pool: float) -> float:
    """The whole jackpot J of a task, in the unit of `tax` and `pool`.

    J = min(tax x pool_share / forced_rate, pool / 3): whoever pays the tax himself loses by every task (A11), and no
    row of forced errors empties the pool.
    """
    return min(tax * pool_share / forced_rate, pool / 3)
