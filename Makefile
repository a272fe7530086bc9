# Every target sets up what it needs in ./.venv, from locked, hashed requirements.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run demo test check audit docs mutants model bench screenshots lock clean
.DEFAULT_GOAL := run

# A stamp holds the lock's text: a changed lock is installed, an unchanged one costs nothing.
$(VENV)/run.stamp: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp requirements-dev.lock
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/run.stamp  ## set up and start everything
	$(BIN)/monitor run

demo: $(VENV)/run.stamp  ## the same program on a recorded day, with no network
	$(BIN)/monitor demo

# More processes than cores: much of a test waits.
TESTS := -n $(shell expr $$(nproc 2>/dev/null || echo 2) + 1) --dist worksteal
test: $(VENV)/test.stamp  ## the whole test suite on SQLite, and what touches the database on PostgreSQL
	$(BIN)/python -m pytest $(TESTS)
	$(BIN)/python -m tests.on_postgresql $(TESTS)

check: $(VENV)/test.stamp  ## lint, types, imports, documentation, vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) docs audit

audit: $(VENV)/test.stamp  ## known vulnerabilities of the locked dependencies
	$(BIN)/python -m tools.audit

docs: $(VENV)/test.stamp  ## the documentation as a site, in build/site; a dead link is an error
	$(BIN)/python -m sphinx -q -W --keep-going -d build/doctrees docs build/site

mutants: $(VENV)/test.stamp  ## tests of the tests: half an hour on two cores (docs/mutants.md)
	$(PIP) install --quiet 'mutmut>=3.8'
	$(BIN)/mutmut run --max-children 2
	$(BIN)/mutmut results
	$(BIN)/python -m bench.tables

model: $(VENV)/test.stamp  ## the models that ship, anew from classifiers/data/training (three minutes)
	$(BIN)/python -m classifiers.training.shipping

bench: $(VENV)/test.stamp  ## measurements, printed
	$(BIN)/python -m bench

screenshots: $(VENV)/test.stamp  ## every page in both themes and two widths, in build/screenshots
	$(BIN)/python -m bench.screenshots

lock:  ## new locks from pyproject.toml (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group build --group dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) build dist mutants
