"""Bids and quotes off chain: what is signed, who has signed it, and the files that they are in."""

from __future__ import annotations

import json
import random
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import boa
import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_typed_data

from pinpoint.chain.bids import NAME, VERSION, Bid, BidError, BidSignatures, Quote, match, matched
from pinpoint.chain.client import Client, Ending, Geometry, Order, TaskPhase
from pinpoint.chain.port import CallRefused
from pinpoint.chain.storage import ArtifactError
from pinpoint.commitment.tree import keccak
from pinpoint.models.dense import initial_state
from pinpoint.program.graph import ProgramError
from pinpoint.program.work import program_units
from pinpoint.roles.solver import Solver
from pinpoint.roles.submitter import Submitter
from tests.bidding import KEYS, seated, signer
from tests.play import INTERVAL, LAYERS, PRICE, PROGRAM, SAMPLES, STEPS, THRESHOLD, Play, batches
from tests.world import World

OWNER, OTHER = (Account.from_key(keccak(name)) for name in (b"owner", b"other"))
REGISTRY = "0x" + "5A" * 20
CHAIN = 8453
ORDER = Order(
    keccak(b"program"), keccak(b"data"), keccak(b"state"), Geometry(20, 2, 4, 12, 2, 3, 7, 1, 20), 1000, 10**12
)
BID = Bid(OWNER.address, ORDER, 3, 1_800_000_000)
PEN = BidSignatures(CHAIN, REGISTRY)
QUOTE = Quote(PEN.digest(BID), OTHER.address, 10**11, 4, 1_800_000_001)
TERMS: dict[str, Any] = {
    "steps": STEPS, "interval": INTERVAL, "samples": SAMPLES, "threshold": THRESHOLD, "price": PRICE
}  # fmt: skip
UNITS = program_units(PROGRAM)


def random_bid(rng: random.Random) -> Bid:
    counts = Geometry(*map(rng.getrandbits, (32, 32, 32, 32, 32, 32, 32, 16, 8, 8)))
    program, data, state = (rng.randbytes(32) for _ in range(3))
    order = Order(program, data, state, counts, rng.getrandbits(256), rng.getrandbits(256))
    return Bid(Account.from_key(rng.randbytes(32)).address, order, rng.getrandbits(256), rng.getrandbits(256))


def random_quote(rng: random.Random) -> Quote:
    solver = Account.from_key(rng.randbytes(32)).address
    return Quote(rng.randbytes(32), solver, *(rng.getrandbits(256) for _ in range(3)))


# What is signed

ORDER_TYPE = [
    ("program_root", "bytes32"),
    ("dataset_root", "bytes32"),
    ("initial_state", "bytes32"),
    ("geometry", "uint256"),
    ("units", "uint256"),
    ("price", "uint256"),
]
BID_TYPE = [("submitter", "address"), ("order", "Order"), ("nonce", "uint256"), ("deadline", "uint256")]
QUOTE_TYPE = [
    ("bid", "bytes32"), ("solver", "address"), ("price", "uint256"), ("nonce", "uint256"), ("deadline", "uint256")
]  # fmt: skip
DOMAIN = {"name": "Pinpoint TaskRegistry", "version": "1", "chainId": CHAIN, "verifyingContract": REGISTRY}


def by_eth_account(types: dict[str, list[tuple[str, str]]], message: dict[str, Any]) -> bytes:
    """The digest, from the types alone."""
    named = {name: [{"name": field, "type": of} for field, of in listed] for name, listed in types.items()}
    return bytes(_hash_eip191_message(encode_typed_data(DOMAIN, named, message)))


def test_eth_account_signs_the_same() -> None:
    rng = random.Random(1)
    for bid in (BID, *(random_bid(rng) for _ in range(10))):
        order = dict(zip([name for name, _ in ORDER_TYPE], bid.order.arguments(), strict=True))
        message = {"submitter": bid.submitter, "order": order, "nonce": bid.nonce, "deadline": bid.deadline}
        assert PEN.digest(bid) == by_eth_account({"Bid": BID_TYPE, "Order": ORDER_TYPE}, message)
    for quote in (QUOTE, *(random_quote(rng) for _ in range(10))):
        message = dict(zip([name for name, _ in QUOTE_TYPE], quote.arguments(), strict=True))
        assert PEN.digest(quote) == by_eth_account({"Quote": QUOTE_TYPE}, message)


def test_the_contract_signs_the_same(world: World) -> None:
    rng, client = random.Random(2), Client(world.port, world.deployment)
    ours = BidSignatures.of(client)
    same = BidSignatures(boa.env.evm.patch.chain_id, world.deployment.addresses["TaskRegistry"])
    for _ in range(10):
        bid, quote = random_bid(rng), random_quote(rng)
        assert world.view("TaskRegistry", "hash_bid", bid.arguments()) == ours.digest(bid) == same.digest(bid)
        assert world.view("TaskRegistry", "hash_quote", quote.arguments()) == ours.digest(quote) == same.digest(quote)


def test_every_field_counts() -> None:
    def others(of: Any) -> list[Any]:
        found = []
        for field in fields(of):
            value = getattr(of, field.name)
            if isinstance(value, Order | Geometry):
                found += [replace(of, **{field.name: other}) for other in others(value)]
            elif isinstance(value, str):
                found.append(replace(of, **{field.name: REGISTRY}))
            else:
                found.append(replace(of, **{field.name: keccak(value) if isinstance(value, bytes) else value ^ 1}))
        return found

    for terms in (BID, QUOTE):
        changed = others(terms)
        assert len({PEN.digest(other) for other in (terms, *changed)}) == 1 + len(changed)
    assert len(others(BID)) == 3 + 5 + 10


def test_the_domain_counts() -> None:
    pens = PEN, BidSignatures(CHAIN + 1, REGISTRY), BidSignatures(CHAIN, "0x" + "5B" * 20)
    assert len({pen.digest(BID) for pen in pens}) == 3
    assert (NAME, VERSION) == ("Pinpoint TaskRegistry", "1")


# Who has signed it


def test_a_key_signs() -> None:
    for terms, right, wrong in ((BID, OWNER, OTHER), (QUOTE, OTHER, OWNER)):
        signed = PEN.sign(right, terms)
        assert PEN.holds(signed)
        assert not PEN.holds(PEN.sign(wrong, terms))
        assert not PEN.holds(replace(signed, signature=signed.signature[:-1]))
        assert not PEN.holds(replace(signed, terms=replace(terms, nonce=99)))
        assert not BidSignatures(CHAIN + 1, REGISTRY).holds(signed)


def test_a_wallet_is_asked() -> None:
    """ERC-1271. What it says counts, not whose key it was."""
    asked = []

    def wallet(address: str, digest: bytes, signature: bytes) -> bool | None:
        asked.append((address, digest, signature))
        return None if address == OTHER.address else signature == b"yes"

    pen, signed = BidSignatures(CHAIN, REGISTRY, wallet), PEN.sign(OWNER, BID)
    assert not pen.holds(signed)
    assert pen.holds(replace(signed, signature=b"yes"))
    assert pen.holds(PEN.sign(OTHER, QUOTE))
    assert asked[0] == (OWNER.address, PEN.digest(BID), signed.signature)


# Files


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "file.json"


def test_what_is_written_is_read(path: Path) -> None:
    rng = random.Random(3)
    for _ in range(3):
        key = Account.from_key(rng.randbytes(32))
        bid = PEN.sign(key, replace(random_bid(rng), submitter=key.address))
        PEN.save(path, bid)
        assert PEN.load_bid(path) == bid
        quote = PEN.sign(key, replace(random_quote(rng), solver=key.address))
        PEN.save(path, quote)
        assert PEN.load_quote(path) == quote


def test_a_bid_is_no_quote(path: Path) -> None:
    PEN.save(path, PEN.sign(OWNER, BID))
    with pytest.raises(BidError, match=r"^expected a quote in .*, got none: 'quote'$"):
        PEN.load_quote(path)


def test_files_are_for_one_chain_and_contract(path: Path) -> None:
    PEN.save(path, PEN.sign(OWNER, BID))
    for other in (BidSignatures(CHAIN + 1, REGISTRY), BidSignatures(CHAIN, "0x" + "5B" * 20)):
        with pytest.raises(BidError, match=r"^expected a bid for .* in .*, got one for "):
            other.load_bid(path)


def test_only_what_its_signer_signed_is_read(path: Path) -> None:
    PEN.save(path, PEN.sign(OTHER, BID))
    with pytest.raises(BidError, match=f"that {OWNER.address} has signed, got another signature$"):
        PEN.load_bid(path)
    PEN.save(path, PEN.sign(OTHER, QUOTE))
    found = json.loads(path.read_text())
    found["quote"]["price"] += 1
    path.write_text(json.dumps(found))
    with pytest.raises(BidError, match=f"that {OTHER.address} has signed, got another signature$"):
        PEN.load_quote(path)


JUNK: list[Any] = [None, True, -1, 1.5, 1 << 256, "", "0x", "0xzz", "7", [], {}, [1]]


