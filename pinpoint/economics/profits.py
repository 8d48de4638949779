"""What each strategy is expected to earn a task, in tokens: the closed forms that the simulation is held against.

Where `solver`, `verifier` and `whistleblower` count each doubt against the honest, these count what the contracts do,
gas included (docs/protocol.md, Endings). F is the solver's fee, C the cost of training, B the outside value, D a
deposit, R_v and C_v a verifier's fee and replay, v the chance that an honest verifier is drawn, phi the rate of forced
errors, J the jackpot, which a verifier shares with whoever challenged its forced report.
"""

from __future__ import annotations

from pinpoint.economics import gas
from pinpoint.economics.detection import detection
from pinpoint.economics.jackpot import aliased, part
from pinpoint.economics.setting import Setting
from pinpoint.economics.solver import at_least_price
from pinpoint.economics.stalls import alternate, paid_chances, paid_share

CLAIM_ONE = gas.CHALLENGE + gas.CLAIM
"""Of one name that seals a report and collects its part."""
SETTLE = gas.SETTLE_ALL - gas.CLAIM
"""Of a task in which nobody has challenged."""
PROVE = gas.ENROL + gas.ACCEPT + gas.POST_PROOF
"""Of a solver, up to its proof."""


def reports(s: Setting) -> float:
    """Gas of a drawn verifier, in tokens: the second report of a forced error included."""
    return s.market.gas(gas.ACCEPT_ASSIGNMENT + gas.OPEN_SECRET + (1 + s.rate("forced_rate")) * gas.REPORT)


def wage(s: Setting, others: int) -> float:
    """What a verifier has of jackpots, whose fallback is upheld: phi part(J, 1 + others).

    Args:
        others: right reports that challenge its forced one.
    """
    return s.rate("forced_rate") * part(s.jackpot, 1 + others)


# Solvers


def solver(s: Setting) -> float:
    """An honest one, that does not watch: F - C - gas."""
    return s.solver_profit - s.market.gas(PROVE + SETTLE)


def forges(s: Setting, found: float, paid: float, computed: float) -> float:
    """One whose proof is forged: accepted (1 - found) B + paid F, else the whole deposit (Endings, Rejected).

    No part of the deposit comes back by an alias: where the first report stands, there is no bounty.

    Args:
        found: chance that an honest verifier is drawn, and finds it.
        paid: expected share of the fee, 0 where it is found.
        computed: share of the training that was done.
    """
    spent = computed * s.cost + s.market.gas(PROVE + (1 - found) * SETTLE)
    return (1 - found) * s.outside + paid * s.fee - found * s.solver_deposit - spent


def partial(s: Setting, forged: int, skipped: float) -> float:
    """Skip a share of the training, and so forge so many segments: found where one is sampled (`detection`)."""
    found = s.honest_draw * detection(s.task.segments, s.task.samples, forged)
    return forges(s, found, 1 - found, 1 - skipped)


def dead(s: Setting, first: int) -> float:
    """Forge a state that never moves again at the end of segment `first`, and stop computing (A10, A4).

    An honest verifier's report leaves `paid_share` of the fee.

    Args:
        first: from 0.
    """
    found = s.honest_draw * s.task.sampled
    honest = paid_share(s.task.segments, s.task.samples, first)
    return forges(s, found, 1 - s.honest_draw + s.honest_draw * honest, first / s.task.segments)


def dead_from(s: Setting) -> int:
    """At the end of which segment that pays most."""
    return max(range(s.task.segments), key=lambda first: dead(s, first))


def moves(s: Setting) -> float:
    """Forge the first transition, into a state that moves for ever and costs nothing: paid, if not found (A10)."""
    found = s.honest_draw * s.task.sampled
    return forges(s, found, 1 - found, 0.0)


def withholds(s: Setting) -> float:
    """Train nothing, and go dark when an honest verifier asks: v (-D) + (1 - v) (F + B) (Endings, Data withheld)."""
    return forges(s, s.honest_draw, 1 - s.honest_draw, 0.0)


def coalition(s: Setting) -> float:
    """An honest solver and dishonest stake that verifies honestly: F - C + (1 - v) (R_v + phi J - C_v)."""
    return solver(s) + (1 - s.honest_draw) * verifier(s, 0)


def passes(s: Setting) -> float:
    """Of the own verifiers, who let a forgery pass unseen: (1 - v) (R_v + phi J - gas)."""
    return (1 - s.honest_draw) * (s.verifier_fee + wage(s, 0) - reports(s))


def colludes(s: Setting) -> float:
    """Nothing trained: `withholds` and `passes`. An honest verifier finds every sampled segment forged, no doubt."""
    return withholds(s) + passes(s)


def colludes_once(s: Setting) -> float:
    """One transition forged, into a state that moves: `moves` and `passes`."""
    return moves(s) + passes(s)


