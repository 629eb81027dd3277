# Two commands matter: `make demo` and `make test`. Both set the project up first; when nothing changed that is free.
PYTHON ?= python3
BIN := .venv/bin
PYTEST = $(BIN)/pytest -n auto --dist loadgroup
PYTHON_MISSING = needs Python 3.11 or later, "$(PYTHON)" is not; try: make PYTHON=python3.12 $(MAKECMDGOALS)

.DEFAULT_GOAL := help
.PHONY: help setup demo check test test-fast soak overload robustness calibrate containers sbom format lock docs pictures dashboards gains bench clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## create or update .venv from requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo '$(PYTHON_MISSING)' >&2; exit 1; }
	@$(PYTHON) -m tools.setup

demo: setup ## run the demo plants and the edge; PLANTS=all or name,name; ARGS=… for more options
	@$(PYTHON) -m tools.machine mosquitto
	@exec $(BIN)/twin demo $(if $(PLANTS),--plants $(PLANTS)) $(ARGS)

check: setup ## style, types and import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

test: setup ## everything that CI runs; ARGS=… goes to pytest
	@$(PYTHON) -m tools.machine mosquitto mosquitto-clients chromium nodejs npm
	@$(PYTHON) -m tools.npm
	$(PYTEST) $(ARGS)

test-fast: setup ## unit tests only; ARGS=… goes to pytest
	$(PYTEST) -m "not system and not chromium" $(ARGS)

soak: setup ## half an hour of faults, every sample accounted for; SEED=n replays, ARGS=… for more (docs/reliability.md)
	@$(PYTHON) -m tools.machine mosquitto
	$(BIN)/python -m tests.faultbox --samples 1000000 --connection-faults 100 --faults 200 --drain 60 \
		$(if $(SEED),--seed $(SEED)) $(ARGS)

overload: setup ## five minutes of ten times the usual load on 256 MB a program; ARGS=… for more (docs/reliability.md)
	@$(PYTHON) -m tools.machine mosquitto
	$(BIN)/python -m tests.faultbox.overload $(ARGS)

robustness: setup ## damaged payloads and made-up requests by the million (half an hour); ARGS=… goes to pytest
	ROBUSTNESS=long $(BIN)/pytest -n 0 -s tests/robustness $(ARGS)

calibrate: setup ## hold long runs of every plant against its data sheet, try every fault (minutes)
	$(BIN)/twin check --all $(ARGS)

containers: setup ## hold docker-compose.yml and Dockerfile against rules and the Compose specification
	$(BIN)/python -m tools.containers

sbom: setup ## list components (CycloneDX) and licences in build/, held against requirements.lock
	$(BIN)/python -m tools.sbom

format: setup ## rewrite the code in its one format, mend what ruff can mend
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

lock: ## bring requirements.lock and those made of it in line with pyproject.toml; ARGS=--upgrade for newer versions of everything
	@$(PYTHON) -m venv build/uv && build/uv/bin/pip install --quiet uv
	build/uv/bin/uv pip compile pyproject.toml --quiet --all-extras --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements.lock $(ARGS)
	build/uv/bin/uv pip compile pyproject.toml containers/build.in --extra lab --quiet --universal --python-version 3.11 \
		--constraint requirements.lock \
		--generate-hashes --no-emit-index-url --no-header --output-file containers/requirements.lock
	build/uv/bin/uv pip compile tools/programs.in --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --output-file tools/programs.lock $(ARGS)

docs: setup ## build the pages that are made from the code, and the site in build/site; ARGS=--serve shows it
	$(BIN)/python -m tools.docs $(ARGS)

pictures: setup ## take the pictures of docs/images anew, from a demo in Chromium (minutes); ARGS="--since 2h"
	@$(PYTHON) -m tools.machine mosquitto chromium
	$(BIN)/python -m tools.pictures $(ARGS)

dashboards: setup ## build the Grafana dashboards and alert rules
	$(BIN)/python -W ignore::DeprecationWarning -m edge.dashboards.build

gains: setup ## measure what the upgrades bring and build docs/gains.md (hours); ARGS="--budget MINUTES"
	$(BIN)/python -m tools.gains_run $(ARGS)

bench: setup ## run every benchmark
	@set -e; for file in benchmarks/bench_*.py; do \
		[ -e "$$file" ] || { echo "no benchmarks yet"; break; }; \
		echo "== $$file"; $(BIN)/python "$$file" $(ARGS); \
	done

clean: ## remove .venv, caches and build results
	rm -rf .venv build tests/interop/node_modules dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
