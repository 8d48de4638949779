"""An SMT-LIB file in, what it asks for out: by bitwuzla, and where that takes long, by yices.

Each decides in a moment what the other does not in minutes: bitwuzla has rules for words, yices is quick at products.
Runs in the environment of `make prover`; the package of bitwuzla on PyPI brings no command.
"""

import os
import subprocess
import sys

from bitwuzla import Option, Options, Parser, TermManager

SECONDS = 10
"""For bitwuzla. The next is told by halmos when to stop."""


def bitwuzla(path: str) -> None:
    """Print what bitwuzla says."""
    options = Options()
    options.set(Option.PRODUCE_MODELS, True)
    Parser(TermManager(), options).parse(path)


if sys.argv[1] == "--bitwuzla":
    bitwuzla(sys.argv[2])
else:
    try:
        subprocess.run([sys.executable, __file__, "--bitwuzla", sys.argv[1]], timeout=SECONDS, check=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        os.execvp("yices-smt2", ["yices-smt2", "--smt2-model-format", "--bvconst-in-decimal", sys.argv[1]])
