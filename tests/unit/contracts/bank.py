"""The money alone: Staking, Settlement and Sortition as they are, over stand-ins that say what a test tells them."""

from __future__ import annotations

from typing import Any

import boa

from pinpoint.chain.deployment import Deployment, contract_address
from pinpoint.chain.ledger import Ledger
from pinpoint.chain.parameters import Parameters
from pinpoint.chain.port import Receipt
from tests.boa_port import BoaPort
from tests.lots import CAPACITY
from tests.world import FUNDS, PARAMETERS, USERS, VERIFIERS, World

STAKE = FUNDS // 2

STAND_IN = boa.loads_partial('''
# pragma version 0.4.3
"""
TaskRegistry, Verification and Arbitration, as far as Settlement asks them.
"""

struct Challenge:
    task: uint256
    report: uint256
    challenger: address
    phase: uint256
    sealed: bytes32

struct Verdict:
    known: bool
    report: uint256
    passed: bool

submitter: address
solver: address
fee_of: public(HashMap[uint256, uint256])
geometry_of: public(HashMap[uint256, uint256])
ending_of: public(HashMap[uint256, uint256])

verdicts: HashMap[uint256, Verdict]
members: public(HashMap[uint256, uint256])
verifier_of: public(HashMap[uint256, address])
digest_of: public(HashMap[uint256, bytes32])
is_forced: public(HashMap[uint256, bool])
upheld_report: public(HashMap[uint256, uint256])

challenges: HashMap[uint256, Challenge]


@external
def set_task(task: uint256, submitter: address, solver: address, fee: uint256, geometry: uint256):
    self.submitter = submitter
    self.solver = solver
    self.fee_of[task] = fee
    self.geometry_of[task] = geometry


@external
def set_report(report: uint256, verifier: address, digest: bytes32, members: uint256):
    self.verifier_of[report] = verifier
    self.digest_of[report] = digest
    self.members[report] = members


@external
def set_forced(report: uint256):
    self.is_forced[report] = True


@external
def set_verdict(task: uint256, report: uint256, passed: bool):
    self.verdicts[task] = Verdict(known=True, report=report, passed=passed)


@external
def set_challenge(dispute: uint256, challenge: Challenge):
    self.challenges[dispute] = challenge


@view
@external
def parties(task: uint256) -> (address, address):
    return self.submitter, self.solver


@external
def end(task: uint256, ending: uint256):
    assert self.ending_of[task] == 0, "registry: phase"
    self.ending_of[task] = ending


@external
def conclude(task: uint256) -> (uint256, bool):
    verdict: Verdict = self.verdicts[task]
    assert verdict.known, "verification: open"
    self.verdicts[task] = empty(Verdict)
    self.upheld_report[task] = verdict.report
    return verdict.report, verdict.passed


@view
@external
def is_open(report: uint256) -> bool:
    return report & 65535 >= 16


@view
@external
def challenge_of(dispute: uint256) -> Challenge:
    return self.challenges[dispute]
''')

PLAYED = ("TaskRegistry", "Verification", "Arbitration")
"""Contracts whose stand-ins answer Settlement; what the others would send, tests send under their addresses."""


class Bank(World):
    """A world whose only own contracts are the token, Staking, Settlement and Sortition; each user with stake."""

    def __init__(self, parameters: Parameters = PARAMETERS) -> None:
        self.port = port = BoaPort()
        self.parameters = parameters
        self.users = {name: str(boa.env.generate_address(name)) for name in USERS}
        deployer = self.users["deployer"]
        at = {"Token": port.deploy(deployer, "LocalToken", [])}
        port.contracts["Token"] = port.contracts["LocalToken"]
        for name in PLAYED:
            with boa.env.prank(deployer):
                port.contracts[name] = STAND_IN.deploy()
            at[name] = str(port.contracts[name].address)
        at |= {name: str(boa.env.generate_address(name)) for name in ("Availability", "OpenRound")}
        nonce = port.nonce(deployer)
        own = ("Staking", "Settlement", "Sortition")
        at |= {name: contract_address(deployer, nonce + place) for place, name in enumerate(own)}
        p = parameters
        port.deploy(deployer, "Staking", [*staking_arguments(at), p.unbonding_period])
        port.deploy(deployer, "Settlement", [*settlement_arguments(at), self.users["treasury"], p.arguments()])
        port.deploy(deployer, "Sortition", [at["Staking"], at["Verification"], p.arguments()])
        self.deployment = Deployment(at, deployer, self.users["treasury"], parameters, port.height())
        for name in USERS:
            self.send("deployer", "Token", "mint", self.users[name], FUNDS)
            self.send(name, "Token", "approve", at["Staking"], 2**256 - 1)
            if name not in ("deployer", "treasury"):
                self.send(name, "Staking", "deposit", STAKE)
        for name in VERIFIERS:
            self.send(name, "Sortition", "register", *CAPACITY)
        self.ledger = Ledger(port, at["Staking"])
        self.ledger.check()
        port.checks.append(self.ledger.check)

    def as_contract(self, contract: str, callee: str, method: str, *arguments: Any) -> Receipt:
        """Send as one of the suite's contracts."""
        return self.port.send(self.deployment.addresses[contract], callee, method, *arguments)

    def tell(self, contract: str, method: str, *arguments: Any) -> None:
        """Tell a stand-in what to say."""
        getattr(self.port.contracts[contract], method)(*arguments)


def staking_arguments(at: dict[str, str]) -> list[str]:
    """The addresses that Staking's constructor takes, in its order."""
    names = ("Token", "TaskRegistry", "Verification", "Arbitration", "Settlement", "Availability", "OpenRound")
    return _pick(at, *names, "Sortition")


def settlement_arguments(at: dict[str, str]) -> list[str]:
    """The addresses of contracts that Settlement's constructor takes, in its order."""
    return _pick(at, "Staking", "TaskRegistry", "Verification", "Arbitration", "Availability", "OpenRound")


def _pick(at: dict[str, str], *names: str) -> list[str]:
    return [at[name] for name in names]
