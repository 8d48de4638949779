"""The contracts that lemmas are about, compiled as they are or with a twin's fault."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from shutil import copytree
from sysconfig import get_path
from tempfile import TemporaryDirectory
from typing import Any

from eth_abi.abi import encode
from eth_utils.abi import collapse_if_tuple
from vyper.compiler import compile_from_file_input
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.settings import OptimizationLevel, Settings

from pinpoint.chain.parameters import Parameters
from pinpoint.chain.revm_port import CONTRACTS, ROOT, Function, texts
from pinpoint.commitment.tree import keccak
from tests.prove.lemmas import HERE, Twin

CACHE = ROOT / "build" / "prove" / "code"
HARNESS = HERE / "harness"
PARAMETERS = ROOT / "deployments" / "local.yaml"


@cache
def sources(name: str) -> bytes:
    """A hash of all that a contract may be compiled from."""
    files = sorted([*CONTRACTS.rglob("*.vy*"), *HARNESS.glob(f"{name}.vy")])
    return keccak(b"".join(path.read_bytes() for path in files))


def compiled(name: str, folder: Path) -> dict[str, Any]:
    """ABI and creation code of a contract of this folder, or of a harness that imports from it."""
    path = folder / f"{name}.vy"
    # snekmate lies beside the other packages.
    bundle = FilesystemInputBundle([Path(get_path("purelib")), folder])
    return dict(
        compile_from_file_input(
            bundle.load_file(path if path.exists() else HARNESS / f"{name}.vy"),
            input_bundle=bundle,
            output_formats=["abi", "bytecode"],
            settings=Settings(evm_version="cancun", optimize=OptimizationLevel.GAS),
        )
    )


def concerned(name: str, twin: Twin) -> bool:
    """Whether a fault is in what a contract is compiled from."""
    return (HARNESS / f"{name}.vy").exists() or twin.file in texts(name, CONTRACTS)


def code_of(name: str, twin: Twin | None) -> dict[str, Any]:
    """As `compiled`, with a fault if there is one, once for each text of the contracts."""
    path = CACHE / f"{name}-{keccak(sources(name) + repr(twin).encode()).hex()[:16]}.json"
    if not path.exists():
        with TemporaryDirectory() as made:
            folder = CONTRACTS
            if twin is not None:
                folder = Path(made) / "contracts"
                copytree(CONTRACTS, folder)
                (folder / twin.file).write_text(twin.text((folder / twin.file).read_text()))
            output = compiled(name, folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(output))
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def arguments(abi: list[dict[str, Any]]) -> str:
    """What a constructor is given: an address of its own for each role, the parameters of the local deployment."""
    for entry in abi:
        if entry["type"] == "constructor":
            types = [collapse_if_tuple(item) for item in entry["inputs"]]
            values: list[Any] = [f"0x{0x1000 + place:040x}" for place in range(len(types))]
            parameters = Parameters.load(PARAMETERS).arguments()
            given = [parameters if "(" in kind else value for kind, value in zip(types, values, strict=True)]
            return encode(types, given).hex()
    return ""


def environment(name: str, twin: Twin | None) -> dict[str, str]:
    """How lemmas are told of a contract: its code, constructor arguments, and the functions that change state.

    The last are selectors, one after the other.
    """
    if twin is not None and not concerned(name, twin):
        twin = None
    found = code_of(name, twin)
    writers = [
        Function(entry).selector.hex()
        for entry in found["abi"]
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    ]
    values = {name: found["bytecode"], f"{name}_writers": "0x" + "".join(writers)}
    # Staking's token has to be a contract, so its lemmas say the arguments.
    return values if name == "Staking" else values | {f"{name}_arguments": "0x" + arguments(found["abi"])}
