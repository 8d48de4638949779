# Needs Python 3.11 or 3.12 and make; everything else is installed below this folder, from requirements.lock.

UV_VERSION := 0.13.9
ANVIL_VERSION := 1.7.1
TOOLS := .tools/.uv-$(UV_VERSION)

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# ape-vyper looks for vyper on PATH; without bytecode files ape takes twice as long to start.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.tools/node_modules/.bin:$(PATH)
unexport PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH VIRTUAL_ENV

# The folders are among the sources, so that a deleted contract is noticed.
SOURCES := $(shell find contracts 2>/dev/null)
CONTRACTS := $(wildcard contracts/*.vy contracts/mocks/*.vy)
C_SOURCES := $(wildcard pinpoint/*/csrc/*.[ch])
TORCH_VERSION := 2.13.0
HALMOS_VERSION := 0.3.3
BITWUZLA_VERSION := 0.9.1
FORGE_VERSION := 1.7.1
SOLC_VERSION := 0.8.30
PROVER := .tools/prove/.halmos-$(HALMOS_VERSION)-bitwuzla-$(BITWUZLA_VERSION)-forge-$(FORGE_VERSION)-solc-$(SOLC_VERSION)

# uv reads none of pip's settings. This prints those that say where packages come from, as uv's variables.
define PIP_SETTINGS
import ast, os, shlex, subprocess, sys
names = {"index-url": ("UV_DEFAULT_INDEX", " "), "extra-index-url": ("UV_INDEX", " "), "no-index": ("UV_NO_INDEX", ""),
         "find-links": ("UV_FIND_LINKS", ","), "trusted-host": ("UV_INSECURE_HOST", " "), "cert": ("SSL_CERT_FILE", ""),
         "proxy": ("ALL_PROXY", ""), "timeout": ("UV_HTTP_TIMEOUT", ""), "default-timeout": ("UV_HTTP_TIMEOUT", "")}
listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
for section in ("global.", "install.", ":env:."):
    for line in listed.stdout.splitlines():
        key, _, value = line.removeprefix(section).partition("=")
        if line.startswith(section) and key in names and names[key][0] not in os.environ:
            name, separator = names[key]
            print(f"export {name}={shlex.quote(separator.join(ast.literal_eval(value).split()))}")
endef
export PIP_SETTINGS

# Hashes are checked, so the best version may come from any index, as with pip.
export UV_INDEX_STRATEGY := unsafe-best-match
export UV_PYTHON_DOWNLOADS := never
LIKE_PIP = eval "$$(.tools/bin/python -c "$$PIP_SETTINGS")"
UV = .tools/bin/uv

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

.PHONY: install
install: .venv/.installed ## build .venv from requirements.lock

$(TOOLS):
	@for python in $(PYTHON) python3.11 python3 python3.12; do \
		$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null || continue; \
		$$python -m venv --clear .tools; \
		.tools/bin/python -m pip install --quiet uv==$(UV_VERSION); \
		touch $@; exit; \
	done; echo "Python 3.11 or 3.12 is needed; PYTHON=path names one" >&2; exit 1

.venv/.installed: $(TOOLS) requirements.lock pyproject.toml setup.py $(C_SOURCES)
	@test -e .venv/bin/python || .tools/bin/python -m venv --without-pip .venv
	@$(LIKE_PIP); $(UV) pip sync --python .venv --quiet --require-hashes --build-constraints requirements.lock \
		requirements.lock
	@$(UV) pip install --python .venv --quiet --offline --no-deps --no-build-isolation --editable .
	@touch $@

# ape does not see that a library changed below its importers, nor that a contract was deleted.
.build/.compiled: .venv/.installed ape-config.yaml $(SOURCES)
	@rm -rf .build && mkdir -p .build
	@$(if $(CONTRACTS),ape compile --force)
	@touch $@

.PHONY: demo
demo: .build/.compiled ## play the main job: ARGS="--seed 7", NETWORK=ethereum:local:foundry
	@ape run demo $(ARGS) --network $(or $(NETWORK),ethereum:local:test)

.PHONY: test
test: .build/.compiled ## run the tests that need no node: ARGS="-k tree"
	@python -m pytest -n auto $(ARGS)

.PHONY: test-anvil
test-anvil: .build/.compiled ## run the tests that need anvil
	@command -v anvil >/dev/null || { echo "anvil is needed: make anvil installs it by npm" >&2; exit 1; }
	@python -m pytest tests/anvil $(ARGS)

.PHONY: anvil
anvil: .tools/node_modules/.bin/anvil ## install anvil into .tools (needs node and npm)

.tools/node_modules/.bin/anvil: | $(TOOLS)
	@npm install --silent --no-save --no-package-lock --prefix .tools @foundry-rs/anvil@$(ANVIL_VERSION)
	@touch $@

.PHONY: test-torch
test-torch: .venv/.installed ## compare gradients and training with PyTorch, which it installs by pip
	@.tools/bin/python -m pip install --quiet --target .tools/torch torch==$(TORCH_VERSION)
	@PYTHONPATH=.tools/torch python -m pytest tests/torch $(ARGS)

.PHONY: conformance
conformance: .build/.compiled ## check all arithmetic against independent ones: build/conformance.json
	@python -m tests.conformance $(ARGS)

.PHONY: exhaustive
exhaustive: .venv/.installed ## check exp, log, tanh, erf, rsqrt on all 2^32 inputs; resumes: docs/exhaustive.md
	@python -m tests.exhaustive $(ARGS)

.PHONY: bench
bench: .venv/.installed ## measure replay, commitments and matmul in ratios: build/bench.json
	@python -m tests.bench $(ARGS)

.PHONY: docs
docs: .venv/.installed ## write the pages that are generated
	@python -m pinpoint.program.manual
	@python -m tests.integration.endings
	@python -m tests.campaigns.protocol.page

.PHONY: explore
explore: .venv/.installed ## every game of small size, in the model and on the contracts: build/explore.json
	@python -m tests.explore $(ARGS)

.PHONY: games
games: .venv/.installed ## random games of realistic size: build/games.json, ARGS="--games 100 --seed 2"
	@python -m tests.campaigns.games $(ARGS)

.PHONY: campaign
campaign: .venv/.installed ## random lives of the whole protocol, checked by a model: build/campaign.json, ARGS="--seed 2"
	@python -m tests.campaigns.protocol $(ARGS)

.PHONY: fuzz-data
fuzz-data: .venv/.installed ## spoilt documents for all that reads outside data: build/fuzz-data.json, ARGS="--examples 20000"
	@python -m tests.fuzz $(ARGS)

.PHONY: agree
agree: .venv/.installed ## the same lives on other EVMs and by other code generators: build/agree.json
	@command -v anvil >/dev/null || { echo "anvil is needed: make anvil installs it by npm" >&2; exit 1; }
	@python -m tests.campaigns.protocol.agree $(ARGS)

.PHONY: economics
economics: .venv/.installed ## play rational opponents against the contracts: build/economics.json, ARGS="--tasks 100"
	@python -m pinpoint.simulation $(ARGS)

.PHONY: mutants
mutants: .build/.compiled ## change the contracts place by place, count what no test shows: build/mutants.json
	@python -m tests.mutants $(ARGS)

.PHONY: mutants-python
mutants-python: .build/.compiled ## the same for the Python half: build/mutants-python.json, ARGS="--sample 20"
	@python -m tests.python_mutants $(ARGS)

.PHONY: prove
prove: .venv/.installed ## prove lemmas with halmos, refute their twins: build/prove.json, ARGS="--only clock_never_grows"
	@test -e $(PROVER) || $(MAKE) --no-print-directory prover || echo "the tools could not be installed" >&2
	@python -m tests.prove $(ARGS)

.PHONY: prover
prover: $(PROVER) ## install halmos, bitwuzla, forge and solc into .tools/prove (needs node and npm)

# halmos does not resolve with the locked set.
$(PROVER): | $(TOOLS)
	@command -v npm >/dev/null || { echo "npm is needed for forge and solc" >&2; exit 1; }
	@.tools/bin/python -m venv --clear .tools/prove
	@.tools/prove/bin/python -m pip install --quiet halmos==$(HALMOS_VERSION) bitwuzla==$(BITWUZLA_VERSION)
	@npm install --silent --no-save --no-package-lock --prefix .tools/prove @foundry-rs/forge@$(FORGE_VERSION) \
		solc@$(SOLC_VERSION)
	@touch $@

.PHONY: gas
gas: .build/.compiled ## measure sizes and gas on anvil: build/gas.json
	@command -v anvil >/dev/null || { echo "anvil is needed: make anvil installs it by npm" >&2; exit 1; }
	@python -m tests.gas $(ARGS)

.PHONY: coverage
coverage: .build/.compiled ## lines and two-way branches of the contracts that tests reach: build/coverage.json
	@rm -rf build/coverage
	@python -m pytest -n auto -q -p tests.coverage.plugin tests/unit/contracts tests/integration tests/conformance \
		tests/unit/test_bids.py tests/unit/test_descent.py tests/unit/test_economics_jackpot.py tests/unit/test_tree.py $(ARGS)
	@python -m tests.coverage

.PHONY: coverage-python
coverage-python: .build/.compiled ## lines and branches of pinpoint/ that the tests reach: build/coverage-python.json
	@rm -rf build/coverage-python && mkdir -p build/coverage-python
	@python -m pytest -n auto -q --cov --cov-report= $(ARGS)
	@$(if $(ARGS),,! command -v anvil >/dev/null || python -m pytest -q --cov --cov-append --cov-report= tests/anvil)
	@python -m tests.coverage.python

.PHONY: lint
lint: .build/.linted ## ruff, mypy; vyper without warnings, natrix, and our own rules for contracts
	@ruff check .
	@mypy

# Half a minute each, so only when a contract or a rule has changed.
.build/.linted: .venv/.installed $(SOURCES) $(wildcard tests/lint/*.py)
	@mkdir -p .build
	@$(if $(CONTRACTS),vyper -W error --evm-version cancun -f bytecode $(CONTRACTS) >/dev/null)
	@python -m tests.lint
	@touch $@

.PHONY: lock
lock: $(TOOLS) ## resolve pyproject.toml anew into requirements.lock
	@# Not from local copies: those know the hashes of one platform only.
	@$(LIKE_PIP); unset UV_INDEX UV_FIND_LINKS; $(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-annotate \
		--group dev --extra cluster pyproject.toml --output-file requirements.lock

.PHONY: clean
clean: ## remove what was built and installed
	@rm -rf .venv .tools .build build .hypothesis .pytest_cache .mypy_cache .ruff_cache pinpoint.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
