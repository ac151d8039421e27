# The developer's verbs. `make run` and `make test` begin with an install, which costs nothing when it is up to date.
#
#   PYTHON=python3.12     another Python than the first one found of 3.13, 3.12, 3.11
#   TORCH_INDEX=URL       an index to take torch from, such as one with builds for your GPU
#   PROFILE=vision        the weights that `make run` fetches and uses
#   ARGS="-k weights -x"  further arguments for pytest, the server or the benchmarks

.PHONY: help install run test lint bench widget clean

PROFILE ?= $(or $(COURSEMATE_PROFILE),starter)
ARGS ?=
export PYTHON TORCH_INDEX

help:
	@echo "make install   the environment in .venv (the first time it builds llama.cpp: some minutes)"
	@echo "make run       install, fetch the weights, and serve Coursemate with the sample course"
	@echo "make test      install, fetch the small test weights, and run the tests"
	@echo "make lint      check the code with ruff"
	@echo "make bench     run the benchmarks and write docs/benchmarks.md"
	@echo "make widget    build ui/assets/widget/widget.js anew (needs node 20 and npm)"
	@echo "make clean     remove .venv and caches; courses and weights stay"

install:
	@sh scripts/install.sh

run: install
	@.venv/bin/coursemate weights pull $(PROFILE)
	@COURSEMATE_PROFILE=$(PROFILE) .venv/bin/coursemate serve --open $(ARGS)

test:
	@sh scripts/install.sh dev
	@.venv/bin/coursemate weights pull tiny
	@sh scripts/axe.sh
	@.venv/bin/python -m pytest $(ARGS)

lint:
	@sh scripts/install.sh dev
	@.venv/bin/ruff check .

bench:
	@sh scripts/install.sh bench
	@.venv/bin/coursemate weights pull $(PROFILE)
	@.venv/bin/python -m benchmarks $(ARGS)

widget: install
	@.venv/bin/python -c "from ui.tokens import widget_css; print(widget_css(), end='')" > widget/src/tokens.css
	@cd widget && npm ci --no-fund --no-audit && npm run --silent check && npm run --silent build

clean:
	@rm -rf .venv build dist *.egg-info .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
