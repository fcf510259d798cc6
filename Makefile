# The only two commands that a newcomer needs: `make run` and `make test`. `make help` lists the others.

NETWORK ?= queretaro
PYTHON3 ?= python3
export NETWORK

BOOTSTRAP := $(PYTHON3) deploy/local/bootstrap.py
# Two environments, so that `make test` cannot pull the packages from under a network that runs.
RUN := .tools/run/bin/python
DEV := .venv/bin/python
PROJECTS := pyproject.toml $(wildcard commons/*/pyproject.toml services/*/pyproject.toml) \
	gateway/pyproject.toml demo/pyproject.toml deploy/local/pyproject.toml
PIECES := $(notdir $(patsubst %/,%,$(dir $(wildcard services/*/pyproject.toml))))

.DEFAULT_GOAL := help
.PHONY: help run install

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: .tools/run/installed .venv/installed  ## install what run and test need (they do it themselves)

.tools/run/installed: requirements/local.txt requirements/uv.txt deploy/local/bootstrap.py $(PROJECTS)
	@$(BOOTSTRAP) install local .tools/run
	@touch $@

.venv/installed: requirements/dev.txt requirements/uv.txt deploy/local/bootstrap.py $(PROJECTS)
	@$(BOOTSTRAP) install dev .venv
	@touch $@

LOCK := pip compile --quiet --universal --generate-hashes --python-version 3.12 --no-header --no-annotate \
	--no-emit-index-url $(if $(UPGRADE),--upgrade) \
	$(foreach name,contracts kit embedded local demo gateway $(PIECES),--no-emit-package trama-$(name))

lock:  ## pin what the pieces need in requirements/, with hashes; UPGRADE=1 takes the newest
	@echo uv | $(BOOTSTRAP) uv $(LOCK) -o requirements/uv.txt -
	@$(BOOTSTRAP) uv $(LOCK) -o requirements/dev.txt --group dev $(PROJECTS)
	@for piece in $(PIECES); do \
		$(BOOTSTRAP) uv $(LOCK) -c requirements/dev.txt -o requirements/$$piece.txt services/$$piece/pyproject.toml || exit; done
	@$(BOOTSTRAP) uv $(LOCK) -c requirements/dev.txt -o requirements/gateway.txt gateway/pyproject.toml
	@$(BOOTSTRAP) uv $(LOCK) -c requirements/dev.txt -o requirements/local.txt $(filter-out pyproject.toml,$(PROJECTS))
