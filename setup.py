"""The compiled half. Where no compiler is found the build goes on without it, and NumPy serves."""

from glob import glob

from setuptools import Extension, setup

# A sum of products is fused where the code says so, nowhere else; no code here asks for traps or errno.
FLAGS = ["-O3", "-std=c11", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fvisibility=hidden"]
# Whatever CFLAGS says: with any of these a bit may differ.
EXACT = ["fast-math", "unsafe-math-optimizations", "associative-math", "reciprocal-math", "finite-math-only"]
EXACT = [f"-fno-{flag}" for flag in EXACT] + ["-fsigned-zeros"]


def extension(name: str) -> Extension:
    """All of csrc, beside the module."""
    folder = "/".join([*name.split(".")[:-1], "csrc"])
    return Extension(
        name,
        sorted(glob(f"{folder}/*.c")),
        depends=sorted(glob(f"{folder}/*.h")),
        extra_compile_args=FLAGS + EXACT,
        extra_link_args=["-pthread", "-fno-fast-math"],
        optional=True,
    )


setup(ext_modules=[extension("pinpoint.binary32._compiled"), extension("pinpoint.commitment._hashing")])
