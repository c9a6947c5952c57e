# Everything sets up what is missing, in a private environment, from a clean clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PDS := .servers/pds
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Another active environment, or a person's own settings for pip, must not lead packages elsewhere.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export PIP_ROOT_USER_ACTION := ignore

.PHONY: help install rehearse test check lint types layers unit fuzz bench servers clean
.DEFAULT_GOAL := help

help: ## list what there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

install: $(VENV)/.installed ## the command, in .venv/bin/mwcampaign

rehearse: $(VENV)/.installed ## play MuseumWeek 2021 in memory and leave a page to open
	@$(BIN)/mwcampaign rehearse campaigns/museumweek-2021 --report out/museumweek-2021.html

test: check unit ## lint, types, layers and all tests

check: lint types layers

lint: $(VENV)/.developing ## style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.developing ## mypy, strict
	@$(BIN)/mypy

layers: $(VENV)/.developing ## who may import whom
	@$(BIN)/lint-imports --no-cache

unit: $(VENV)/.developing ## the tests alone
	@$(BIN)/pytest -n auto -rs

fuzz: $(VENV)/.developing ## strangers' bytes at every door, SECONDS=60 each, where atheris is there
	@$(BIN)/python -m tests.fuzz.run $(or $(SECONDS),60)

bench: $(VENV)/.developing ## each figure as a ratio to a bare library in the same run
	@for each in benchmarks/[a-z]*.py; do echo "== $$each"; $(BIN)/python $$each || exit 1; done

servers: $(PDS)/.installed ## the Bluesky reference server, for tests (needs npm, about 560 MB)

clean: ## remove everything that was set up
	rm -rf $(VENV) .servers out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12"; exit 1; }
	@echo "making a private environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "no environment can be made; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	@echo "installing mwcampaign into $(VENV), which takes a minute"
	@$(PIP) -e .
	@touch $@

$(VENV)/.developing: pyproject.toml | $(VENV)/bin/python
	@echo "installing mwcampaign and its tests' tools into $(VENV), which takes a minute or two"
	@$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.installed

$(PDS)/.installed: tests/servers/package.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js, or run make test without this server"; exit 1; }
	@echo "fetching the Bluesky reference server into $(PDS), which takes a minute"
	@mkdir -p $(PDS) && cp tests/servers/package.json $(PDS)/package.json
	@cd $(PDS) && npm install --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@
