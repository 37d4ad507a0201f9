# Everything a developer types; `make help` lists it. PORT, DATABASE_URL and DIRECTORY_… pass through to the commands.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
BIN := .venv/bin
# Each worker begins with one half of the files, and takes from the other's when it is done: so what a module sets up is
# nearly always set up by one worker only.
TESTS ?= -n 2 --dist worksteal --durations=10 -p tests.skips
SOURCES := directory tests migrations benchmarks starter .ci
DATA_HOME := $(or $(XDG_DATA_HOME),$(HOME)/.local/share)
DEMO_ACCOUNTS ?= 42000
DEMO_DAYS ?= 35

.DEFAULT_GOAL := help
# The tests use every core by themselves; next to other steps they would only spoil each other's timings.
.NOTPARALLEL:
.PHONY: help serve test check demo bench lighthouse screenshots starter format format-check lint types imports generate drift \
  coverage test-postgres15 lock runtime dev clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

serve: runtime ## Install, start PostgreSQL, migrate, load the starter data and serve on 127.0.0.1:8000
	@exec $(BIN)/directory serve

test: dev ## Run all tests, on the embedded PostgreSQL
	@$(BIN)/pytest $(TESTS) $(COVERAGE)

check: dev ## The one gate: format, lint, types, import rules, tests on PostgreSQL 18 (drift among them) and 15
	@.ci/steps format-check lint types imports coverage test-postgres15

demo: runtime ## Serve a second registry, of 42,000 invented accounts, on port 8001; its data are apart from the real ones
	@DIRECTORY_SEED_DATA=none; PORT=$${PORT:-8001}; unset DATABASE_URL; \
	DIRECTORY_DATA_DIR="$(DATA_HOME)/official-directory-demo"; \
	export DIRECTORY_SEED_DATA PORT DIRECTORY_DATA_DIR; \
	$(BIN)/directory sample --accounts $(DEMO_ACCOUNTS) --seed 1 --days $(DEMO_DAYS) && exec $(BIN)/directory serve

bench: runtime ## Compare answers and speed with Datasette, Platformatic DB and ROAPI; BENCH=--write keeps the figures
	@$(PYTHON) .ci/environment.py benchmarks/requirements.lock .venv-peers
	@.venv-peers/bin/python .ci/node_packages.py benchmarks/npm
	@$(BIN)/python -m benchmarks $(BENCH)

lighthouse: dev ## Audit four pages of the website with Lighthouse; URL=… for those of a service that runs already
	@$(BIN)/python .ci/node_packages.py benchmarks/npm/lighthouse
	@$(BIN)/python -m benchmarks.lighthouse $(if $(URL),--url $(URL))

screenshots: dev ## Write the screenshots of the website in docs/; URL=… and DEMO_URL=… of services that run, by default `make serve` and `make demo`
	@$(BIN)/python -m tests.web.screenshots $(if $(URL),--url $(URL)) $(if $(DEMO_URL),--demo-url $(DEMO_URL))

format: dev ## Format the sources and mend what ruff can mend
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix $(SOURCES)

format-check: dev
	@$(BIN)/ruff format --check $(SOURCES)

lint: dev ## Lint with every rule of ruff except the reasoned opt-outs, and check spelling and the words of CONTRIBUTING.md
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/typos
	@$(BIN)/ast-grep scan --config .ci/prose/sgconfig.yml --report-style short $(SOURCES)

types: dev ## Check types with mypy (strict) and pyright
	@# Each of them uses one core.
	@$(BIN)/mypy & mypy=$$!; $(BIN)/pyright --pythonpath $(BIN)/python; pyright=$$?; wait $$mypy && exit $$pyright

imports: dev ## Check who imports whom
	@$(BIN)/lint-imports

generate: dev ## Regenerate the contract, the schema, the commands' help, the SQL of requests and the evaluation set of the search
	@$(BIN)/python -m tests.generated

starter: dev ## Build the starter data again, from pinned releases of name-suggestion-index and the tables in starter/
	@$(BIN)/python -m starter

drift: dev ## Compare with what is committed everything that is generated
	@$(BIN)/pytest -q tests/test_generated.py tests/test_documentation.py

coverage: dev ## Run all tests on the embedded PostgreSQL and hold their branch coverage to its bound
	@$(MAKE) --no-print-directory test COVERAGE="--cov --cov-report=term"

test-postgres15: dev ## Run the tests that ask a database on the PostgreSQL that Debian installs
	@$(BIN)/python -m tests.postgres15 $(BIN)/pytest $(TESTS) -p tests.with_database

lock: dev ## Renew the lock files from pyproject.toml (versions and hashes; no addresses of an index)
	@.ci/lock

runtime:
	@$(PYTHON) .ci/environment.py requirements.lock

dev:
	@$(PYTHON) .ci/environment.py requirements-dev.lock
	@.ci/packages
	@$(BIN)/python .ci/node_packages.py

clean: ## Remove what make has made; the registry's data stay
	@rm -rf .venv .venv-datasette .venv*.guard tests/clients/npm/node_modules .coverage .coverage.* build dist
	@rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
