"""Signed states: what is signed, and who has signed it."""

from __future__ import annotations

import random
from dataclasses import fields, replace

import boa
import pytest
from eth_account import Account

from pinpoint.chain.eip712 import HALF_ORDER, NAME, VERSION, StateSignatures, recover
from pinpoint.commitment.tree import keccak
from pinpoint.dispute.messages import Side, State

MOCK = boa.load_partial("contracts/mocks/SignedStateMock.vy")
WALLET = boa.load_partial("contracts/mocks/WalletMock.vy")
ORDER = 2 * HALF_ORDER + 1
WALLET_GAS = 300_000
HONEST, LAX, NEARLY, SHORT, LONG, SILENT, REVERTS, BURNS, WRITES = (1 << place for place in range(9))
OWNER, OTHER = (Account.from_key(keccak(name)) for name in (b"owner", b"other"))
STATE = State(7, 3, keccak(b"claim"), keccak(b"trace"), 1 << 105 | 5, Side.DEFENDER, 600, 599)


@pytest.fixture(scope="module")
def mock():
    return MOCK.deploy()


@pytest.fixture
def undone():
    with boa.env.anchor():
        yield


def signatures(contract, account=OWNER, chain_id=None):
    """Those of an account, for a mock."""
    chain_id = boa.env.evm.patch.chain_id if chain_id is None else chain_id
    return StateSignatures(chain_id, contract.address, OWNER.address, OTHER.address, account)


def parts(signature):
    """r, s, v."""
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]


def joined(r, s, v):
    """The inverse of `parts`."""
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])


def high(signature):
    """The other signature that says the same."""
    r, s, v = parts(signature)
    return joined(r, ORDER - s, 55 - v)


def random_state(rng):
    return State(
        rng.getrandbits(256),
        rng.getrandbits(256),
        rng.randbytes(32),
        rng.randbytes(32),
        rng.getrandbits(256),
        Side(rng.randrange(2)),
        rng.getrandbits(256),
        rng.getrandbits(256),
    )


# What is signed


def test_contract_and_client_sign_the_same(mock):
    rng = random.Random(1)
    for state in (STATE, *(random_state(rng) for _ in range(20))):
        assert mock.hash(state.arguments()) == signatures(mock).digest(state)


def test_every_field_counts(mock):
    digests = {mock.hash(STATE.arguments())}
    for field in fields(State):
        value = getattr(STATE, field.name)
        other = keccak(value) if isinstance(value, bytes) else type(value)(value ^ 1)
        digests.add(mock.hash(replace(STATE, **{field.name: other}).arguments()))
    assert len(digests) == 1 + len(fields(State))


def test_the_domain_can_be_read(mock):
    assert mock.eip712Domain() == (
        b"\x0f", NAME, VERSION, boa.env.evm.patch.chain_id, mock.address, bytes(32), []
    )  # fmt: skip


def test_another_contract_has_another_domain(mock, undone):
    twin = MOCK.deploy()
    signature = signatures(mock).sign(STATE)
    digest = twin.hash(STATE.arguments())
    assert digest != mock.hash(STATE.arguments())
    assert digest == signatures(twin).digest(STATE)
    assert not twin.signed_by(OWNER.address, digest, signature)


def test_a_fork_of_the_chain_has_another_domain(mock, undone):
    before, chain_id = mock.hash(STATE.arguments()), boa.env.evm.patch.chain_id
    signature = signatures(mock).sign(STATE)
    boa.env.evm.patch.chain_id = chain_id + 1
    try:
        digest = mock.hash(STATE.arguments())
        assert digest != before
        assert digest == signatures(mock, chain_id=chain_id + 1).digest(STATE)
        assert not mock.signed_by(OWNER.address, digest, signature)
    finally:
        boa.env.evm.patch.chain_id = chain_id
    assert mock.hash(STATE.arguments()) == before


# Accounts with a key


def test_a_key_signs(mock):
    digest, signature = mock.hash(STATE.arguments()), signatures(mock).sign(STATE)
    assert mock.signed_by(OWNER.address, digest, signature)
    assert not mock.signed_by(OTHER.address, digest, signature)
    assert not mock.signed_by(OWNER.address, keccak(digest), signature)


def bad_signatures(signature):
    """What says nearly the same as a signature, or nothing, by name."""
    r, s, v = parts(signature)
    return {
        "high s": high(signature),
        "other parity": joined(r, s, 55 - v),
        "v from zero": joined(r, s, v - 27),
        "v of another chain": joined(r, s, v + 8),
        "no r": joined(0, s, v),
        "no s": joined(r, 0, v),
        "s one above": joined(r, HALF_ORDER + 1, v),
        "all of s": joined(r, 2**256 - 1, v),
        "all of r": joined(2**256 - 1, s, v),
        "swapped": joined(s, r, v),
        "nothing": b"",
        "zeros": bytes(65),
        "compact": joined(r, s | (v - 27) << 255, 0)[:64],
        "too long": signature + b"\x00",
        "twice": signature * 2,
        "of full length": signature.ljust(1024, b"\x00"),
        "rubbish": random.Random(2).randbytes(64) + b"\x1b",
    }


def test_what_is_no_signature_is_refused_and_does_not_revert(mock):
    digest, signature = mock.hash(STATE.arguments()), signatures(mock).sign(STATE)
    assert parts(signature)[1] <= HALF_ORDER
    for name, bad in bad_signatures(signature).items():
        for signer in (OWNER.address, OTHER.address, boa.eval("empty(address)")):
            assert not mock.signed_by(signer, digest, bad), name