def owns(s: Setting) -> float:
    """A coalition that also owns the task, at the least price, and forges a state that moves, for the outside value.

    The fee is its own: (1 - f) (B - tax) - (v - f) R_v + (1 - v) phi J - f D (1 - submitter_share), f = v q / n.
    """
    s = at_least_price(s)
    v, found = s.honest_draw, s.honest_draw * s.task.sampled
    lost = found * s.solver_deposit * (1 - s.rate("submitter_share"))
    spent = s.market.gas(gas.SUBMIT + PROVE + (1 - found) * SETTLE) + (1 - v) * (reports(s) - wage(s, 0))
    return (1 - found) * (s.outside - s.tax) - (v - found) * s.verifier_fee - lost - spent


# Verifiers. `watched` is the chance that the solver, who has replayed, is honest and challenges what is wrong.


def verifier(s: Setting, others: int = 1) -> float:
    """An honest one: R_v - C_v - gas + its `wage`.

    Args:
        others: who challenge its forced reports; the solver, where it is honest and looks.
    """
    return s.verifier_fee - s.replay_cost - reports(s) + wage(s, others)


def lazy(s: Setting, watched: float) -> float:
    """Says yes without a replay: -watched D_v + (1 - watched) (R_v + phi J) - gas (Endings, Overturned)."""
    return -watched * s.verifier_deposit + (1 - watched) * (s.verifier_fee + wage(s, 0)) - reports(s)


def copies(s: Setting) -> float:
    """Reports what a challenge has sealed: wrong, so -D_v - gas. Where there is one to copy, somebody watches."""
    return lazy(s, 1.0)


def skips_forced(s: Setting, watched: float, shown: float) -> float:
    """Reports the truth though its error is forced, so that its fallback is wrong (A2).

    R_v - C_v + (1 - watched) phi J, but with the chance phi watched it loses D_v instead of earning R_v.

    Args:
        shown: gas of what it shows in the game about its fallback.
    """
    caught = s.rate("forced_rate") * watched
    lost = caught * (s.verifier_fee + s.verifier_deposit + s.market.gas(shown))
    return verifier(s) - wage(s, 1) + (1 - watched) * wage(s, 0) - lost


def farms(s: Setting, others: int = 1) -> float:
    """An honest one, an alias of which knows when its error is forced: two names of k + 1 instead of one of k (A21)."""
    rate = s.rate("forced_rate")
    both = rate * (aliased(s.jackpot, others, 2) - s.market.gas(CLAIM_ONE))
    return verifier(s, others) - wage(s, others) + both


# Whistleblowers


def claims(s: Setting, names: int, others: int) -> float:
    """Claim jackpots under so many names: phi (names part(J, k) - gas), k with the verifier and all others (A21).

    The replay is there anyway.

    Args:
        others: who challenge beside it.
    """
    return s.rate("forced_rate") * (aliased(s.jackpot, others + 1, names) - names * s.market.gas(CLAIM_ONE))


def griefs(s: Setting) -> float:
    """Challenge every first report with rubbish: the bond is lost unless the error was forced (Challenge lost)."""
    return -(1 - s.rate("forced_rate")) * s.rate("challenge_bond") - s.market.gas(gas.CHALLENGE)


def fills(s: Setting, aliases: int, ended: float) -> float:
    """A liar that is watched, with aliases that challenge it with rubbish (A7), one of which convicts it first (A12).

    It loses D_v all the same, and gets back the cost of a conviction. Aliases challenge the fallback of a forced error,
    too.

    Args:
        ended: gas of saying that the liar is silent.
    """
    spent = (1 + s.rate("forced_rate")) * aliases * gas.CHALLENGE + ended
    back = min(s.rate("challenge_cost"), s.bounty)
    return back - s.verifier_deposit - reports(s) - s.market.gas(spent)


# Submitters


def submitter(s: Setting) -> float:
    """One to whom the model is worth what its training is paid for: -R_v - tax - gas."""
    return -s.verifier_fee - s.tax - s.market.gas(gas.SUBMIT)


def plants(s: Setting) -> float:
    """Every other segment of its data has no gradient (A25), so it is worth half.

    It pays what is not found to stall, and what is burnt of the rest.
    """
    n, planted = s.task.segments, alternate(s.task.segments)
    paid = sum(paid_chances(n, s.task.samples, planted)) / n
    burnt = s.rate("stall_burn") * (1 - paid)
    return submitter(s) + (1 - len(planted) / n - paid - burnt) * s.fee


def dust(s: Setting, units: float) -> float:
    """A task of one's own, with next to no work, for its jackpot (A11): one's own verifier has it, or an alias shares.

    The fee comes back, as does a verifier's own; what is lost is the tax, others' fee, and the work and gas of it all.
    phi J is at most the tax.

    Args:
        units: of the task, as a share of the typical one's.
    """
    small = s.changed(units=s.task.units * units)
    own = 1 - s.honest_draw
    spent = s.market.gas(gas.SUBMIT + PROVE + SETTLE) + own * reports(s) + small.cost + own * small.replay_cost
    won = own * wage(small, 0) + s.honest_draw * claims(small, 1, 0)
    return won - small.tax - s.honest_draw * small.verifier_fee - spent
