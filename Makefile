# `make demo` and `make test` each do all the set-up they need.
VENV := .venv
READY := $(VENV)/.ready
# Tests run side by side, a process for each core; more than four, of 1.5 GB each, gain little.
# What they import is compiled once, not by each process that they start, whatever the environment says.
PYTEST := PYTHONDONTWRITEBYTECODE= $(VENV)/bin/pytest --numprocesses logical --maxprocesses 4 --dist worksteal

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## .venv with the tested versions, ffmpeg, Chromium (a second time takes no time)

$(READY): pyproject.toml constraints.txt tools/setup.sh tools/mend_torchaudio.py
	@tools/setup.sh
	@touch $@

demo: $(READY) ## spoil the balance of a real song, listen, correct it, and show what happened
	@$(VENV)/bin/mixconsole demo

test: $(READY) ## the fast tests
	@$(PYTEST)

test-slow: $(READY) ## the slow tests: the built wheel outside the repository, the notebooks, long loops
	@$(PYTEST) -m slow --dist loadfile

explainer: $(READY) ## train the shipped explainer, from nothing (75 minutes; SHIP=1 puts it into the package)
	@tools/explainer.sh

lint: $(READY) ## style, types, and the floors of the house
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

clean: ## remove caches and builds (not .venv)
	rm -rf build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find console explainer studio tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help setup demo test test-slow explainer lint clean
