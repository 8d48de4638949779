"""The machine that figures are of."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

from pinpoint.binary32 import arithmetic, compiled

try:
    from pinpoint.commitment import _hashing
except ImportError:
    _hashing = None

TORCH = Path(__file__).resolve().parents[2] / ".tools" / "torch"
HASHING_LEVELS = ("portable", "avx2", "avx512")


def use_threads(count: int) -> None:
    """Compute and hash with at most so many threads."""
    arithmetic.threads(count)
    if _hashing:
        _hashing.threads(count)


def describe() -> dict[str, Any]:
    """Processor, threads, instruction sets in use, and what is compared with."""
    find_torch()
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    blas = sorted(f"{library['internal_api']} {library['version']} {library['architecture']}" for library in libraries)
    return {
        "processor": _processor(),
        "threads": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "arithmetic": compiled.best_level().name.lower() if compiled.available else "numpy",
        "hashing": HASHING_LEVELS[_hashing.use(len(HASHING_LEVELS))] if _hashing else "python",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": ", ".join(blas),
        "torch": _version("torch"),
    }


def find_torch() -> None:
    """Let PyTorch be imported from where `make test-torch` puts it, after all else that is installed."""
    if str(TORCH) not in sys.path:
        sys.path.append(str(TORCH))


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
