# `make help` lists what there is. Everything a target needs, it sets up itself.
PYTHON ?= python3
DATA_DIR ?= $(CURDIR)/.data
PORT ?= 8000
ROUNDS ?= 30
BIN := .venv/bin
export GEOAPI_DATA_DIR = $(DATA_DIR)

.DEFAULT_GOAL := help
.PHONY: help demo web test soak check check-python check-pages bench lighthouse format lock wheel clean

help: ## what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | column -t -s '|' 2>/dev/null || grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST)
	@echo 'PORT=8001 and DATA_DIR=/path are honoured; GEOAPI_DATABASE_URL names a server of yours instead.'

demo: ## the service with a sample city (set-up included; Ctrl-C stops it all)
	@PYTHON=$(PYTHON) scripts/set-up run
	@exec $(BIN)/geoapi demo --port $(PORT)

web: ## build the pages anew
	@PYTHON=$(PYTHON) scripts/set-up run
	@scripts/build-web --anew

test: ## every test, against a PostgreSQL of the tests' own
	@PYTHON=$(PYTHON) scripts/set-up dev
	$(BIN)/python -m pytest -n 2 $(ARGS)

soak: ## kill -9 of the service and of PostgreSQL under writes, 30 times (ROUNDS=…)
	@PYTHON=$(PYTHON) scripts/set-up dev
	GEOAPI_SOAK_ROUNDS=$(ROUNDS) $(BIN)/python -m pytest -q tests/soak $(ARGS)

check: ## lint, format, types and the import contract
	@PYTHON=$(PYTHON) scripts/set-up dev
	@$(MAKE) --no-print-directory -j2 -Otarget check-python check-pages

check-python:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

check-pages:
	@scripts/check-web

bench: ## the figures of docs/figures.md, measured anew in one run
	@PYTHON=$(PYTHON) scripts/set-up dev
	$(BIN)/python -m tests.benchmarks $(ARGS)

lighthouse: ## Lighthouse's figures for the pages, on a phone's processor and network
	@PYTHON=$(PYTHON) scripts/set-up dev
	@PATH=$(CURDIR)/$(BIN):$$PATH npm --prefix tests/lighthouse ci --no-audit --no-fund --loglevel=error
	$(BIN)/python -m tests.lighthouse $(ARGS)

format: ## put the code into its one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	@PATH=$(CURDIR)/$(BIN):$$PATH npm --prefix geoapi/web run -s format

lock: ## pin the requirements anew (needs uv)
	uv pip compile -q pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements/run.txt $(ARGS)
	uv pip compile -q pyproject.toml --group build --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements/dev.txt $(ARGS)

wheel: ## the package with the built pages in it, in dist/
	@PYTHON=$(PYTHON) scripts/set-up run
	$(BIN)/python -m hatchling build -t wheel

clean: ## forget the virtual environment and the caches; data stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist geoapi/web/dist geoapi/web/node_modules
