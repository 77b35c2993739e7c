# Everything a developer needs; each target says what it does in `make help`.
PYTHON ?= python3
RUN := .venv/bin/python
CLOUD := $(RUN) -m infra.local

.DEFAULT_GOAL := help
.PHONY: help prepare up down reset status test contract endurance faults bench check lint fmt

help: ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

prepare:
	@$(PYTHON) -m infra.local.bootstrap

up: prepare ## Start everything, with sample videos in the feed, and print the URL
	@$(CLOUD) up

down: prepare ## Stop everything; people and videos are kept
	@$(CLOUD) down

reset: prepare ## Stop everything and start from nothing the next time
	@$(CLOUD) reset

status: prepare ## Show which parts run, and how to mend the others
	@$(CLOUD) status

test: prepare ## Run all tests: unit, component, the deployed stack, the browser
	@$(PYTHON) -m infra.local.bootstrap --browser
	@$(RUN) -m pytest tests/unit tests/component --numprocesses auto --maxprocesses 4
	@$(RUN) -m pytest tests/local tests/e2e
	@cd infra/local/lambda_executor && ../../../.venv-localstack/bin/python -m pytest

contract: prepare ## Try the whole API against its OpenAPI document (a quarter of an hour)
	@$(RUN) -m pip install --quiet -r requirements-contract.txt
	@$(RUN) -m tests.contract

endurance: prepare ## Race revoked sessions, blocks and repeated requests, thousands of times
	@CLIPWAVE_ENDURANCE=1 $(RUN) -m pytest tests/component/test_revocation.py \
		tests/component/test_blocks.py tests/component/test_idempotency_storms.py

faults: prepare ## Every operation under every fault, and a table of what came of it (20 minutes)
	@$(RUN) -m tests.faults

bench: prepare ## Measure transcoding and recognition beside their baselines (a quarter of an hour)
	@$(RUN) -m benchmarks.media
	@$(RUN) -m benchmarks.fingerprints

lint: prepare ## Check style, types, import rules, templates, security
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@.venv/bin/lint-imports
	@$(RUN) -m infra.build --check
	@$(RUN) -m infra.web --check
	@$(RUN) -m bandit --quiet --configfile .ci/security-exceptions.yaml --recursive app.py chalicelib functions infra
	@$(RUN) -m pip_audit --progress-spinner off

fmt: prepare ## Format the code
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

check: lint test ## Do exactly what CI does
