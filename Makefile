# Every way to build, run and check the project. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BUNDLE ?= $(or $(MAMMOGANESIS_BUNDLE),deploy/bundles/demo)
OUT ?= out/quickstart
ARGS ?=
PROCESSES ?= 3

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help up install-test test test-slow faults test-xla test-tpu-compile lint bench gpu-check figures protos web lock parts images images-gpu clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(VENV)/.installed-serve ## Start everything with the demo bundle and make sample images in out/quickstart; Ctrl-C stops it
	@$(BIN)/mammoganesis serve --quickstart $(OUT) --bundle $(BUNDLE)

install-test: $(VENV)/.installed-test ## Install what the tests need (torch included; a browser, PostgreSQL and DICOM tools where apt-get may)
	@tests/install_packages.sh
	@PYTHON=$(CURDIR)/$(BIN)/python services/studio/web/build.sh --packages
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix tests/support/oidc ci --ignore-scripts --no-progress --no-audit --no-fund --loglevel error

# Bytecode is kept also where the environment says otherwise (images of Python for containers do): each of the processes
# that tests start would compile our modules anew.
test: install-test ## Run all tests in three processes (PROCESSES=3); ARGS="-k words" goes to pytest
	@PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(PROCESSES) --no-loadscope-reorder -m "not slow" $(ARGS)

test-slow: install-test ## Run the proofs at full size: the paper's network from checkpoint to service (minutes, 4 GB)
	@$(BIN)/python -m pytest -m slow $(ARGS)

faults: install-test ## Prove what docs/reliability.md promises: kills, updates, overload, fuzzing, an hour's soak (hours); ARGS="kills soak"
	@PYTHONPATH=$(CURDIR) $(BIN)/python -m tests.faults $(ARGS)

test-xla: ## Run the training loop under torch_xla on the CPU, in an environment of its own (7.5 GB)
	@PYTHON=$(PYTHON) tests/xla/run.sh

test-tpu-compile: ## Compile the 512x512 step programs for TPU v3, v5e and v6e without a TPU; hours on two cores (11 GB)
	@PYTHON=$(PYTHON) tests/tpu/run.sh

lint: $(VENV)/.installed-test ## ruff, pyright, import-linter, buf lint, and whether generated code and pages are fresh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(BIN)/buf lint
	PYTHON=$(CURDIR)/$(BIN)/python protos/generate.sh --check
	PYTHON=$(CURDIR)/$(BIN)/python services/studio/web/build.sh --check

bench: $(VENV)/.installed-test ## Measure engine, edge, previews, components and training against plain ways on this machine
	@$(BIN)/python bench/serving.py --bundle $(BUNDLE)
	@$(BIN)/python bench/preview.py --bundle $(BUNDLE)
	@$(BIN)/python bench/studio.py --bundle $(BUNDLE)
	@$(BIN)/python bench/quiz.py --bundle $(BUNDLE)
	@$(BIN)/python bench/bulk.py --bundle $(BUNDLE)
	@$(BIN)/python bench/synthesis.py
	@$(BIN)/python bench/components.py
	@$(BIN)/python bench/training_loop.py
	@$(BIN)/python bench/projected.py
	@$(BIN)/python bench/prepare.py

gpu-check: ## On a machine with a GPU: CUDA tests, rates, and a short training, in at most nine minutes; PYTHON with torch
	@PYTHONPATH=$(CURDIR) $(PYTHON) bench/gpu.py $(ARGS)

figures: $(VENV)/.installed-test ## Draw docs/editing.md's figures and tables and all pictures of pages again from the demo bundle (minutes)
	@$(BIN)/python docs/figures.py --bundle $(BUNDLE) $(ARGS)

protos: $(VENV)/.installed-test ## Compile protos/ into mammoganesis/, and write the schema of a study's document
	PYTHON=$(CURDIR)/$(BIN)/python protos/generate.sh
	$(BIN)/python docs/study_schema.py

web: $(VENV)/.installed-test ## Build the studio's pages (services/studio/web) into services/studio/pages
	PYTHON=$(CURDIR)/$(BIN)/python services/studio/web/build.sh

lock: $(VENV)/.python ## Pin the container images' packages again (deploy/docker/requirements*.txt)
	PYTHON=$(CURDIR)/$(BIN)/python deploy/docker/lock.sh

parts: $(VENV)/.installed-test ## Write the list of what is shipped, with licences (deploy/parts/sbom.cdx.json, docs/licences.md)
	@$(BIN)/python deploy/parts/parts.py

images: ## Build the container images (serve, and the bundle as a data image)
	docker build --file deploy/docker/serve.Dockerfile --tag mammoganesis/serve:0.1.0 .
	docker build --file deploy/docker/bundle.Dockerfile --tag mammoganesis/bundle:$(notdir $(BUNDLE)) $(BUNDLE)

images-gpu: ## Build the image for machines with a GPU
	docker build --file deploy/docker/serve.Dockerfile --build-arg REQUIREMENTS=requirements-gpu.txt --tag mammoganesis/serve-gpu:0.1.0 .

clean: ## Remove the virtual environment, caches and out/
	rm -rf services/studio/web/node_modules services/studio/web/src/protos
	rm -rf $(VENV) .venv-xla .venv-tpu .venv-torch-tpu out .pytest_cache .ruff_cache .hypothesis .import_linter_cache .grimp_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# The stamps below make a second `make up` start at once: pip runs again only when pyproject.toml has changed.
$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed-serve: pyproject.toml | $(VENV)/.python
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[serve]'
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/.python
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[serve,train,dev]'
	@touch $@ $(VENV)/.installed-serve
