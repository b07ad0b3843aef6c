# Needs python3 (3.11 or later), make and the network. Everything else is put into .venv.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
GROUPS := ingest matcher notifier subscriptions local test check
export PYTHONDONTWRITEBYTECODE :=

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "jobalerts needs Python 3.11 or later; $$($(PYTHON) --version) was found. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || { echo "could not fetch packages: is there a network? Nothing was started; run the command again."; rm -rf $(VENV); exit 1; }

$(VENV)/.demo: requirements/demo.txt | $(BIN)/uv
	@echo "fetching the packages of the demo (about 150 MB the first time) ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/demo.txt || { echo "could not fetch packages: is there a network? Nothing was started; run the command again."; exit 1; }
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(BIN)/uv
	@echo "fetching the packages for tests and checks ..."
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt || { echo "could not fetch packages: is there a network? Nothing was started; run the command again."; exit 1; }
	@touch $(VENV)/.demo $@

.PHONY: lock
lock: $(BIN)/uv ## compile requirements/*.txt again from pyproject.toml (newest versions)
	@mkdir -p requirements
	@for group in ingest matcher notifier subscriptions; do \
	  $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --group $$group -o requirements/$$group.txt; done
	@$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --group ingest --group matcher --group notifier --group subscriptions --group local -o requirements/demo.txt
	@$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml $(GROUPS:%=--group %) -o requirements/dev.txt
