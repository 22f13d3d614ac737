# IntrVu. `make` lists the commands; everything lives in .venv and .data, both beside this file.

SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
# The first Python that is new enough; PYTHON=/path/to/python overrides.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$python >/dev/null 2>&1 && $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
# Two workers suit two cores and a laptop alike: the suite starts its own servers.
WORKERS ?= 2
COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links pyproject.toml

.PHONY: help
help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: run
run: $(VENV)/runtime.stamp ## Serve the product at 127.0.0.1:8000 (PORT=9000 make run for another port)
	@$(BIN)/intrvu migrate
	@exec $(BIN)/intrvu serve

.PHONY: test
test: $(VENV)/dev.stamp ## Run all tests
	@$(BIN)/python -m pytest -n $(WORKERS)

.PHONY: check
check: lint types imports test ## Everything that CI runs: linters, types, import rules, tests (schema and migration drift among them)

.PHONY: lint
lint: $(VENV)/dev.stamp ## Check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: types
types: $(VENV)/dev.stamp ## Check types
	@$(BIN)/mypy

.PHONY: imports
imports: $(VENV)/dev.stamp ## Check which folder may import which
	@$(BIN)/lint-imports

.PHONY: format
format: $(VENV)/dev.stamp ## Format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: schema
schema: $(VENV)/dev.stamp ## Export schema.graphql from the code
	@$(BIN)/intrvu export-schema --output schema.graphql

.PHONY: lock
lock: $(VENV)/uv.stamp ## Resolve the dependencies of pyproject.toml afresh into requirements/
	@$(COMPILE) --group build -o requirements/runtime.txt
	@$(COMPILE) --group build --group dev -c requirements/runtime.txt -o requirements/dev.txt

.PHONY: clean
clean: ## Remove the environment and caches; the data in .data stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/uv.stamp:
	@test -n "$(PYTHON)" || { echo "IntrVu needs Python 3.11 or newer: install it, or name it with PYTHON=/path/to/python." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than Python 3.11: install a newer one, or name it with PYTHON=/path/to/python." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if command -v uv >/dev/null 2>&1; then mkdir -p $(BIN) && ln -sf "$$(command -v uv)" $(BIN)/uv; \
		else $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; fi
	@touch $@

$(VENV)/runtime.stamp: requirements/runtime.txt pyproject.toml | $(VENV)/uv.stamp
	@test -e $(VENV)/dev.stamp || $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements/runtime.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml | $(VENV)/uv.stamp
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@
