"""The suite as other code generators make it, on pyrevm. What is shipped is optimised for gas by the legacy one."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any

from pyrevm import EVM, CfgEnv, Env
from vyper.compiler.settings import OptimizationLevel, Settings

from pinpoint.chain.revm_port import CACHE, CONTRACTS, RevmPort, compiled, keep, texts
from pinpoint.chain.revm_port import code_of as shipped
from pinpoint.commitment.tree import keccak

GENERATORS = {
    "none": Settings(evm_version="cancun", optimize=OptimizationLevel.NONE),
    "codesize": Settings(evm_version="cancun", optimize=OptimizationLevel.CODESIZE),
    "experimental": Settings(evm_version="cancun", optimize=OptimizationLevel.GAS, experimental_codegen=True),
}
"""Never shipped: without optimisation some contracts exceed what a chain takes (EIP-170), and the experimental
generator is not as well tried."""
REFUSED = ("experimental", "Referee")
"""Too many variables for the experimental generator's stack, whatever it optimises for; the legacy one makes it."""
LARGEST = 2**16
"""Of a contract, in bytes, that pyrevm is told to take."""


def code_of(name: str, generator: str) -> Mapping[str, Any]:
    """ABI and creation code of a contract, compiled once for each text of it and of what it imports."""
    if (generator, name) == REFUSED:
        return shipped(name)
    text = repr(sorted(texts(name, CONTRACTS).items())).encode()
    path = CACHE / generator / f"{name}-{keccak(text).hex()[:16]}.json"
    if not path.exists():
        with warnings.catch_warnings():
            # That a contract is too large for a chain.
            warnings.simplefilter("ignore")
            keep(path, compiled(name, CONTRACTS, GENERATORS[generator]))
    found: Mapping[str, Any] = json.loads(path.read_text())
    return found


class GeneratedPort(RevmPort):
    """A port whose contracts come from another code generator, and may be larger than a chain takes."""

    def __init__(self, generator: str) -> None:
        super().__init__()
        # Addresses follow from nonces, so they are those of every other engine.
        self.evm = EVM(spec_id="CANCUN", env=Env(cfg=CfgEnv(limit_contract_code_size=LARGEST)))
        self._generator = generator

    def code(self, name: str) -> Mapping[str, Any]:
        return code_of(name, self._generator)
