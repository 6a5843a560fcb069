# Everything is done through these targets; CI and the pre-commit hooks call the same ones.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Any Python from 3.11 on will do; name another one with `make PYTHON=...`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# What the Kubernetes client asks for besides: for the parts that layers/kubernetes/pruned.txt takes out.
FOR_PRUNED := aiohttp aiohttp-retry aiohappyeyeballs aiosignal attrs certifi charset-normalizer frozenlist idna multidict \
  oauthlib propcache requests requests-oauthlib websocket-client yarl
# For Lambda on Arm, whatever this machine is.
FOR_LAMBDA := --platform manylinux2014_aarch64 --implementation cp --python-version 3.13 --only-binary=:all:
COLLECTOR := .local/collector

.PHONY: help setup demo test test-all bench lint types format docs lock collector deploy clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(READY) ## Make the virtual environment with everything pinned

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Plumbline needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY) ## Sweep an example fleet on an embedded AWS, break a cluster, see the alert
	$(BIN)/python -m local.demo

lint: $(READY) ## Check style and layering
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(READY) ## Check types
	$(BIN)/mypy .

test: lint types ## Run every check that is quick enough for each change
	$(BIN)/pytest -m "not slow"

test-all: lint types ## Run every check, the long proofs too
	$(BIN)/pytest

bench: $(READY) ## Measure against peers and budgets (long)
	$(BIN)/python -m benchmarks

format: $(READY) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(READY) ## Generate the pages that are made from code
	$(BIN)/python -m plumbline_cli.catalogue_page
	$(BIN)/python -m plumbline_cli.evidence_page
	$(BIN)/python -m plumbline_cli.events_page
	$(BIN)/python -m plumbline_cli.kubernetes_page

lock: $(READY) ## Pin the dependencies again, with hashes
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --upgrade \
	  --python-version 3.11 --extra cli --extra dev --extra kubernetes \
	  -o requirements/dev.txt pyproject.toml requirements/build.in
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 --constraint requirements/dev.txt -o layers/dependencies/requirements.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 --constraint requirements/dev.txt --extra kubernetes \
	  $(addprefix --no-emit-package ,$(FOR_PRUNED)) \
	  $$(sed -n 's/^\([A-Za-z0-9-]*\)==.*/--no-emit-package \1/p' layers/dependencies/requirements.txt) \
	  -o layers/kubernetes/requirements.txt pyproject.toml

collector: $(READY) ## Build the zip of the collector inside a VPC, for org/member.yaml
	rm -rf $(COLLECTOR) $(COLLECTOR).zip
	mkdir -p $(COLLECTOR)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --no-compile \
	  $(FOR_LAMBDA) --target $(COLLECTOR)/python --requirement layers/dependencies/requirements.txt
	PATH="$(CURDIR)/$(BIN):$$PATH" $(MAKE) --no-print-directory -C layers/kubernetes build-KubernetesLayer \
	  ARTIFACTS_DIR="$(CURDIR)/$(COLLECTOR)"
	cp -R layers/core/plumbline functions/collect_kubernetes/*.py $(COLLECTOR)/python
	find $(COLLECTOR)/python -name __pycache__ -prune -exec rm -rf {} +
	cd $(COLLECTOR)/python && $(CURDIR)/$(BIN)/python -m zipfile -c $(CURDIR)/$(COLLECTOR).zip *
	@echo "$(COLLECTOR).zip"

deploy: $(READY) ## Deploy the hub with the SAM CLI: make deploy ENV=prod
	$(BIN)/plumbline config check plumbline.yaml
	sam build && sam deploy --config-env $(or $(ENV),dev)

clean: ## Remove what was made
	rm -rf $(VENV) .local .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis
