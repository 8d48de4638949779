"""What the other side of a game sends, bids and quotes in files, and what a role wrote itself before it was killed."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from pinpoint.chain.bids import Bid, BidError, BidSignatures, Quote
from pinpoint.chain.client import Geometry, Order
from pinpoint.chain.eip712 import recover, signed_by
from pinpoint.chain.mailbox import Mailbox
from pinpoint.chain.storage import ArtifactError, Storage
from pinpoint.commitment.tree import keccak
from pinpoint.dispute.channel import Refused
from pinpoint.dispute.messages import MalformedMessage, Message
from pinpoint.roles.journal import Journal, JournalError
from tests.fuzz.outside import altered, damaged, fuzz, json_texts, judge
from tests.unit.test_channel import LIE, START, Party, lying, parties, talk

OWNER, OTHER = (Account.from_key(keccak(name)) for name in (b"owner", b"other"))
ORDER = Order(keccak(b"program"), keccak(b"data"), keccak(b"state"), Geometry(20, 2, 4, 12, 2, 3, 7, 1, 20), 1000, 9)
BID = Bid(OWNER.address, ORDER, 3, 1_800_000_000)
PEN = BidSignatures(8453, "0x" + "5A" * 20)
QUOTE = Quote(PEN.digest(BID), OTHER.address, 8, 4, 1_800_000_001)
KEPT = {"7-salt": keccak(b"salt").hex(), "bid task": 3, "first": {"after": 2, "task": None}, "checkpoints": ["00" * 32]}


@cache
def messages() -> list[dict[str, Any]]:
    """The first of a game: both kinds of move."""
    one, other = parties(lying(*LIE))
    return [message.encode() for _ in range(6) if (message := talk(one, other, 1)) is not None]


@cache
def waiting(number: int) -> tuple[Party, Party, Message, dict[str, str]]:
    """Who has sent message `number`, who is to take it, the message, and what its taker's journal holds."""
    one, other = parties(lying(*LIE))
    talk(one, other, number)
    mover, taker = (one, other) if one.channel.turn else (other, one)
    return mover, taker, mover.channel.play(mover.move(), START), dict(taker.journal.kept)


@fuzz
@given(st.data())
def test_messages(data: st.DataObject) -> None:
    found = judge("message", lambda: Message.decode(data.draw(altered(data.draw(st.sampled_from(messages()))))),
                  MalformedMessage)  # fmt: skip
    if found is not None:
        assert Message.decode(json.loads(json.dumps(found.encode()))) == found


@fuzz
@given(st.integers(0, 5), st.booleans(), st.data())
def test_signed_messages(number: int, sign: bool, data: st.DataObject) -> None:
    """Whatever the other side signs, it is taken or refused: the game's state is the right one or stays as it was."""
    mover, taker, right, kept = waiting(number)
    taker.journal.kept = dict(kept)
    taker.start()
    try:
        wrong = Message.decode(data.draw(altered(right.encode())))
    except MalformedMessage:
        return
    if sign:
        wrong = replace(wrong, signature=mover.signed(wrong.state))
    before = taker.channel.state

    def take() -> bool:
        try:
            taker.channel.take(wrong, START)
        except Refused as error:
            raise ValueError(f"expected another message: {error}") from error
        return True

    if judge("signed message", take, ValueError):
        assert taker.channel.state == wrong.state and wrong.move == right.move
        # Its mover's clock alone is its own to lower.
        clock = "defender_left" if before.side else "challenger_left"
        assert replace(wrong.state, **{clock: 0}) == replace(right.state, **{clock: 0})
        assert wrong.state.left(before.side) <= before.left(before.side)
    else:
        assert taker.channel.state == before
    state = taker.channel.state
    # What was kept of it does no harm to the next process.
    taker.start()
    assert taker.channel.state == state


@fuzz
@given(st.data())
def test_mailboxes(tmp_path: Path, data: st.DataObject) -> None:
    mailbox = Mailbox(str(tmp_path))
    (tmp_path / "game-1-0.json").write_bytes(data.draw(json_texts(data.draw(st.sampled_from(messages())))))
    found = judge("mailbox", lambda: mailbox.get("game", 1, 0), AssertionError)
    judge("message", lambda: Message.decode(found), MalformedMessage)


