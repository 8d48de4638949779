"""`make agree`: the same lives on several EVMs, and as several code generators make the contracts: build/agree.json.

Lives are played on pyrevm with the contracts that are shipped, beside the model. Whatever was sent is then sent on the
others: outcome, reason of a refusal, what is returned and what is logged have to be the same, byte by byte, and at the
end what Staking has stored of everybody; after every so many lives, all that any contract has stored.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, NamedTuple

from pinpoint.chain.revm_port import ROOT
from tests.campaigns.protocol.engines import Engine, Outcome, RevmEngine, anvil_engine, boa_engine
from tests.campaigns.protocol.episode import Found, Stage, play
from tests.campaigns.protocol.generators import GENERATORS, GeneratedPort
from tests.campaigns.protocol.lockstep import BURNT, OWED, PLACES
from tests.campaigns.protocol.world import parameters

RECORD = ROOT / "build" / "agree.json"
WHOLE = 25
"""After so many lives, all storage is compared."""
LENGTH = 100
"""Transactions of a life, exits not counted: many short lives differ in more than few long ones."""


def generated(name: str) -> Engine:
    """pyrevm, with contracts by another code generator."""
    return RevmEngine(parameters(), port=GeneratedPort(name))


OTHERS: Mapping[str, Callable[[], Engine]] = {
    **{name: partial(generated, name) for name in GENERATORS},
    "py-evm": lambda: boa_engine(parameters()),
    "anvil": lambda: anvil_engine(parameters()),
}
"""What pyrevm with the shipped contracts is compared with."""


class Sent(NamedTuple):
    """A transaction, and what it did where it was recorded."""

    now: int
    number: int
    sender: int
    contract: str
    calldata: bytes
    outcome: Outcome


class Recorder:
    """An engine that remembers what was sent."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self.deployment = engine, engine.deployment
        self.sent: list[Sent] = []
        self.call, self.slot, self.stored = engine.call, engine.slot, engine.stored
        self.snapshot, self.revert = engine.snapshot, engine.revert

    def send(self, now: int, number: int, sender: int, contract: str, calldata: bytes) -> Outcome:
        outcome = self._engine.send(now, number, sender, contract, calldata)
        self.sent.append(Sent(now, number, sender, contract, calldata, outcome))
        return outcome


def balances(engine: Engine) -> list[int]:
    """What Staking has stored of everybody."""
    places = [OWED, BURNT, *(place for holder in PLACES.values() for place in holder)]
    return [engine.slot("Staking", place) for place in places]


@dataclass
class Other:
    """An engine, and how it compares.

    Attributes:
        words: stored ones that were compared when all were.
        disagreements: the first of each life.
    """

    name: str
    engine: Engine
    lives: int = 0
    transactions: int = 0
    words: int = 0
    seconds: float = 0.0
    disagreements: list[str] = field(default_factory=list)

    def begin(self, setup: Sequence[Sent]) -> None:
        """Bring it to where lives begin."""
        self._send("the beginning", setup)
        self._base = self.engine.snapshot()

    def play(self, life: str, sent: Sequence[Sent], reference: Engine, whole: bool) -> None:
        """Send what was recorded, and compare; `reference` is as it was left."""
        started = monotonic()
        self.engine.revert(self._base)
        self._base = self.engine.snapshot()
        if self._send(life, sent):
            if balances(self.engine) != balances(reference):
                self.disagreements.append(f"{life}: accounts differ at the end")
            elif whole:
                self._compare(life, reference)
        self.lives += 1
        self.seconds += monotonic() - started

    def _send(self, life: str, sent: Sequence[Sent]) -> bool:
        for step, each in enumerate(sent):
            outcome = self.engine.send(*each[:5])
            self.transactions += 1
            if outcome != each.outcome:
                what = f"{each.contract} {each.calldata[:4].hex()}"
                self.disagreements.append(f"{life}, step {step}, {what}: expected {each.outcome}, got {outcome}")
                return False
        return True

    def _compare(self, life: str, reference: Engine) -> None:
        mine, theirs = self.engine.stored(), reference.stored()
        self.words += sum(map(len, theirs.values()))
        for contract, words in theirs.items():
            if mine.get(contract, {}) != words:
                self.disagreements.append(f"{life}: storage of {contract} differs at the end")
                return


def agree(seed: str, lives: int, length: int, seconds: float, names: Sequence[str]) -> list[Other]:
    """Play lives on pyrevm, and again on each of the others.

    Args:
        length: transactions of a life, exits not counted.
        seconds: after which no more lives begin.
        names: of the others.
    """
    until = monotonic() + seconds
    recorder = Recorder(RevmEngine(parameters()))
    stage = Stage(recorder)
    others = [Other(name, OTHERS[name]()) for name in names]
    for other in others:
        other.begin(recorder.sent)
    for number in range(lives):
        if monotonic() > until:
            break
        life = f"{seed}/{number}"
        recorder.sent = []
        play(stage, life, Found(), length, alone=False)
        for other in others:
            other.play(life, recorder.sent, recorder, number % WHOLE == 0)
        if (number + 1) % 100 == 0:
            shown = (f"{each.name} {each.transactions} transactions" for each in others)
            wrong = sum(len(each.disagreements) for each in others)
            print(f"{number + 1} lives, {', '.join(shown)}, {wrong} disagreements", flush=True)
    return others


def row(other: Other) -> dict[str, Any]:
    """What the record says of an engine."""
    return {
        "lives": other.lives,
        "transactions": other.transactions,
        "stored_words": other.words,
        "per_second": round(other.transactions / other.seconds) if other.seconds else 0,
        "disagreements": len(other.disagreements),
        "first": other.disagreements[:5],
    }


def write(seed: str, others: Sequence[Other]) -> None:
    """Write the record; of engines that were not asked for now, what it said before stays."""
    before = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    found = {**before, **{other.name: {"seed": seed, **row(other)} for other in others}}
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(json.dumps(found, indent=2) + "\n")


def main(arguments: list[str] | None = None) -> int:
    """Play and compare; 1 if there is a disagreement."""
    parser = argparse.ArgumentParser(prog="make agree", description=__doc__)
    parser.add_argument("--seed", default="agree")
    parser.add_argument("--lives", type=int, default=500)
    parser.add_argument("--length", type=int, default=LENGTH, help="transactions of a life, exits not counted")
    parser.add_argument("--seconds", type=float, default=86_400, help="after which no more lives begin")
    parser.add_argument("--engines", default=",".join(OTHERS), help="to compare with pyrevm and what is shipped")
    chosen = parser.parse_args(arguments)
    names = chosen.engines.split(",")
    if unknown := set(names) - set(OTHERS):
        parser.error(f"expected some of {', '.join(OTHERS)}, got {', '.join(sorted(unknown))}")
    print(f"seed {chosen.seed}, {chosen.lives} lives of {chosen.length} transactions and their exits", flush=True)
    others = agree(chosen.seed, chosen.lives, chosen.length, chosen.seconds, names)
    write(chosen.seed, others)
    for other in others:
        print(f"{other.name}: {json.dumps(row(other))[:600]}")
    print(f"record in {RECORD.relative_to(ROOT)}")
    return 1 if any(other.disagreements for other in others) else 0


if __name__ == "__main__":
    sys.exit(main())
