"""What somebody else may have written in place of a valid document, and how a reader has to take it."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

Found = TypeVar("Found")

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
"""Per test; 0: as few as `make test` has time for, the same ones each time."""
READ: Counter[str] = Counter()
"""How often each reader was called."""
SECONDS = 2
"""Of the processor, that a reader may take for a small document."""
LONGEST = 2000
"""Characters of a refusal: it may quote a document, not repeat it."""

fuzz = settings(
    max_examples=EXAMPLES or 150,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

JUNK: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.5, -0.0, 2**31, 2**32, 2**63, 2**64, 2**255, 2**256, -(2**256), 10**400),
    *(float("nan"), float("inf"), "", "0", "0x", "0x0", "-1", "1e18", "0xzz", "é", "\ud800", "\0", "../../etc/passwd"),
    *("0x" + "00" * 20, "0x" + "00" * 32, "ff" * 32, "ff" * 33, "f" * 63, "A" * 5000, " 0x1", "1_0", "٣"),
    *([], {}, [[]], [0] * 300, {"": 0}, [None], {"bytes": ""}),
]


def judge(reader: str, read: Callable[[], Found], refusal: type[Exception]) -> Found | None:
    """Read: what was found, or None where it was refused.

    Fails where anything but the reader's own error is raised, where that does not say what was expected, and where it
    takes long. What is found is for the caller to compare with what it wrote.
    """
    READ[reader] += 1
    begun = time.process_time()
    try:
        return read()
    except refusal as error:
        text = str(error)
        assert "expected" in text and len(text) < LONGEST, text[:LONGEST]
        return None
    finally:
        assert time.process_time() - begun < SECONDS


def places(document: Any) -> Iterator[tuple[Any, ...]]:
    """The way to each part of a document."""
    yield ()
    items = document.items() if isinstance(document, dict) else enumerate(document) if _is_list(document) else ()
    for key, value in items:
        for rest in places(value):
            yield key, *rest


@st.composite
def altered(draw: st.DrawFn, document: Any) -> Any:
    """A document of which a few parts are changed, left out, doubled, moved or buried."""
    found = deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = ((), *draw(st.sampled_from(list(places(found)))))
        if last == ():
            if draw(st.integers(0, 9)) == 0:
                found = deepcopy(draw(st.sampled_from(JUNK)))
            continue
        around = found
        for key in way[1:]:
            around = around[key]
        change = draw(st.sampled_from(("junk", "junk", "near", "drop", "add", "other", "bury")))
        if change == "junk":
            around[last] = deepcopy(draw(st.sampled_from(JUNK)))
        elif change == "near":
            around[last] = draw(near(around[last]))
        elif change == "drop":
            del around[last]
        elif change == "add" and isinstance(around, dict):
            around[draw(st.sampled_from(("", "extra", "__class__", str(last).upper())))] = deepcopy(around[last])
        elif change == "add":
            around.insert(last, deepcopy(around[last]))
        elif change == "other":
            way = draw(st.sampled_from(list(places(found))))
            other = found
            for key in way:
                other = other[key]
            around[last] = deepcopy(other)
        else:
            around[last] = [around[last]]
    return found


def near(value: Any) -> st.SearchStrategy[Any]:
    """A value of the same kind that is a little off."""
    if isinstance(value, bool) or value is None:
        return st.sampled_from(JUNK)
    if isinstance(value, int):
        return st.sampled_from([value + 1, value - 1, -value, value << 1, value << 224, float(value), str(value)])
    if isinstance(value, str) and value:
        at = st.integers(0, len(value) - 1)
        return st.one_of(
            st.sampled_from([value[:-1], value + value[-1], value.upper(), value.swapcase(), value[::-1], value * 2]),
            st.tuples(at, st.sampled_from("0f gx\0")).map(lambda put: value[: put[0]] + put[1] + value[put[0] + 1 :]),
        )
    if isinstance(value, bytes):
        return damaged(value)
    return st.sampled_from(JUNK)


@st.composite
def damaged(draw: st.DrawFn, valid: bytes) -> bytes:
    """Bytes that are flipped, cut, repeated or turned round in a few places, or have a number of another size."""
    data = bytearray(valid)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        size = draw(st.sampled_from((1, 2, 4, 8, 32, 96)))
        part = data[at : at + size]
        change = draw(st.sampled_from(("flip", "cut", "drop", "double", "turn", "number", "any", "longer")))
        if change == "flip" and part:
            part[draw(st.integers(0, len(part) - 1))] ^= 1 << draw(st.integers(0, 7))
        elif change == "turn":
            part.reverse()
        elif change == "double":
            part *= 2
        elif change == "drop":
            part = bytearray()
        elif change == "number":
            word = draw(st.sampled_from((0, 1, 2, 255, 2**16, 2**20, 2**24, 2**31, 2**32 - 1)))
            at -= at % 4
            part, size = bytearray(word.to_bytes(4, "big")), 4
        elif change == "any":
            part = bytearray(draw(st.binary(max_size=size)))
        if change == "cut":
            del data[at:]
        elif change == "longer":
            data += draw(st.binary(min_size=1, max_size=8))
        else:
            data[at : at + size] = part
    return bytes(data)


def json_texts(document: Any) -> st.SearchStrategy[bytes]:
    """What may be in a file in place of a document's JSON."""
    valid = json.dumps(document)
    fields = sorted({way[-1] for way in places(document) if way and isinstance(way[-1], str)})
    return st.one_of(
        altered(document).map(lambda found: json.dumps(found).encode()),
        altered(document).map(lambda found: json.dumps(found).encode()),
        damaged(valid.encode()),
        st.sampled_from(fields).map(lambda name: twice(valid, name).encode()),
        st.sampled_from(
            [
                b"",
                b"\xff\xfe" + valid.encode("utf-16-le"),
                b"\xef\xbb\xbf" + valid.encode(),
                valid.encode() + b"\xff",
                b"[" * 100_000,
                b'{"a":' * 50_000,
                b"1" * 10_000,
                b"[" + b"1e999," * 10 + b"NaN]",
                valid.encode() * 2,
                valid.encode() + b" " * 2**20,
            ]
        ),
    )


def twice(text: str, name: str) -> str:
    """JSON that names a field a second time, before the first, with nothing in it."""
    return text.replace(f'"{name}":', f'"{name}": null, "{name}":', 1)


def _is_list(document: Any) -> bool:
    return isinstance(document, list | tuple)
