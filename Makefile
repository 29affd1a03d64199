# `make help` lists the targets. Everything installs into .venv; nothing else on the machine is used or changed,
# but for Debian's mariadb-server and openssh-server, which the tests start as private servers of their own.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help setup run test test-slow chaos check fmt schemas lock test-servers

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

run: setup  ## Start the whole stack on embedded parts, with sample migrations
	@exec $(BIN)/python -m demo

test: check test-servers  ## Everything that a change must pass (at most 10 minutes)
	$(BIN)/pytest -m "not slow"

test-slow: setup test-servers  ## The tests that need longer (at most 40 minutes)
	$(BIN)/pytest -m slow

CHAOS ?= --seconds 600
chaos: setup test-servers  ## The fault campaign, ten minutes of it
	$(BIN)/python -m tests.chaos $(CHAOS)

check: setup  ## Lint, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fmt: setup  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: setup  ## Write proto/schemas and proto/asyncapi.yaml from the messages
	$(BIN)/python -m proto

lock: setup  ## Write requirements.lock anew from the ranges in pyproject.toml (needs uv)
	uv pip compile --universal --generate-hashes --all-extras --no-emit-index-url --python-version 3.11 \
	  --custom-compile-command "make lock" --quiet pyproject.toml -o requirements.lock

test-servers:
	@missing=; \
	[ -x "$$(PATH=$$PATH:/usr/sbin command -v mariadbd)" ] || missing="$$missing mariadb-server"; \
	[ -x "$$(PATH=$$PATH:/usr/sbin command -v sshd)" ] || missing="$$missing openssh-server"; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	else echo "the tests need real servers; run: sudo apt-get install$$missing"; exit 1; fi
