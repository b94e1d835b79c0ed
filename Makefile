# queue-processor: all tasks of a developer. `make` alone lists the targets.
# Needs Python 3.11 or newer, make and git; everything else is installed once, below this folder.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3

export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
# Python writes byte code at the first import; without it, each synth takes seconds longer.
unexport PYTHONDONTWRITEBYTECODE
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1

.PHONY: help setup demo up down check test test-long browser bench fuzz lint synth sbom pictures lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: .venv/bin/taly-async .venv-emulator/installed node_modules/.package-lock.json ## Install all locked packages, and taly-async into .venv/bin

.venv/installed: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "queue-processor needs Python 3.11 or newer, \
	this is %d.%d: install one, or name one with make PYTHON=python3.13" % sys.version_info[:2])'
	@echo "setup: Python packages into .venv"
	@$(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/# via/p' requirements-dev.txt > .venv/uv.txt
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.txt
	@.venv/bin/uv pip sync --quiet --python .venv/bin/python --require-hashes requirements-dev.txt
	@touch $@

.venv/bin/taly-async: pyproject.toml ops/terminal/install.py .venv/installed
	@.venv/bin/python -m ops.terminal.install
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

demo: setup ## Deploy to the embedded emulator, publish 300 events, check that nothing was lost; KEEP=1 keeps it running
	@python -m local demo $(if $(KEEP),--keep)

up: setup ## Start the local stage and leave it running
	@python -m local up

down: setup ## Stop the local stage
	@python -m local down

check: setup ## Lint, and run the unit and template tests of changed files; SINCE=main, else of uncommitted ones
	@python -m tests --changed $(or $(SINCE),HEAD)

test: setup browser ## Lint and run all tests, in groups at the same time; logs in build/tests
	@python -m tests

test-long: setup browser ## Run the tests that `make test` leaves out: more inputs, longer runs
	@python -m tests --long

browser: setup ## Check that there is a Chromium for the tests in a browser; installs Debian's if apt-get may be run
	@python -m tests.e2e.browser.installed

bench: setup ## Measure against the floor and the natural handler; ROWS=warm_batch,aws_calls for some, QUICK=1 for a short run
	@python -m tests.benchmarks $(if $(ROWS),--rows $(ROWS)) $(if $(QUICK),--quick)

# libFuzzer needs atheris in addition to the packages of .venv; atheris exists only for Linux on x86-64. BLIND and AGAIN
# do not need it. A target runs for one minute by default.
fuzz: setup $(if $(BLIND)$(AGAIN),,.venv-fuzz/installed) ## Fuzz with coverage; TARGET=ingress, SECONDS=600 or RUNS=1000000, BLIND=1 without coverage
	@$(if $(BLIND)$(AGAIN),,PYTHONPATH=$$(.venv-fuzz/bin/python -c 'import site; print(site.getsitepackages()[0])')) \
		python -m tests.fuzz $(TARGET) $(if $(RUNS),--runs $(RUNS)) $(if $(SECONDS),--seconds $(SECONDS)) \
		$(if $(BLIND),--blind) $(if $(SEED),--seed $(SEED)) $(if $(AGAIN),--again $(AGAIN))

lint: setup ## Run ruff and mypy
	@ruff format --check --quiet . || { ruff format --diff .; exit 1; }
	@ruff check --quiet .
	@mypy --no-error-summary .
	@echo "lint: ruff and mypy are clean"

synth: setup ## Synthesize every stage; cdk-nag and cfn-lint must find nothing
	@for stage in $$(python -c 'import json; print(*json.load(open("cdk.json"))["context"]["stages"])'); do \
		echo "synth: $$stage"; \
		cdk synth --quiet --context stage=$$stage --output build/cdk.out/$$stage; \
		cfn-lint "build/cdk.out/$$stage/*.template.json"; \
	done

sbom: setup ## Write the bills of materials (CycloneDX 1.6), of the deployment and of its build, into build/sbom
	@python -m tests.supply_chain sbom

# On a busy machine a call to the CRM can time out, and one retry too many fails the demo; the pictures are the same.
pictures: setup browser ## Take the README's pictures of a local stage; needs Chromium
	@trap 'python -m local down' EXIT; python -m local demo --keep || true; python -m docs.pictures

# The layer is locked first, so that the other files take the package versions that run in AWS.
LOCK := uv pip compile --quiet --universal --python-version=3.11 --generate-hashes
lock: setup ## Write new lock files
	@for name in -layer "" -dev -emulator -fuzz; do $(LOCK) "--output-file=requirements$$name.txt" "requirements$$name.in"; done
	@npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --loglevel=error

clean: down ## Remove everything that was built or installed here
	@rm -rf build cdk.out .venv .venv-emulator .venv-fuzz node_modules
