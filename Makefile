# queue-processor: everything that a person runs. `make` alone lists the targets.
# Needs Python 3.11 or newer, make and git; all else is installed below this folder, once.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3

export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
# Byte code is written at the first import; without it every synth is seconds slower.
unexport PYTHONDONTWRITEBYTECODE
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1

.PHONY: help setup demo up down check test test-long browser bench fuzz lint synth sbom pictures lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: .venv/bin/taly-async .venv-emulator/installed node_modules/.package-lock.json ## Install everything that is locked

.venv/installed: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "queue-processor needs Python 3.11 or newer, \
	this is %d.%d: install one, or name one with make PYTHON=python3.13" % sys.version_info[:2])'
	@echo "setup: Python packages into .venv"
	@$(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/# via/p' requirements-dev.txt > .venv/uv.txt
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.txt
	@.venv/bin/uv pip sync --quiet --python .venv/bin/python --require-hashes requirements-dev.txt
	@touch $@

.venv/bin/taly-async: pyproject.toml ops/install.py .venv/installed
	@.venv/bin/python -m ops.install
	@touch $@

.venv-emulator/installed: requirements-emulator.txt .venv/installed
	@echo "setup: AWS emulator into .venv-emulator"
	@.venv/bin/uv venv --quiet --clear --python .venv/bin/python .venv-emulator
	@.venv/bin/uv pip sync --quiet --python .venv-emulator/bin/python --require-hashes requirements-emulator.txt
	@touch $@

.venv-fuzz/installed: requirements-fuzz.txt .venv/installed
	@echo "fuzz: atheris into .venv-fuzz"
	@.venv/bin/uv venv --quiet --clear --python .venv/bin/python .venv-fuzz
	@.venv/bin/uv pip sync --quiet --python .venv-fuzz/bin/python --require-hashes requirements-fuzz.txt
	@touch $@

node_modules/.package-lock.json: package-lock.json .venv/installed
	@echo "setup: AWS CDK command line and TypeScript into node_modules"
	@npm ci --ignore-scripts --no-fund --no-audit --silent
	@touch $@

demo: setup ## Deploy to the embedded emulator, publish 300 events, check that nothing was lost; KEEP=1 leaves it running
	@python -m local demo $(if $(KEEP),--keep)

up: setup ## Leave the local stage running
	@python -m local up

down: setup ## Stop the local stage
	@python -m local down

check: setup ## Lint, and the unit and template tests of what changed; SINCE=main, else what is not committed
	@python -m tests --changed $(or $(SINCE),HEAD)

test: setup browser ## Lint and run all tests, in groups side by side; build/tests has their logs
	@python -m tests

test-long: setup browser ## Run the tests that `make test` leaves out: more inputs of the same kinds, longer runs
	@python -m tests --long

browser: setup ## See that there is a Chromium for the console's tests; installs Debian's where apt-get may be run
	@python -m tests.e2e.browser.installed

bench: setup ## Measure against the floor and the natural handler; ROWS=warm_batch,aws_calls for some, QUICK=1 for a look
	@python -m tests.benchmarks $(if $(ROWS),--rows $(ROWS)) $(if $(QUICK),--quick)

# What libFuzzer runs has the packages of .venv, and atheris beside them, which BLIND and AGAIN do without: it is for
# Linux on x86-64 alone. A target has a minute where nothing is said.
fuzz: setup $(if $(BLIND)$(AGAIN),,.venv-fuzz/installed) ## Fuzz by coverage; TARGET=ingress, SECONDS=600 or RUNS=1000000, BLIND=1 without coverage
	@$(if $(BLIND)$(AGAIN),,PYTHONPATH=$$(.venv-fuzz/bin/python -c 'import site; print(site.getsitepackages()[0])')) \
		python -m tests.fuzz $(TARGET) $(if $(RUNS),--runs $(RUNS)) $(if $(SECONDS),--seconds $(SECONDS)) \
		$(if $(BLIND),--blind) $(if $(SEED),--seed $(SEED)) $(if $(AGAIN),--again $(AGAIN))

lint: setup ## ruff and mypy
	@ruff format --check --quiet . || { ruff format --diff .; exit 1; }
	@ruff check --quiet .
	@mypy --no-error-summary .
	@echo "lint: ruff and mypy are clean"

synth: setup ## Synthesize every stage; cdk-nag and cfn-lint must be clean
	@for stage in local dev staging prod; do \
		echo "synth: $$stage"; \
		cdk synth --quiet --context stage=$$stage --output build/cdk.out/$$stage; \
		cfn-lint "build/cdk.out/$$stage/*.template.json"; \
	done

sbom: setup ## Write the bills of materials, CycloneDX 1.6, of what is deployed and of what builds it, into build/sbom
	@python -m tests.supply_chain sbom

pictures: setup browser ## Take the README's pictures of a local stage; needs Chromium
	@trap 'python -m local down' EXIT; python -m local demo --keep; python -m docs.pictures

# The layer first: whatever else has a package of it has the version that runs in AWS.
LOCK := uv pip compile --quiet --universal --python-version=3.11 --generate-hashes
lock: setup ## Write the lock files anew from their sources
	@for name in -layer "" -dev -emulator -fuzz; do $(LOCK) "--output-file=requirements$$name.txt" "requirements$$name.in"; done
	@npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --loglevel=error

clean: down ## Remove all that was built or installed here
	@rm -rf build cdk.out .venv .venv-emulator .venv-fuzz node_modules
