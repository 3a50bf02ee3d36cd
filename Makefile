# jamroom: `make jam` plays, `make test` checks. Everything lives in .venv and is made once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

.PHONY: help jam demo test lint types contracts bench wheel doctor screenshots lock clean

help: ## list what can be made
	@echo "jamroom: make TARGET"
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  \1\t\2/' | expand -t 16

jam: $(VENV)/.ready ## open the room and play (sets everything up the first time)
	@$(BIN)/jamroom jam $(ARGS)

demo: $(VENV)/.ready ## hear and see the jam that ships with jamroom
	@$(BIN)/jamroom demo $(ARGS)

doctor: $(VENV)/.ready ## check sound, MIDI, disk and terminal
	@$(BIN)/jamroom doctor

test: $(VENV)/.ready-dev ## run the tests (ARGS="-k loops" to choose)
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.ready-dev ## style
	@$(BIN)/ruff check src tests bench scripts
	@$(BIN)/ruff format --check src tests bench scripts

types: $(VENV)/.ready-dev ## mypy, strict
	@$(BIN)/mypy

contracts: $(VENV)/.ready-dev ## who may import whom
	@$(BIN)/lint-imports --no-cache

bench: $(VENV)/.ready-dev ## measure latency, deadlines, start-up and the offline figures
	@$(BIN)/python -m bench $(ARGS)

wheel: $(VENV)/.ready-dev ## build the wheel and try it in an environment of its own
	@scripts/try-wheel.sh $(BIN)/python

screenshots: $(VENV)/.ready-dev ## make the pictures in docs/ again
	@$(BIN)/python scripts/screenshot.py

lock: ## choose the locked versions again (needs uv)
	@uv pip compile --universal --python-version 3.11 --no-header --no-annotate -q pyproject.toml -o requirements.lock
	@uv pip compile --universal --python-version 3.11 --no-header --no-annotate -q --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## remove what make made
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.ready: requirements.lock pyproject.toml scripts/setup.sh
	@PYTHON="$(PYTHON)" scripts/setup.sh $(VENV) requirements.lock
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.lock
	@PYTHON="$(PYTHON)" scripts/setup.sh $(VENV) requirements-dev.lock
	@touch $@
