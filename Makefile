# mycoflux: `make` alone lists what one can do.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo digits equivalence test lint format emulators wheel networks bench bench-device bench-compiler bench-simulators lock clean

# uv, or one of our own: a machine with Python 3.11 and make is enough.
UV := $(shell command -v uv 2>/dev/null || echo .venv-uv/bin/uv)
EXTRAS := --extra plot --extra fast --extra lava --extra brian2 --extra validate --extra nir --extra mesh
RUN := $(UV) run --frozen $(EXTRAS)
PYTHON ?= python3

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 26

.venv-uv/bin/uv:
	$(PYTHON) -m venv .venv-uv
	.venv-uv/bin/pip install --quiet --disable-pip-version-check uv

setup: $(filter .venv-uv/bin/uv,$(UV))  ## Make the virtual environment (.venv) from uv.lock
	@$(UV) sync --frozen --quiet $(EXTRAS)

# The demo needs no simulators: only what it uses is installed, and what is there stays.
demo: $(filter .venv-uv/bin/uv,$(UV))  ## A spiking circuit drives a robot through real MicroPython for 20 simulated seconds
	@$(UV) sync --frozen --quiet --inexact --no-dev --extra plot
	@$(UV) run --frozen --no-sync mycoflux demo --out runs/demo

emulators:  ## Install the emulated boards (QEMU, 32-bit MicroPython, gcc for ARM); root or sudo, else says what to do
	@bash firmware_tools/install_emulators.sh

test: setup emulators lint  ## All checks and tests, on every emulated board
	@$(RUN) pytest --numprocesses auto --dist loadfile --no-loadscope-reorder -m "not microbit"
	@$(RUN) pytest -m microbit  # alone: its serial port has no flow control, and loses bytes on a busy machine

lint: setup  ## ruff, mypy, import contracts
	@$(RUN) ruff check --quiet
	@$(RUN) ruff format --check --quiet
	@$(RUN) mypy --no-error-summary
	@$(RUN) lint-imports

format: setup  ## Format the code
	@$(RUN) ruff check --fix --quiet
	@$(RUN) ruff format --quiet

wheel: setup  ## Build the wheel into dist/
	@$(UV) build --wheel --quiet

PROGRAMS ?= 1000
equivalence: setup emulators  ## Random programs through every executor, all state compared (PROGRAMS=10000)
	@$(RUN) python -m tests.equivalence --programs $(PROGRAMS)

digits: setup emulators  ## The digit classifier on every executor, into docs/digits.md
	@$(RUN) python examples/digits/evaluate.py --markdown docs/digits.md

SEEDS ?= 10
networks: setup  ## Networks from the literature: our statistics beside brian2's, table of docs/networks.md (SEEDS=10)
	@$(RUN) python -m tests.networks.compare --seeds $(SEEDS)

bench: setup bench-simulators  ## Ticks a second of each executor of the demo circuit, and bench-simulators
	@$(RUN) python tests/bench/bench_executors.py

bench-device: setup emulators  ## Instructions and bytes of the device kernels, next to C; Synfire4 tick by tick; docs/device-speed.md
	@$(RUN) python -m tests.bench.bench_device --write

bench-compiler: setup  ## Circuits of up to 10 million synapses to 64 boards: time, memory, cut; tables of docs/partition.md
	@$(RUN) python -m tests.bench.bench_compiler

# NEST is for this alone: it is in no extra and not in uv.lock.
NEST ?= nest-simulator==3.10.0
bench-simulators: setup  ## CUBA, 1 s: our fast reference, brian2, NEST, Lava; table of docs/benchmarks.md
	@$(RUN) --with $(NEST) python -m tests.bench.bench_simulators

lock: $(filter .venv-uv/bin/uv,$(UV))  ## Resolve the dependencies again
	@$(UV) lock

clean:  ## Remove what was built
	rm -rf .venv .venv-uv dist build runs .mypy_cache .pytest_cache .ruff_cache .hypothesis
