"""The attacks that are simulated, and the inequality that answers each."""

from __future__ import annotations

LISTED: dict[str, tuple[str, ...]] = {
    "alias farms its own verifier's forced errors": ("Sybil whistleblowers",),
    "dust tasks for the jackpot": ("dust tasks for the jackpot",),
    "aliases fill challenges": ("griefing whistleblower", "challenge bond"),
    "forged optimiser state": ("forged state", "partial training"),
    "one forged state that moves": ("forged state",),
    "one forged dead state": ("forged state",),
    "lazy verifier": ("verifier works", "lazy verifier"),
    "copying verifier": ("lazy verifier",),
    "colluding solver and verifier": ("skips everything", "forged state", "owns the task", "liar's alias"),
    "partial training": ("partial training", "partial training, no outside value", "skips everything"),
    "Sybil whistleblowers": ("Sybil whistleblowers",),
    "griefing whistleblower": ("griefing whistleblower", "challenge bond"),
    "withholding solver": ("withholds data",),
    "verifier that skips its forced errors": ("skips a forced error",),
    "submitter with bad data": (
        "planted stalls", "invalid program", "submitter's slash is burnt in part",
    ),
}
"""By what they are called there."""
