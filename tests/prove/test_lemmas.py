"""Each lemma has a twin that can be made, and stands on the page. Needs none of the tools."""

from __future__ import annotations

import re

import pytest

from pinpoint.chain.revm_port import CONTRACTS
from tests.prove.__main__ import row
from tests.prove.code import HARNESS
from tests.prove.halmos import FALSE, PROVED, Verdict, verdict
from tests.prove.lemmas import FOLDER, LemmaError, Twin, in_text, lemmas
from tests.prove.page import PAGE, page

CODE = """/// @custom:code Clock
contract Some is Prove {
"""


def test_each_lemma_has_a_twin() -> None:
    """Its fault is one change of a text that is there once; a changed contract may need another."""
    for lemma in lemmas():
        text = (CONTRACTS / lemma.twin.file).read_text()
        assert lemma.twin.text(text) != text, lemma.name


def test_each_lemma_is_about_code_that_exists() -> None:
    for lemma in lemmas():
        for code in lemma.codes:
            assert any((folder / f"{code}.vy").exists() for folder in (CONTRACTS, HARNESS)), (lemma.name, code)


def test_lemmas_are_found() -> None:
    """None is skipped, none has another's name, and there are as many as we promise."""
    functions = re.findall(r"function check_(\w+)", "".join(path.read_text() for path in FOLDER.glob("*.sol")))
    names = [lemma.name for lemma in lemmas()]
    assert sorted(names) == sorted(functions) and len(set(names)) == len(names) >= 30
    assert all(1 <= promise <= 11 for lemma in lemmas() for promise in lemma.promises)


def test_the_page_lists_all() -> None:
    """`make prove ARGS=--page` writes it."""
    text = PAGE.read_text()
    lines = re.findall(r"^\| (\w+) \| (.+?) \| ", text, re.MULTILINE)
    assert [line for line in lines if line[0] != "lemma"] == [(lemma.name, lemma.says) for lemma in lemmas()]
    count = int(re.search(r"\*\*(\d+) lemmas\*\*", text)[1])  # type: ignore[index]
    assert count == len(lemmas()) - text.count("**not proved:")


def test_page_is_generated() -> None:
    """A lemma that does not count is said to be none."""
    rows = [row(lemma, Verdict(PROVED, 1.0), Verdict(FALSE, 2.0)) for lemma in lemmas()]
    rows[0] = row(lemmas()[0], Verdict("stuck", 1.0), Verdict(FALSE, 2.0))
    written = page({"lemmas": len(rows) - 1, "rows": rows})
    assert written.count("**not proved: stuck, twin false**") == 1


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        ("/// No promise.\n    /// @custom:twin a.vy: `b` -> `c`\n", "expected a promise and a twin"),
        ("/// No twin. Promise 3.\n", "expected a promise and a twin"),
        ("", "expected a comment for each"),
    ],
)
def test_what_is_not_said_is_refused(comment: str, says: str) -> None:
    with pytest.raises(LemmaError, match=says):
        list(in_text(f"{CODE}    {comment}    function check_it() external {{}}\n"))


def test_lemmas_of_no_code_are_refused() -> None:
    with pytest.raises(LemmaError, match="what code"):
        list(in_text("/// Some.\ncontract Some is Prove {\n    function check_it() external {}\n"))


@pytest.mark.parametrize("text", ["b", "a a"])
def test_twin_must_fit(text: str) -> None:
    """A fault that is nowhere, or in two places, is none."""
    with pytest.raises(LemmaError, match="once"):
        Twin("a.vy", "a", "c").text(text)


@pytest.mark.parametrize(
    ("exitcode", "loops", "outcome"),
    [
        (0, 0, PROVED),
        (0, 2, "proved up to 40 turns only"),
        (1, 0, FALSE),
        (2, 0, "solver out of time"),
        (4, 0, "all paths revert"),
    ],
)
def test_verdict(exitcode: int, loops: int, outcome: str) -> None:
    """A loop that was not followed to its end proves nothing."""
    found = {"exitcode": exitcode, "num_bounded_loops": loops, "time": [1.26, 1, 0], "num_paths": [7, 7, 0]}
    assert verdict(found) == Verdict(outcome, 1.3, 7)


@pytest.mark.parametrize(
    ("proof", "twin", "counts"),
    [(PROVED, FALSE, True), (PROVED, PROVED, False), (FALSE, FALSE, False), (PROVED, "solver out of time", False)],
)
def test_a_lemma_counts_if_its_twin_is_false(proof: str, twin: str, counts: bool) -> None:
    assert row(lemmas()[0], Verdict(proof, 1), Verdict(twin, 1))["counts"] is counts
