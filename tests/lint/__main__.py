"""python -m tests.lint: the house's rules and natrix's over every module; what is wrong goes to stdout."""

from __future__ import annotations

import site
import sys
from pathlib import Path

from natrix.rules.common import RuleRegistry
from vyper.ast.utils import ast_to_dict
from vyper.compiler.input_bundle import FilesystemInputBundle

from tests.lint.rules import Finding, Source, findings, load

CONTRACTS = Path("contracts")
NATRIX = {"NTX2", "NTX3", "NTX5", "NTX6", "NTX7", "NTX10"}
"""Names of constants, internals that could be shared, implicit pure, prints, storage read twice, unused arguments.

Left out, as the house differs or it errs: memory of frames (1: bounded arrays; `make gas` measures), implicit view (4:
it misses what a callee writes), unused variables (8: counts those of loops), whole interfaces exported (9), a prefix
for arguments (11), the order of decorators (12).
"""


def natrix(source: Source) -> list[Finding]:
    """What natrix says. Its own command starts the compiler three times a file."""
    tree = {"contract_name": str(source.path), "ast": ast_to_dict(source.tree)}
    issues = [issue for rule in RuleRegistry.get_rules() for issue in rule.run(tree) if issue.code in NATRIX]
    return [Finding(source.path, int(i.position.split(":")[0]), i.code, i.message) for i in issues]


def main() -> int:
    bundle = FilesystemInputBundle([Path(path) for path in site.getsitepackages()])
    found: list[Finding] = []
    for path in sorted(CONTRACTS.rglob("*.vy")):
        source = load(path, bundle)
        found += findings(source)
        if "mocks" not in path.parts:
            found += natrix(source)
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
