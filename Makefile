# The one list of commands. Needs nothing but Python 3.11 and make: every target sets up what it uses.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= 2

.PHONY: help setup demo quick test real lint fmt golden record-flink bench bench-live docs lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(STAMP): requirements/lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "headgate needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --require-hashes -r requirements/lock.txt
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

setup: $(STAMP)  ## create .venv with the locked dependencies

demo: $(STAMP)  ## run the payments example on the embedded engine
	@$(BIN)/python tools/demo.py

quick: $(STAMP)  ## the tests that take under a minute together
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "not slow and not flink and not real"

test: $(STAMP) lint  ## every test there is, those of `make real` last
	$(BIN)/python -m pytest -q -n $(WORKERS)
	$(BIN)/python -m pytest -q -m real -n $(WORKERS) --dist loadfile --durations=15

real: $(STAMP)  ## the tests on a real Kafka, Flink, Connect, registry and PostgreSQL, which they fetch and start
	$(BIN)/python -m pytest -q -m real -n $(WORKERS) --dist loadfile --durations=15

lint: $(STAMP)  ## format check, lint, types, import contract
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(STAMP)  ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(STAMP)  ## rewrite the golden files; read the diff before committing it
	HEADGATE_GOLDEN=write $(BIN)/python -m pytest -q tests/golden

record-flink: $(STAMP)  ## record what real Flink answers (needs Java 17 and Maven)
	$(BIN)/python tools/record_flink.py

bench: $(STAMP)  ## measure; rewrites docs/performance.md
	$(BIN)/python -m bench

bench-live: $(STAMP)  ## measure on a real broker and registry; rewrites docs/performance-live.md and -whole.md
	$(BIN)/python -m bench.live
	$(BIN)/python -m bench.whole

docs: $(STAMP)  ## regenerate the generated pages
	$(BIN)/python tools/generate_docs.py

lock: $(STAMP)  ## resolve the dependencies anew
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --no-annotate pyproject.toml requirements/dev.in -o requirements/lock.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
