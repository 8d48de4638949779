"""What a campaign sends, and in how many ways; and that engines which differ are told apart."""

from __future__ import annotations

from functools import cache

import pytest
from eth_abi.abi import decode
from eth_utils.abi import collapse_if_tuple

from pinpoint.chain.deployment import CONTRACTS
from pinpoint.chain.revm_port import code_of
from tests.campaigns.protocol.agree import Other, Recorder, Sent
from tests.campaigns.protocol.codec import GAP, Codec, crooked, word
from tests.campaigns.protocol.driver import CLOSED, Action, nothing
from tests.campaigns.protocol.engines import Outcome, RevmEngine
from tests.campaigns.protocol.episode import Found, Stage, play
from tests.campaigns.protocol.names import functions
from tests.campaigns.protocol.world import USERS, parameters

PROVED = ("ValueJudge", "RootJudge")
"""Whose proofs a campaign does not play; `make games` and `make explore` do."""
BY_HEADER = ("Beacon", "fix")
"""Seeds come from a beacon for tests."""


@cache
def stage() -> Stage:
    """A suite whose engine remembers what was sent."""
    return Stage(Recorder(RevmEngine(parameters())))


def test_each_function_that_changes_anything_is_sent():
    """What neither the model knows nor is refused to everybody is named here."""
    known = {*functions(), *CLOSED}
    for contract in CONTRACTS:
        for entry in code_of(contract)["abi"]:
            changes = entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
            if changes and contract not in PROVED and (contract, entry["name"]) != BY_HEADER:
                assert (contract, entry["name"]) in known


@pytest.mark.xdist_group("protocol")
def test_only_contracts_may_send_what_is_theirs():
    """Promise 7: whatever moves accounts, or tells of endings, is refused to users."""
    stage().begin()
    m = stage().lockstep.m
    for contract, method in CLOSED:
        stage().send(Action(m.now + 1, m.number + 1, USERS["stranger"], contract, method, nothing(contract, method)))
        assert any(f"{contract}.{method} " in refused for refused in stage().lockstep.refused)
    assert len(CLOSED) > 40


@pytest.mark.parametrize(
    ("contract", "method", "arguments"),
    [
        ("TaskRegistry", "match_bid", ((1, (2, 3, 4, 5, 6, 7), 8, 9), b"same", (1, 2, 3, 4, 5), b"same")),
        ("TaskRegistry", "submit_stacked", (1, 2, 3, 4, 5, 6, 7, (8, 9))),
        ("Arbitration", "sweep", ((1, 2, 1),)),
        ("Verification", "report", (1, 2, (3, 4), 5)),
        ("Availability", "post", (1, (1, 0, 0, 1, 8, 0), b"\x01" * 33, (1, (2, 3), (2, 3), ()))),
    ],
)
def test_crooked_calldata_says_the_same(contract: str, method: str, arguments: tuple):
    """Promise 10: as libraries read it, too; equal tails are there once."""
    codec = Codec([contract])
    (entry,) = (e for e in code_of(contract)["abi"] if e.get("name") == method)
    kinds = [collapse_if_tuple(item) for item in entry["inputs"]]
    right, crooked = codec.call(contract, method, arguments), codec.crooked(contract, method, arguments)
    assert crooked != right
    assert decode(kinds, crooked[4:], strict=False) == decode(kinds, right[4:])
    if method == "match_bid":
        assert crooked.count(b"same") == 1


def recorded() -> list[Sent]:
    """A short life, and what it did."""
    recorder = stage().lockstep.engine
    assert isinstance(recorder, Recorder)
    recorder.sent = []
    play(stage(), "agree", Found(), 40, alone=False)
    return recorder.sent


def other() -> Other:
    """A second engine, where lives begin."""
    recorder = Recorder(RevmEngine(parameters()))
    Stage(recorder)
    found = Other("other", RevmEngine(parameters()))
    found.begin(recorder.sent)
    return found


@pytest.mark.xdist_group("protocol")
def test_engines_that_agree_and_engines_that_do_not():
    """A byte that is returned, a reason, or a word that is stored: each is seen."""
    sent, second = recorded(), other()
    second.play("life", sent, stage().lockstep.engine, whole=True)
    assert (second.disagreements, second.words > 100) == ([], True)
    counted = next(place for place, each in enumerate(sent) if each.outcome.refused is None)
    refused = next(place for place, each in enumerate(sent) if each.outcome.refused)
    for place, outcome in (
        (counted, sent[counted].outcome._replace(returned=b"\x01")),
        (refused, Outcome("another reason", [])),
    ):
        changed = [*sent[:place], sent[place]._replace(outcome=outcome), *sent[place + 1 :]]
        second.play("life", changed, stage().lockstep.engine, whole=True)
        assert second.disagreements.pop().startswith(f"life, step {place}, ")
    # Without the last step, something is stored that should not be, or the other way round.
    second.play("life", sent[:-1], stage().lockstep.engine, whole=True)
    assert second.disagreements == ["life: accounts differ at the end"]


def test_a_word_that_does_not_fit_its_kind_is_sent_as_it_is():
    """A library would refuse it; what the contract does is what is asked."""
    assert crooked([{"type": "bool"}, {"type": "uint8"}], [2, 2**200]) == word(2) + word(2**200) + GAP
