"""Bids by the scripts: two files, signed by two accounts, become a task that one of them solves."""

from __future__ import annotations

import json

from tests.anvil.test_scripts import SOLVER, STRANGER, SUBMITTER, Town, anvil, town

__all__ = ["anvil", "town"]
TERMS = ("--steps", "20", "--interval", "10", "--samples", "2")


def reverted(town: Town, script: str, *arguments: str, account: int) -> str:
    """Call a script whose transaction the chain refuses, which local chains count as a block; what it says."""
    process = town.start(script, *arguments, account=account)
    _, errors = process.communicate(timeout=120)
    assert process.returncode != 0
    return errors


def test_a_bid_becomes_a_task(town: Town) -> None:
    bid, quote = ("--bid", "build/bid.json"), ("--quote", "build/quote.json")
    assert "Bid 0" in town.run("bid", "--name", "job", "--out", bid[1], *TERMS, account=SUBMITTER)
    assert "expected either --task or --bid" in town.refused("solve", account=SOLVER)
    assert "it was not matched" in town.refused("solve", *bid, account=SOLVER)
    price = ("--price", str(16 * 10**11 + 1), "--out", quote[1])
    assert "at most 1600000000000" in town.refused("quote", *bid, *price, account=SOLVER)
    cheap = ("--price", str(16 * 10**11 - 1), "--out", quote[1])
    assert "Quote 0" in town.run("quote", *bid, *cheap, account=SOLVER)
    assert "got none: 'bid'" in town.refused("match", "--bid", quote[1], *quote, account=STRANGER)
    assert "Task 1" in town.run("match", *bid, *quote, account=STRANGER)
    assert "Error: registry: nonce" in reverted(town, "match", *bid, *quote, account=STRANGER)
    done = town.run("solve", *bid, account=SOLVER)
    assert "accept" in done and "post_proof" in done
    assert json.loads((town.folder / quote[1]).read_text())["quote"]["price"] == 16 * 10**11 - 1


def test_a_bid_is_taken_back(town: Town) -> None:
    bid, quote = ("--bid", "build/other.json"), ("--quote", "build/other_quote.json")
    assert "Bid 1" in town.run("bid", "--name", "other", "--out", bid[1], *TERMS, account=SUBMITTER)
    assert "Quote 1" in town.run("quote", *bid, "--out", quote[1], account=SOLVER)
    assert "Number 1 is used up" in town.run("cancel", "--nonce", "1", account=SUBMITTER)
    assert "Error: registry: nonce" in reverted(town, "match", *bid, *quote, account=STRANGER)
    line = town.refused("bid", "--name", "other", "--out", bid[1], *TERMS, account=SUBMITTER)
    assert "whose number 1 is used up" in line
    assert "expected a task that is ACCEPTED or STALLED, got 1" in town.refused(
        "submit", "--name", "child", "--parent", "1", *TERMS, account=SUBMITTER
    )
