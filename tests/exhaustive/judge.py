"""The library's C functions and the enclosures that judge them, compiled together on the spot."""

from __future__ import annotations

import ctypes
import hashlib
import os
import subprocess
import tempfile
from ctypes import POINTER, Structure, byref, c_double, c_int, c_size_t, c_uint8, c_uint32, c_uint64
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "exhaustive"
LIBRARY = ROOT / "pinpoint" / "binary32" / "csrc"
HERE = Path(__file__).parent

COMMON = ["-O3", "-std=c11", "-ffp-contract=off", "-fno-math-errno", "-fPIC"]
"""Those in setup.py that decide about arithmetic; what is judged is compiled from the same sources."""
UNITS = {
    LIBRARY / "functions.c": [],
    LIBRARY / "levels.c": [],
    HERE / "enclosure.c": ["-march=native"],
    HERE / "check.c": ["-march=native"],
}

LEVELS = 3
CODES = {"exp": 26, "log": 27, "rsqrt": 30, "tanh": 31, "erf": 32}
KEPT, HARDEST, LANES = 1024, 32, 64
"""As in check.c and enclosure.c."""

Words = NDArray[np.uint32]


class Verdict(IntEnum):
    """As in enclosure.c."""

    RIGHT = 0
    WRONG = 1
    STRADDLES = 2


@dataclass(frozen=True)
class Finding:
    """An input with the library's result, and the exact value's distance from a midpoint in units of the value."""

    input: int
    result: int
    distance: float


@dataclass(frozen=True)
class Tally:
    """What a check found: how many lanes each level of the library left and which of them the best, results that the
    enclosure cannot judge or that are wrong, and the hardest of the others."""

    undecided_at: list[int]
    undecided: list[int]
    straddling: list[Finding]
    wrong: list[Finding]
    hardest: list[Finding]


class _Finding(Structure):
    _fields_ = [("input", c_uint32), ("result", c_uint32), ("distance", c_double)]


class _Findings(Structure):
    _fields_ = [("count", c_uint64), ("kept", _Finding * KEPT)]


class _Tally(Structure):
    _fields_ = [
        ("undecided_at", c_uint64 * LEVELS),
        ("undecided", _Findings),
        ("straddling", _Findings),
        ("wrong", _Findings),
        ("hardest_count", c_uint64),
        ("hardest", _Finding * HARDEST),
    ]


def build() -> tuple[Path, str]:
    """Compile. Returns the shared object, and a version that depends on what the compiler made, not on comments.

    Raises subprocess.CalledProcessError if the C compiler (CC, by default cc) fails.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    compiler = os.environ.get("CC", "cc")
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        objects = [Path(folder, f"{unit.stem}.o") for unit in UNITS]
        for (unit, flags), compiled in zip(UNITS.items(), objects, strict=True):
            subprocess.run([compiler, *COMMON, *flags, f"-I{LIBRARY}", "-c", unit, "-o", compiled], check=True)
        digest = hashlib.sha256(b"".join(compiled.read_bytes() for compiled in objects)).hexdigest()[:16]
        shared = Path(folder, "judge.so")
        subprocess.run([compiler, "-shared", *objects, "-lm", "-pthread", "-o", shared], check=True)
        return shared.replace(BUILD / "judge.so"), digest


class Judge:
    """The compiled half. Functions are named as in CODES; `version` says what was compiled."""

    def __init__(self) -> None:
        path, self.version = build()
        self._library = ctypes.CDLL(str(path))
        words, doubles = POINTER(c_uint32), POINTER(c_double)
        self._declare("pinpoint_functions_level", None, c_int)
        self._declare("pinpoint_function", c_size_t, c_int, words, words, c_size_t, POINTER(c_size_t))
        self._declare("pinpoint_check", None, c_int, c_uint32, c_uint64, POINTER(_Tally))
        self._declare("pinpoint_judge", None, c_int, words, words, c_size_t, POINTER(c_uint8), doubles)
        self._declare("pinpoint_enclose", None, c_int, doubles, doubles, doubles, doubles)

    def _declare(self, name: str, result: Any, *arguments: Any) -> None:
        getattr(self._library, name).restype = result
        getattr(self._library, name).argtypes = arguments

    def check(self, function: str, first: int, count: int) -> Tally:
        """Run and judge all levels of the library on `count` consecutive inputs.

        Raises OverflowError where one of the tally's lists would be incomplete.
        """
        tally = _Tally()
        self._library.pinpoint_check(CODES[function], first, count, byref(tally))
        kinds = [_listed(kind) for kind in (tally.undecided, tally.straddling, tally.wrong)]
        hardest = [_finding(found) for found in tally.hardest[: tally.hardest_count]]
        return Tally(list(tally.undecided_at), [found.input for found in kinds[0]], kinds[1], kinds[2], hardest)

    def results(self, function: str, inputs: Words, level: int) -> tuple[Words, NDArray[np.intp]]:
        """The library's results at a level of functions.h, and the indices that it left undecided."""
        self._library.pinpoint_functions_level(level)
        results = np.zeros_like(inputs)
        undecided = np.zeros(len(inputs), np.uintp)
        count = self._library.pinpoint_function(
            CODES[function],
            _pointer(inputs, c_uint32),
            _pointer(results, c_uint32),
            len(inputs),
            _pointer(undecided, c_size_t),
        )
        return results, undecided[:count].astype(np.intp)

    def judge(self, function: str, inputs: Words, results: Words) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Verdicts on given results, and distances as in Finding (1 where the result is known without computing)."""
        verdicts = np.zeros(len(inputs), np.uint8)
        distances = np.zeros(len(inputs), np.float64)
        self._library.pinpoint_judge(
            CODES[function],
            _pointer(inputs, c_uint32),
            _pointer(results, c_uint32),
            len(inputs),
            _pointer(verdicts, c_uint8),
            _pointer(distances, c_double),
        )
        return verdicts, distances

    def enclose(self, function: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows high, low, radius of the enclosures of LANES values, none negative for tanh and erf."""
        if values.shape != (LANES,):
            raise ValueError(f"enclosures come {LANES} at a time")
        rows = np.zeros((3, LANES))
        pointers = [_pointer(row, c_double) for row in rows]
        self._library.pinpoint_enclose(CODES[function], _pointer(values, c_double), *pointers)
        return rows


def _pointer(array: NDArray[Any], kind: Any) -> Any:
    return array.ctypes.data_as(POINTER(kind))


def _finding(found: _Finding) -> Finding:
    return Finding(found.input, found.result, found.distance)


def _listed(kind: _Findings) -> list[Finding]:
    if kind.count > KEPT:
        raise OverflowError(f"{kind.count} findings of one kind, {KEPT} are listed: {_finding(kind.kept[0])} and more")
    return [_finding(found) for found in kind.kept[: kind.count]]
