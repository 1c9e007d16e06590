# Everything runs in .venv, which `make bootstrap` makes and which every other target brings up to date first.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Tests and stacks start hundreds of processes, and each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PYTHON := $(BIN)/python
DEVSTACK := $(PYTHON) -m priorbus.devstack
MEMBERS := $(patsubst %/pyproject.toml,%,$(wildcard libs/*/pyproject.toml services/*/pyproject.toml))
INSTALLED := .venv/.installed
WORKERS ?= 2

# Members of the workspace share the name priorbus, which deptry takes for local; tests/architecture compares them instead.
DEPTRY := --known-first-party priorbus --per-rule-ignores "DEP002=priorbus-contracts|priorbus-runtime"

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- Environment -----------------------------------------------------------------------------------------------------------------

.PHONY: bootstrap lock
bootstrap: $(INSTALLED) ## Install everything: .venv, locked dependencies, RabbitMQ, MongoDB, SeaweedFS

$(INSTALLED): requirements.lock pyproject.toml $(MEMBERS:=/pyproject.toml) scripts/bootstrap.sh
	@bash scripts/bootstrap.sh $(MEMBERS)
	@touch $@

lock: ## Resolve the dependencies anew and write requirements.lock
	@uv=$$(command -v $(BIN)/uv || command -v uv) && bash scripts/lock.sh "$$uv"

# --- Checks ----------------------------------------------------------------------------------------------------------------------

.PHONY: check lint types imports deps docs docs-check fmt
check: lint types imports deps docs-check ## Lint, types, architecture, dependencies, generated documentation

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(INSTALLED)
	$(BIN)/mypy

imports: $(INSTALLED)
	$(BIN)/lint-imports --no-logo

deps: $(INSTALLED)
	@for member in $(MEMBERS); do \
	  echo "deptry $$member"; \
	  (cd $$member && $(CURDIR)/$(BIN)/deptry src $(DEPTRY)) || exit 1; \
	done

docs: $(INSTALLED) ## Write the documentation that is generated from the code
	$(PYTHON) -m priorbus.devstack.docs

docs-check: $(INSTALLED)
	$(PYTHON) -m priorbus.devstack.docs --check

fmt: $(INSTALLED) ## Format the code and fix what can be fixed
	$(BIN)/ruff check --fix --exit-zero
	$(BIN)/ruff format

# --- Tests -----------------------------------------------------------------------------------------------------------------------

.PHONY: test test-long bench
test: $(INSTALLED) ## Run the tests, on real servers
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not long"

test-long: $(INSTALLED) ## Run the tests that take minutes
	$(BIN)/pytest -m long

bench: $(INSTALLED) ## Measure the whole stack and its floors; writes bench.json
	$(PYTHON) -m tests.load

# --- Development stack -----------------------------------------------------------------------------------------------------------

.PHONY: up down logs reset demo
up: $(INSTALLED) ## Start servers and services in the background; addresses go to .devstack/env
	@$(DEVSTACK) up

down: $(INSTALLED) ## Stop them; the data stays
	@$(DEVSTACK) down

logs: $(INSTALLED) ## Follow the logs of all services
	@$(DEVSTACK) logs --follow

reset: $(INSTALLED) ## Stop everything and drop its data
	@$(DEVSTACK) reset

demo: up ## Start the stack and tell one authorization's life from draft to decision
	@source .devstack/env && $(PYTHON) -m priorbus.devstack.demo
