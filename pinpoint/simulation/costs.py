"""What the contracts do not say: gas by method, and who has spent how much on gas and compute."""

from __future__ import annotations

from collections import defaultdict

from pinpoint.economics import gas
from pinpoint.economics.setting import Setting

GAS = {
    "submit_task": gas.SUBMIT,
    "enrol": gas.ENROL,
    "accept": gas.ACCEPT,
    "post_proof": gas.POST_PROOF,
    "draw": gas.DRAW,
    "accept_assignment": gas.ACCEPT_ASSIGNMENT,
    "report": gas.REPORT,
    "report_fallback": gas.REPORT,
    "open_secret": gas.OPEN_SECRET,
    "commit_challenge": gas.CHALLENGE / 2,
    "reveal_challenge": gas.CHALLENGE / 2,
    "show_children": gas.SHOW,
    "show_leaf": gas.SHOW,
    "descend": gas.DESCEND,
    "time_out": gas.DESCEND,
    "settle": gas.SETTLE_ALL - gas.CLAIM,
    "open_report": gas.CLAIM / 2,
    "collect": gas.CLAIM / 2,
}
"""By method, as measured on a chain (pinpoint/economics/gas.py): the simulated one counts every slot as warm."""


class Costs:
    """What everybody has spent beside the contracts' accounts, in tokens."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.spent: defaultdict[str, float] = defaultdict(float)

    def gas(self, name: str, method: str, counted: int) -> None:
        """Charge somebody for a transaction: as measured by method, else as the simulated chain has counted."""
        self.spent[name] += self._setting.market.gas(GAS.get(method, counted))

    def compute(self, name: str, tokens: float) -> None:
        """Charge somebody for work."""
        self.spent[name] += tokens