def test_the_other_signature_of_the_same_would_recover(mock):
    """That it is refused is the rule of low s, nothing else."""
    digest, signature = mock.hash(STATE.arguments()), signatures(mock).sign(STATE)
    assert Account._recover_hash(digest, signature=high(signature)) == OWNER.address
    assert not mock.signed_by(OWNER.address, digest, high(signature))


def test_the_highest_low_s_counts(mock):
    """Whatever r and s are, they are somebody's signature of a digest."""
    digest, (r, _, _) = mock.hash(STATE.arguments()), parts(signatures(mock).sign(STATE))
    for s, counts in ((HALF_ORDER, True), (HALF_ORDER + 1, False)):
        signature = joined(r, s, 27)
        signer = Account._recover_hash(digest, signature=signature)
        assert mock.signed_by(signer, digest, signature) is counts
        assert (recover(digest, signature) == signer) is counts


def test_contract_and_client_recover_the_same(mock):
    rng = random.Random(3)
    for _ in range(10):
        state = random_state(rng)
        digest, signature = mock.hash(state.arguments()), signatures(mock).sign(state)
        mutated = bytearray(signature)
        mutated[rng.randrange(65)] ^= 1 << rng.randrange(8)
        for tried in (signature, bytes(mutated), *bad_signatures(signature).values()):
            for signer in (OWNER.address, OTHER.address, recover(digest, tried) or OTHER.address):
                assert mock.signed_by(signer, digest, tried) == (recover(digest, tried) == signer)


# Wallets


@pytest.mark.parametrize(
    "mode, yes",
    [
        (HONEST, True), (LAX, True), (LONG, True), (NEARLY, False), (SHORT, False), (SILENT, False),
        (REVERTS, False), (BURNS, False), (WRITES, False),
    ],
)  # fmt: skip
def test_a_wallet_is_asked_and_can_neither_lie_in_part_nor_block(mock, undone, mode, yes):
    wallet = WALLET.deploy(OWNER.address, mode)
    digest, signature = mock.hash(STATE.arguments()), signatures(mock).sign(STATE)
    assert mock.signed_by(wallet.address, digest, signature) is yes
    assert mock._computation.get_gas_used() < WALLET_GAS + 30_000
    assert wallet.asked() == 0


def test_a_wallet_says_for_whom_it_signs(mock, undone):
    wallet = WALLET.deploy(OWNER.address, HONEST)
    digest = mock.hash(STATE.arguments())
    assert not mock.signed_by(wallet.address, digest, signatures(mock, OTHER).sign(STATE))
    assert not mock.signed_by(wallet.address, keccak(digest), signatures(mock).sign(STATE))
    assert not mock.signed_by(wallet.address, digest, b"")
    wallet.set_mode(LAX)
    for any_length in (b"", bytes(1), bytes(66), bytes(1024)):
        assert mock.signed_by(wallet.address, digest, any_length)


def test_a_wallet_can_change_its_mind(mock, undone):
    wallet = WALLET.deploy(OWNER.address, HONEST)
    digest, signature = mock.hash(STATE.arguments()), signatures(mock).sign(STATE)
    assert mock.signed_by(wallet.address, digest, signature)
    wallet.set_mode(REVERTS)
    assert not mock.signed_by(wallet.address, digest, signature)


def test_an_account_with_code_answers_itself_whatever_its_key_signed(mock, undone):
    no = WALLET.deploy(OTHER.address, HONEST)
    digest, signature = mock.hash(STATE.arguments()), signatures(mock).sign(STATE)
    assert mock.signed_by(OWNER.address, digest, signature)
    boa.env.set_code(OWNER.address, boa.env.get_code(no.address))
    boa.env.set_storage(OWNER.address, 0, HONEST)
    assert not mock.signed_by(OWNER.address, digest, signature)
    assert mock.signed_by(OWNER.address, digest, signatures(mock, OTHER).sign(STATE))


def test_a_key_cannot_disown_by_delegating_what_it_signed(mock, undone):
    yes = WALLET.deploy(OWNER.address, LAX)
    digest, signature = mock.hash(STATE.arguments()), signatures(mock).sign(STATE)
    target = bytes.fromhex(yes.address.removeprefix("0x"))
    boa.env.set_code(OWNER.address, b"\xef\x01\x00" + target)
    assert mock.signed_by(OWNER.address, digest, signature)
    assert not mock.signed_by(OWNER.address, digest, signatures(mock, OTHER).sign(STATE))


@pytest.mark.parametrize("code", [b"\xef\x01\x01" + bytes(20), b"\xef\x01\x00" + bytes(21), b"\xef\x01\x00", b"\x00"])
def test_only_a_delegation_is_one(mock, undone, code):
    digest, signature = mock.hash(STATE.arguments()), signatures(mock).sign(STATE)
    boa.env.set_code(OWNER.address, code)
    assert not mock.signed_by(OWNER.address, digest, signature)


def test_the_client_asks_a_wallet_too(mock, undone):
    wallet = WALLET.deploy(OWNER.address, HONEST)

    def ask(address, digest, signature):
        return mock.signed_by(address, digest, signature) if boa.env.get_code(address) else None

    mine = StateSignatures(
        boa.env.evm.patch.chain_id, mock.address, wallet.address, OTHER.address, OWNER, ask
    )
    signature = mine.sign(STATE)
    assert mine.holds(Side.CHALLENGER, STATE, signature)
    assert not mine.holds(Side.DEFENDER, STATE, signature)
    wallet.set_mode(SILENT)
    assert not mine.holds(Side.CHALLENGER, STATE, signature)
    assert mine.holds(Side.DEFENDER, STATE, signatures(mock, OTHER).sign(STATE))