@pytest.mark.parametrize("kind", ["folder", "link to a folder", "endless", "dangling"])
def test_a_store_that_others_write_leads_nowhere(tmp_path: Path, kind: str) -> None:
    """Neither out of the folder, nor on without an end."""
    outside, store = tmp_path / "outside", tmp_path / "store"
    outside.mkdir()
    store.mkdir()
    root = keccak(b"data")
    for name in ("game-1-0.json", f"{root.hex()}.bin"):
        path = store / name
        if kind == "folder":
            path.mkdir()
        else:
            path.symlink_to({"link to a folder": outside, "endless": "/dev/zero", "dangling": outside / "new"}[kind])
    mailbox, storage = Mailbox(str(store)), Storage(str(store))
    assert mailbox.get("game", 1, 0) is None
    with pytest.raises(ArtifactError, match="not available"):
        storage.get(root, keccak)
    if kind in ("folder", "link to a folder"):
        with pytest.raises(OSError, match="expected a file"):
            mailbox.put("game", 1, 0, {})
        with pytest.raises(ArtifactError, match="expected a file"):
            storage.put(root, b"data")
    else:
        mailbox.put("game", 1, 0, {})
        storage.put(root, b"data")
        assert (mailbox.get("game", 1, 0), storage.get(root, keccak)) == ({}, b"data")
    assert list(outside.iterdir()) == []


def test_no_more_is_read_than_was_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    storage, data = Storage(f"memory://{uuid4()}"), bytes(100)
    storage.put(keccak(data), data)
    monkeypatch.setattr("pinpoint.chain.storage.MAX_BYTES", 99)
    with pytest.raises(ArtifactError, match="expected at most 99 bytes, got 100"):
        storage.get(keccak(data), keccak)
    monkeypatch.setattr("pinpoint.chain.storage.MAX_BYTES", 100)
    assert storage.get(keccak(data), keccak) == data


@pytest.mark.parametrize("kind", ["bid", "quote"])
def test_bids_and_quotes(tmp_path: Path, kind: str) -> None:
    """What comes out is what its signer has signed, all of it."""
    path, again = tmp_path / "file.json", tmp_path / "again.json"
    signed: Any = PEN.sign(OWNER, BID) if kind == "bid" else PEN.sign(OTHER, QUOTE)
    PEN.save(path, signed)
    valid, load = json.loads(path.read_text()), PEN.load_bid if kind == "bid" else PEN.load_quote

    @fuzz
    @given(json_texts(valid))
    def reads(data: bytes) -> None:
        path.write_bytes(data)
        found: Any = judge(kind, lambda: load(path), BidError)
        if found is not None:
            assert found.terms == signed.terms and PEN.holds(found)
            PEN.save(again, found)
            assert load(again) == found

    reads()


@fuzz
@given(damaged(PEN.sign(OWNER, BID).signature), st.booleans())
def test_signatures(signature: bytes, other: bool) -> None:
    digest = PEN.digest(BID)
    found = judge("signature", lambda: recover(keccak(digest) if other else digest, signature), AssertionError)
    assert judge("signature", lambda: signed_by(OWNER.address, digest, signature), AssertionError) == (
        signature == PEN.sign(OWNER, BID).signature
    )
    assert found is None or len(signature) == 65


@fuzz
@given(json_texts(KEPT))
def test_journals(tmp_path: Path, data: bytes) -> None:
    """A role that cannot read what it must not forget says so, and does not begin anew."""
    path = tmp_path / "journal.json"
    path.write_bytes(data)
    found = judge("journal", lambda: Journal(path), JournalError)
    if found is None:
        assert path.read_bytes() == data
        return
    before = dict(found.items())
    secret = judge("journal", lambda: found.secret("7-salt"), JournalError)
    assert secret is None or len(secret) == 32
    found.put("new", 1)
    assert dict(Journal(path).items()) == dict(found.items())
    assert {**before, "new": 1}.keys() - {"7-salt"} == dict(found.items()).keys() - {"7-salt"}
