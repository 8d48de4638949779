"""Local chains that repeat themselves, hash for hash.

Draws follow from the headers of blocks, so a run is repeatable only if every header is. Three things in a header
depend on the machine rather than on what was sent:

* the genesis timestamp, which is the time of day on both local chains;
* the timestamp of each later block, which follows the clock as well;
* the mix hash: eth-tester draws it from the operating system. anvil derives it from the chain itself.

Everything else repeats as it is: accounts come from ape's mnemonic, nonces from the chain, signatures from
RFC 6979, the base fee from the gas used before, and each transaction is mined at once in a block of its own.

`pin` acts on a connected provider, since `ape run` connects before a script's first line. In process it
replaces the backend's chain, through the public setter that snapshots use, by one whose headers are functions
of their parents. This also makes PREVRANDAO agree with the header that is mined, which in eth-tester alone it
does not. anvil takes the genesis timestamp on its command line alone and ape-foundry has no option for it, so
anvil is started again with that flag.

On both chains a block is one second later than its parent, unless time was moved.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from ape.api import ProviderAPI
from ape_foundry.provider import FoundryForkProvider, FoundryProvider
from ape_test.provider import LocalProvider
from eth.abc import BlockAPI, BlockHeaderAPI
from eth.db import get_db_backend
from eth_tester.backends.pyevm.main import get_default_genesis_params

from pinpoint.commitment.tree import keccak

BLOCK_SECONDS = 1


class DeterminismError(RuntimeError):
    """The chain cannot be pinned: it is not one of the local ones, or it is in use already."""


def pin(provider: ProviderAPI, seed: int, start: int) -> None:
    """Make the blocks of a local chain functions of `seed`, `start` and the transactions sent.

    Call it right after connecting: the chain begins anew, at block 0.

    Args:
        provider: connected provider, in process or anvil managed by ape.
        seed: any number of at most 256 bits; another seed gives other hashes from block 1 on.
        start: timestamp of block 0. The machine's clock plays no part, it may lie in the past.

    Raises:
        DeterminismError: if the provider is neither, or has mined a block.
    """
    digest = keccak(seed.to_bytes(32, "big"))
    if mined := provider.get_block("latest").number:
        raise DeterminismError(f"expected a chain without blocks, got one of {mined}")
    if isinstance(provider, LocalProvider):
        _pin_in_process(provider, digest, start)
    elif (
        isinstance(provider, FoundryProvider)
        and not isinstance(provider, FoundryForkProvider)
        and provider.process is not None
    ):
        _pin_anvil(provider, digest, start)
    else:
        raise DeterminismError(f"expected a local chain that ape started, got {provider.name}")


def _pin_in_process(provider: LocalProvider, digest: bytes, start: int) -> None:
    backend = provider.evm_backend

    class PinnedChain(type(backend.chain)):  # type: ignore[misc]
        def create_header_from_parent(self, parent: BlockHeaderAPI, **fields: Any) -> BlockHeaderAPI:
            fields.setdefault("timestamp", parent.timestamp + BLOCK_SECONDS)
            fields.setdefault("mix_hash", keccak(parent.hash))
            header: BlockHeaderAPI = super().create_header_from_parent(parent, **fields)
            return header

        def mine_block(self, *args: Any, **fields: Any) -> BlockAPI:
            block: BlockAPI = super().mine_block(*args, **{**fields, "mix_hash": self.header.mix_hash})
            return block

    genesis = get_default_genesis_params({"timestamp": start, "mix_hash": digest})
    backend.chain = PinnedChain.from_genesis(get_db_backend(), genesis, backend.genesis_state)


def _pin_anvil(provider: FoundryProvider, digest: bytes, start: int) -> None:
    build = FoundryProvider.build_command

    def build_pinned(self: FoundryProvider) -> list[str]:
        return [*build(self), "--timestamp", str(start)]

    provider.disconnect()
    with patch.object(FoundryProvider, "build_command", build_pinned):
        provider.connect()
    provider.make_request("anvil_setBlockTimestampInterval", [BLOCK_SECONDS])
    # anvil has no RPC for the mix hash; the coinbase is the other field of a header that is free.
    provider.make_request("anvil_setCoinbase", ["0x" + digest[:20].hex()])
