"""What deposits, fees and rates must be for honesty to pay.

`check` judges the parameters of a deployment, `propose` finds the least that hold. Pure functions; nothing here reads
a chain. docs/design.md says what cannot hold together.
"""

from pinpoint.economics.calculator import check, least_fee, propose, setting, stable_until
from pinpoint.economics.inequality import Inequality
from pinpoint.economics.market import Market, Task
from pinpoint.economics.setting import Setting

__all__ = [
    "Inequality",
    "Market",
    "Setting",
    "Task",
    "check",
    "least_fee",
    "propose",
    "setting",
    "stable_until",
]
