"""What is to be proved, read from the comments in lemmas/*.sol. Needs none of the tools."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "lemmas"
CONTRACT = re.compile(r"((?: *///.*\n)+)contract (\w+) ")
LEMMA = re.compile(r"((?: *///.*\n)+) *function (check_\w+)\(")
CODE = re.compile(r"@custom:code (.*)")
TWIN = re.compile(r"@custom:twin (\S+): `(.+)` -> `(.+)`")
PROMISES = re.compile(r"Promises? (\d+)(?:(?:, \d+)* and (\d+))?")


class LemmaError(ValueError):
    """A comment does not say what it has to."""


@dataclass(frozen=True)
class Twin:
    """A fault: the text `old`, which a file below contracts has once, becomes `new`."""

    file: str
    old: str
    new: str

    def text(self, of: str) -> str:
        """The text of the file with the fault.

        Raises:
            LemmaError: if the old text does not stand there exactly once.
        """
        if (times := of.count(self.old)) != 1:
            raise LemmaError(f"expected {self.old!r} once in {self.file}, got it {times} times")
        return of.replace(self.old, self.new)


@dataclass(frozen=True)
class Lemma:
    """`codes` are the contracts, ours or those of harness/, that it is about; `promises` as docs/protocol.md counts."""

    name: str
    subject: str
    says: str
    promises: tuple[int, ...]
    codes: tuple[str, ...]
    twin: Twin


def plain(comment: str) -> str:
    """The words of a comment without its tags."""
    lines = [line.strip().removeprefix("///").strip() for line in comment.splitlines()]
    return " ".join(line for line in lines if line and not line.startswith("@"))


def read(comment: str, name: str, subject: str, codes: tuple[str, ...]) -> Lemma:
    """The lemma of a function's comment.

    Raises:
        LemmaError: if it names no promise or no twin.
    """
    says, twin = plain(comment), TWIN.search(comment)
    promises = PROMISES.search(says)
    if promises is None or twin is None:
        raise LemmaError(f"expected a promise and a twin, got {comment!r} for {name}")
    numbers = tuple(int(number) for number in re.findall(r"\d+", promises[0]))
    return Lemma(name.removeprefix("check_"), subject, says, numbers, codes, Twin(*twin.groups()))


def in_text(text: str) -> Iterator[Lemma]:
    """The lemmas of one file.

    Raises:
        LemmaError: if one function that halmos would run has no comment that is understood.
    """
    contract = CONTRACT.search(text)
    functions = re.findall(r"function (check_\w+)", text)
    if contract is None or (code := CODE.search(contract[1])) is None:
        if functions:
            raise LemmaError(f"expected a contract that says what code it is about, got none for {functions[0]}")
        return
    found = LEMMA.findall(text)
    if [name for _, name in found] != functions:
        raise LemmaError(f"expected a comment for each of {functions}, got {[name for _, name in found]}")
    for comment, name in found:
        yield read(comment, name, contract[2], tuple(code[1].split()))


@cache
def lemmas() -> tuple[Lemma, ...]:
    """All of them, file by file."""
    return tuple(lemma for path in sorted(FOLDER.glob("*.sol")) for lemma in in_text(path.read_text()))
