# `make chat` sets up everything and serves the page; `make test` sets up everything and tests.
# Needed beforehand: Python 3.11 or later with venv, make, and a package index that pip reaches.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PULLQUOTE := $(BIN)/pullquote
MODEL ?= qwen-1.5b
PORT ?= 7860
TESTS ?= tests

# llama.cpp without what it would fetch from elsewhere, and without AMX, which some virtual machines
# report and do not allow: there the first token would end the process.
NATIVE_FLAGS ?= $(if $(filter x86_64,$(shell uname -m)),-mno-amx-tile -mno-amx-int8 -mno-amx-bf16)
NATIVE_ARGS ?= -DLLAMA_LLGUIDANCE=OFF -DLLAMA_BUILD_BORINGSSL=OFF \
    -DCMAKE_C_FLAGS="$(NATIVE_FLAGS)" -DCMAKE_CXX_FLAGS="$(NATIVE_FLAGS)"

.PHONY: help chat native test check bench lock clean

help:
	@echo "make chat   set up and serve the page (PORT=$(PORT))"
	@echo "make native build the embedded model's runtime for this processor: it then reads faster"
	@echo "make test   set up and run all tests (TESTS=$(TESTS))"
	@echo "make check  ruff and mypy"
	@echo "make bench  the benchmarks"
	@echo "make lock   write requirements.lock anew"
	@echo "make clean  remove the environment"

# The product: locked dependencies, then the project itself, editable.
$(VENV)/.product: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --requirement requirements.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --editable .
	touch $@

$(VENV)/.development: $(VENV)/.product requirements-dev.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --requirement requirements-dev.lock
	touch $@

chat: $(VENV)/.product
	$(PULLQUOTE) model pull minilm $(MODEL)
	$(PULLQUOTE) index sync --if-empty seeds
	$(PULLQUOTE) serve --port $(PORT)

# The locked version of the runtime with all instructions that this processor has; the packaged one
# makes do with AVX2. Needs a C++ compiler and cmake, and ten to fifteen minutes.
native: $(VENV)/.product
	CMAKE_ARGS='$(NATIVE_ARGS)' VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --no-deps \
	    --reinstall-package xllamacpp --no-binary xllamacpp \
	    "$$(grep '^xllamacpp==' requirements.lock | cut -d ' ' -f 1)"

# The smaller language model is enough to test with; without Chromium the page's tests are
# skipped, except in continuous integration, which installs it.
test: $(VENV)/.development
	$(PULLQUOTE) model pull minilm qwen-0.5b
	$(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered $(TESTS)

check: $(VENV)/.development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --explicit-package-bases benchmarks

bench: $(VENV)/.development
	$(PULLQUOTE) model pull minilm $(MODEL)
	for script in benchmarks/[a-z]*.py; do $(BIN)/python $$script || exit 1; done

lock:
	$(BIN)/uv lock --quiet --upgrade
	$(BIN)/uv export --quiet --format requirements-txt --no-header --no-hashes --no-emit-project \
	    --no-default-groups --output-file requirements.lock
	$(BIN)/uv export --quiet --format requirements-txt --no-header --no-hashes --no-emit-project \
	    --group test --group lint --output-file requirements-dev.lock
	! grep --line-number '://' requirements.lock requirements-dev.lock

clean:
	rm -rf $(VENV)
