"""Deploying the suite: contracts that know each other by addresses fixed before the first of them exists."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth_utils import is_checksum_address, to_bytes, to_checksum_address

from pinpoint.chain.document import read_file, read_json
from pinpoint.chain.parameters import Parameters
from pinpoint.chain.port import Port
from pinpoint.commitment.tree import keccak

CONTRACTS = (
    "Staking",
    "TaskRegistry",
    "Verification",
    "Arbitration",
    "Settlement",
    "Referee",
    "ValueJudge",
    "RootJudge",
    "Availability",
    "ProgramJudge",
    "Watchtower",
    "OpenRound",
    "Sortition",
    "Profiling",
    "Orders",
    "Market",
    "Beacon",
)

NAMES = {
    "registry": "TaskRegistry",
    "value_judge": "ValueJudge",
    "root_judge": "RootJudge",
    "program_judge": "ProgramJudge",
    "open_round": "OpenRound",
    **{name.lower(): name for name in (*CONTRACTS, "Token")},
}
"""Contracts by the names that the others know them by."""


class DeploymentError(Exception):
    """A deployment is not what was planned."""


@dataclass(frozen=True)
class Deployment:
    """Where a suite is.

    Attributes:
        addresses: of the contracts and of "Token", by name.
        deployer: who deployed it; it keeps no power.
        treasury: who is credited taxes.
        parameters: as deployed.
        block: the last one before it; its logs begin after that.
    """

    addresses: Mapping[str, str]
    deployer: str
    treasury: str
    parameters: Parameters
    block: int

    def save(self, path: Path) -> None:
        """Write the manifest. Never over another one.

        Raises:
            DeploymentError: if the file exists.
        """
        if path.exists():
            raise DeploymentError(f"expected no manifest at {path}, and there is one: it is never overwritten")
        path.parent.mkdir(parents=True, exist_ok=True)
        data = asdict(self) | {"parameters": self.parameters.model_dump()}
        part = path.with_suffix(".part")
        part.write_text(json.dumps(data, indent=2) + "\n")
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> Deployment:
        """Read a manifest.

        Raises:
            DeploymentError: if it is missing or malformed.
        """
        try:
            data = read_json(read_file(path))
            found = cls(**(data | {"parameters": Parameters.model_validate(data["parameters"])}))
            found._check()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DeploymentError(f"expected a manifest at {path}: {str(error)[:1000]}") from error
        return found

    def _check(self) -> None:
        if not isinstance(self.addresses, dict) or {*self.addresses} != {*CONTRACTS, "Token"}:
            raise ValueError(f"expected addresses of {', '.join(CONTRACTS)} and Token, got {str(self.addresses)[:80]}")
        for name, address in {**self.addresses, "deployer": self.deployer, "treasury": self.treasury}.items():
            if not is_checksum_address(address):
                raise ValueError(f"expected the address of {name} with its checksum, got {str(address)[:80]}")
        if type(self.block) is not int or self.block < 0:
            raise ValueError(f"expected the number of a block, got {str(self.block)[:80]}")


def contract_address(deployer: str, nonce: int) -> str:
    """Address of the contract that an account creates with a nonce (keccak256(rlp(deployer, nonce)))."""
    return to_checksum_address(keccak(rlp.encode([to_bytes(hexstr=deployer), nonce]))[12:])


def deploy(
    port: Port, deployer: Any, token: str, treasury: str, parameters: Parameters, beacon: str | None = None
) -> Deployment:
    """Deploy the contracts in one go and check what stands there.

    The deployer must send nothing else meanwhile: the addresses follow from its nonce.

    Args:
        beacon: where seeds come from (IBeacon), on a chain whose blocks have no randomness of their own.

    Raises:
        DeploymentError: if an address is not the predicted one, or a contract knows another neighbour.
        CallRefused: if a contract refuses its parameters.
    """
    sender, nonce = port.address(deployer), port.nonce(deployer)
    at = {name: contract_address(sender, nonce + place) for place, name in enumerate(CONTRACTS)}
    if beacon is not None:
        port.attach("Beacon", beacon)
        at["Beacon"] = beacon
    p = parameters.arguments()

    def neighbours(*roles: str) -> list[str]:
        return [at[NAMES[role]] for role in roles]

    arguments: dict[str, list[Any]] = {
        "Staking": [
            token,
            *neighbours("registry", "verification", "arbitration", "settlement"),
            *neighbours("availability", "open_round", "sortition", "profiling"),
            parameters.unbonding_period,
        ],
        "TaskRegistry": [
            *neighbours("staking", "verification", "settlement", "program_judge"),
            *neighbours("beacon", "sortition", "orders", "profiling"),
            p,
        ],
        "Verification": [
            *neighbours("staking", "registry", "arbitration", "settlement"),
            *neighbours("availability", "open_round", "beacon", "sortition"),
            p,
        ],
        "Arbitration": [
            *neighbours("staking", "registry", "verification", "settlement", "value_judge", "root_judge"),
            p,
        ],
        "Settlement": [
            *neighbours("staking", "registry", "verification", "arbitration"),
            *neighbours("availability", "open_round", "profiling"),
            treasury,
            p,
        ],
        "Referee": [],
        "ValueJudge": neighbours("registry", "arbitration", "referee"),
        "RootJudge": neighbours("registry", "verification", "arbitration"),
        "Availability": [*neighbours("staking", "registry", "verification", "settlement"), p],
        "ProgramJudge": neighbours("registry"),
        "Watchtower": neighbours("verification", "arbitration"),
        "OpenRound": neighbours("staking", "verification", "settlement", "availability"),
        "Sortition": [*neighbours("staking", "verification", "profiling"), p],
        "Orders": [p],
        "Profiling": [*neighbours("staking", "registry", "settlement", "beacon", "sortition"), p],
        "Market": [*neighbours("staking", "registry", "verification", "arbitration"), p],
        "Beacon": [],
    }
    block = port.height()
    for name in CONTRACTS if beacon is None else CONTRACTS[:-1]:
        actual = port.deploy(deployer, name, arguments[name])
        if actual != at[name]:
            raise DeploymentError(f"expected {name} at {at[name]}, got {actual}")
    deployment = Deployment({**at, "Token": token}, sender, treasury, parameters, block)
    verify(port, deployment)
    return deployment


KNOWN = {
    "Staking": (
        *("TOKEN", "REGISTRY", "VERIFICATION", "ARBITRATION", "SETTLEMENT", "AVAILABILITY", "OPEN_ROUND", "SORTITION"),
        "PROFILING",
    ),
    "TaskRegistry": (
        *("STAKING", "VERIFICATION", "SETTLEMENT", "PROGRAM_JUDGE", "BEACON", "SORTITION", "ORDERS", "PROFILING"),
    ),
    "Verification": (
        *("STAKING", "REGISTRY", "ARBITRATION", "SETTLEMENT", "AVAILABILITY", "OPEN_ROUND", "BEACON", "SORTITION"),
    ),
    "Arbitration": ("STAKING", "REGISTRY", "VERIFICATION", "SETTLEMENT", "VALUE_JUDGE", "ROOT_JUDGE"),
    "Settlement": ("STAKING", "REGISTRY", "VERIFICATION", "ARBITRATION", "AVAILABILITY", "OPEN_ROUND", "PROFILING"),
    "ValueJudge": ("REGISTRY", "ARBITRATION", "REFEREE"),
    "RootJudge": ("REGISTRY", "VERIFICATION", "ARBITRATION"),
    "Availability": ("STAKING", "REGISTRY", "VERIFICATION", "SETTLEMENT"),
    "ProgramJudge": ("REGISTRY",),
    "Watchtower": ("VERIFICATION", "ARBITRATION"),
    "OpenRound": ("STAKING", "VERIFICATION", "SETTLEMENT", "AVAILABILITY"),
    "Sortition": ("STAKING", "VERIFICATION", "PROFILING"),
    "Profiling": ("STAKING", "REGISTRY", "SETTLEMENT", "BEACON", "SORTITION"),
    "Market": ("STAKING", "REGISTRY", "VERIFICATION", "ARBITRATION"),
}


def verify(port: Port, deployment: Deployment) -> None:
    """Check that each contract knows its neighbours and the parameters.

    Raises:
        DeploymentError: naming the first that does not.
    """
    for contract, roles in KNOWN.items():
        for role in roles:
            expected, actual = deployment.addresses[NAMES[role.lower()]], port.view(contract, role)
            if actual != expected:
                raise DeploymentError(f"expected {contract} to know {role} at {expected}, got {actual}")
    for contract, name, value in (
        ("Settlement", "TREASURY", deployment.treasury),
        ("Staking", "UNBONDING_PERIOD", deployment.parameters.unbonding_period),
        ("Arbitration", "UNITS_PER_SECOND", deployment.parameters.units_per_second),
        ("Arbitration", "CLOCK_BUDGET", deployment.parameters.clock_budget),
        ("Arbitration", "REPLY_WINDOW", deployment.parameters.reply_window),
        ("Arbitration", "CHALLENGE_BOND", deployment.parameters.challenge_bond),
    ):
        actual = port.view(contract, name)
        if actual != value:
            raise DeploymentError(f"expected {contract} to know {name} at {value}, got {actual}")
    for contract in (
        *("TaskRegistry", "Verification", "Settlement", "Availability"),
        *("Sortition", "Profiling", "Orders", "Market"),
    ):
        found = tuple(port.view(contract, "PARAMETERS"))
        if found != deployment.parameters.arguments():
            raise DeploymentError(f"expected {contract} to hold the parameters of the manifest, got {found}")