@pytest.mark.parametrize("value", JUNK)
def test_junk_is_refused(path: Path, value: Any) -> None:
    """Whatever anybody writes, in any place of the file."""
    PEN.save(path, PEN.sign(OWNER, BID))
    right = json.loads(path.read_text())
    for names in (("domain",), ("bid",), ("signature",), *(("bid", n) for n in right["bid"])):
        found = json.loads(json.dumps(right))
        place = found
        for name in names[:-1]:
            place = place[name]
        place[names[-1]] = value
        path.write_text(json.dumps(found))
        with pytest.raises(BidError):
            PEN.load_bid(path)
    for name in right["bid"]["order"]:
        found = json.loads(json.dumps(right))
        found["bid"]["order"][name] = value
        path.write_text(json.dumps(found))
        with pytest.raises(BidError):
            PEN.load_bid(path)
    path.write_text(json.dumps(value))
    with pytest.raises(BidError):
        PEN.load_bid(path)


def test_only_what_is_signed_is_in_a_file(path: Path) -> None:
    """Bits of a geometry that nobody reads, or a field more, would be in the file and not in the bid."""
    PEN.save(path, PEN.sign(OWNER, BID))
    right = json.loads(path.read_text())
    for name, value in (("geometry", right["bid"]["order"]["geometry"] | 1 << 256), ("note", "cheap")):
        found = json.loads(json.dumps(right))
        found["bid"]["order"][name] = value
        path.write_text(json.dumps(found))
        with pytest.raises(BidError, match="expected the fields that are signed"):
            PEN.load_bid(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    cut, binary, missing = (tmp_path / name for name in ("cut", "binary", "missing"))
    cut.write_text('{"domain": ')
    binary.write_bytes(bytes(range(256)))
    for path in (cut, binary, missing, tmp_path):
        with pytest.raises(BidError, match=f"^expected a bid in {path}, got none: "):
            PEN.load_bid(path)


# The roles


@pytest.fixture
def play(world: World, tmp_path: Path) -> Any:
    with seated(world):
        yield Play(world, tmp_path)


def role(play: Play, kind: type[Any], name: str, **options: Any) -> Any:
    """A new process of somebody who has a key."""
    return kind(play.client, signer(name), play.artifacts, play.folder, **play.options, **options)


def bid(play: Play, name: str = "task", user: str = "bidder", **changes: Any) -> Any:
    terms = TERMS | {"deadline": play.world.port.now() + 1000} | changes
    return role(play, Submitter, user).bid(name, PROGRAM, batches(), initial_state(LAYERS, 0), **terms)


def quote(play: Play, signed: Any, user: str = "quoter", price: int = PRICE, seconds: int = 1000) -> Any:
    return role(play, Solver, user).quote(signed, price, play.world.port.now() + seconds)


def stake_of(play: Play, user: str) -> int:
    return int(play.world.view("Staking", "stake", play.world[user]))


def test_a_bid_is_signed_and_nothing_is_on_chain(play: Play) -> None:
    height = play.world.port.height()
    signed = bid(play)
    assert play.world.port.height() == height
    assert BidSignatures.of(play.client).holds(signed)
    assert signed.terms.submitter == play.world["bidder"]
    assert (signed.terms.order.price, signed.terms.order.units, signed.terms.nonce) == (PRICE, UNITS, 0)
    assert play.artifacts.program(signed.terms.order.program_root) == PROGRAM


def test_a_name_has_one_number(play: Play) -> None:
    """Of another process, too. So of all that is signed under it one counts."""
    first, again, other = bid(play), bid(play, price=PRICE - 1), bid(play, "another")
    assert [signed.terms.nonce for signed in (first, again, other)] == [0, 0, 1]
    assert again.terms != first.terms
    quotes = [quote(play, signed, price=price) for signed, price in ((first, 2), (first, 1), (again, 1), (other, 1))]
    assert [signed.terms.nonce for signed in quotes] == [0, 0, 1, 2]
    match(play.client, play.world["stranger"], first, quotes[0])
    with pytest.raises(CallRefused, match=r"^registry: nonce$"):
        match(play.client, play.world["stranger"], again, quotes[2])


def test_numbers_that_are_used_up_are_passed_over(play: Play) -> None:
    """Where the journal is lost, nothing is signed that cannot count."""
    for number in (0, 1, 3):
        play.world.send("bidder", "TaskRegistry", "cancel", number)
    assert [bid(play, name).terms.nonce for name in ("one", "two", "one")] == [2, 4, 2]


def test_what_was_cancelled_is_not_signed_again(play: Play) -> None:
    number = bid(play).terms.nonce
    play.world.send("bidder", "TaskRegistry", "cancel", number)
    with pytest.raises(BidError, match=f"^expected something new to sign, got bid task, whose number {number} is used"):
        bid(play)


def test_a_refused_order_is_no_bid(play: Play) -> None:
    with pytest.raises(CallRefused, match=r"^geometry: samples$"):
        bid(play, samples=99)
    with pytest.raises(CallRefused, match=r"^registry: price$"):
        bid(play, price=0)
    assert not (play.folder / "artifacts").exists()
    assert bid(play).terms.nonce == 0


def test_stake_is_there_for_the_match(play: Play) -> None:
    """What is missing is deposited when it is signed for: by the bid's price, on both sides."""
    world = play.world
    for user in ("bidder", "quoter"):
        world.send(user, "Staking", "unbond", stake_of(play, user))
        world.warp_to(world.port.now() + world.parameters.unbonding_period + 1)
        world.send(user, "Staking", "withdraw_stake")
    p, fee = world.parameters, UNITS * STEPS * PRICE
    escrow = fee + UNITS * SAMPLES * INTERVAL * PRICE * p.verifier_rate // 10**18 + fee * p.tax // 10**18
    signed = bid(play)
    assert stake_of(play, "bidder") == escrow + p.task_deposit
    quoted = quote(play, signed, price=PRICE // 3)
    assert stake_of(play, "quoter") == fee * p.solver_deposit // 10**18 * (STEPS // INTERVAL) // SAMPLES
    match(play.client, world["stranger"], signed, quoted)
    assert stake_of(play, "quoter") == 0


def test_a_match_has_a_number(play: Play) -> None:
    signed = bid(play)
    digest = BidSignatures.of(play.client).digest(signed.terms)
    assert matched(play.client, digest) is None
    task = match(play.client, play.world["stranger"], signed, quote(play, signed))
    assert task == play.client.task_count() == matched(play.client, digest)
    other = bid(play, "another")
    assert matched(play.client, BidSignatures.of(play.client).digest(other.terms)) is None
    assert play.client.task(task).phase is TaskPhase.OFFERED


def test_what_cannot_be_matched_is_not_quoted(play: Play) -> None:
    signed, now = bid(play), play.world.port.now()
    terms, pen = signed.terms, BidSignatures.of(play.client)
    last = min(terms.deadline, now + 1000)
    for change, said in (
        ({"price": 0}, "expected a price of at least 1"),
        ({"price": PRICE + 1}, f"expected a price of at least 1 and at most {PRICE}, got {PRICE + 1}"),
        ({"user": "bidder"}, "expected somebody else's bid"),
        ({"seconds": -1}, f"expected deadlines from {now} on, got {terms.deadline}, {now - 1}"),
    ):
        with pytest.raises(BidError, match=f"^{said}"):
            quote(play, signed, **change)
    forged = pen.sign(KEYS["other_bidder"], terms)
    with pytest.raises(BidError, match=f"^expected a bid that {terms.submitter} has signed"):
        quote(play, forged)
    assert not (play.folder / play.world.deployment.addresses["Staking"] / play.world["quoter"]).exists()
    play.world.warp_to(last)
    quote(play, signed)
    play.world.warp_to(last + 1)
    with pytest.raises(BidError, match=r"^expected deadlines from"):
        quote(play, signed)


def test_what_is_used_up_is_not_quoted(play: Play) -> None:
    signed = bid(play)
    quote(play, signed)
    play.world.send("quoter", "TaskRegistry", "cancel", 0)
    with pytest.raises(BidError, match=r"^expected something new to sign, got quote"):
        quote(play, signed)
    quote(play, signed, user="other_quoter")
    play.world.send("bidder", "TaskRegistry", "cancel", 0)
    with pytest.raises(BidError, match=f"^expected an open bid, got number 0 of {play.world['bidder']}"):
        quote(play, signed, user="other_quoter")


def test_what_cannot_be_solved_is_not_quoted(play: Play) -> None:
    """To decline it would cost; so it is looked at first, as before enrolling."""
    signed, pen = bid(play), BidSignatures.of(play.client)
    units = replace(signed.terms, order=replace(signed.terms.order, units=UNITS + 1))
    with pytest.raises(ProgramError, match=f"^expected an order of {UNITS} units, got {UNITS + 1}$"):
        quote(play, pen.sign(KEYS["bidder"], units))
    state = replace(signed.terms, order=replace(signed.terms.order, initial_state=keccak(b"nobody has it")))
    with pytest.raises(ArtifactError, match="not available"):
        quote(play, pen.sign(KEYS["bidder"], state))
    data = replace(signed.terms, order=replace(signed.terms.order, dataset_root=keccak(b"nobody has it")))
    with pytest.raises(ArtifactError, match="not available"):
        quote(play, pen.sign(KEYS["bidder"], data))
    quote(play, signed)


def test_who_is_offered_a_task_solves_it(play: Play) -> None:
    """No enrolment, no draw."""
    signed = bid(play)
    task = match(play.client, play.world["stranger"], signed, quote(play, signed))
    for other in ("other_quoter", "bidder"):
        assert role(play, Solver, other).step(task) is None
    moves = [role(play, Solver, "quoter").step(task) for _ in range(3)]
    assert moves == ["accept", "post_proof", None]
    assert play.client.task(task).ending is Ending.NONE
