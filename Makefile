# Everything a person runs here. `make` alone lists it. Needs Python 3.11 or later, and Debian 12 or what is like it.

PYTHON ?= python3
BIN := .venv/bin
DONE := .cache/done
PREPARE := $(PYTHON) deploy/tools/prepare.py
PO := $(wildcard common/host/locale/*/LC_MESSAGES/*.po)
TS := $(wildcard common/ui/locale/*.ts)
NOVNC := helper_agent/viewers/page/novnc/package.json
ARGS ?=
# So many tests run beside each other (tests/support/workers.py).
WORKERS ?= 2
BESIDE := $(BIN)/python -m pytest --numprocesses $(WORKERS)
# What runs on Windows and macOS too, and is checked as it is there.
AGENTS := common user_agent helper_agent

# Whoever tries the demo reads it in their own language.
PERSONS := $(or $(LC_ALL),$(LC_MESSAGES),$(LANG),C.UTF-8)
# Where there is a screen, the demo's viewer is a page in a browser.
NO_BROWSER := $(if $(DISPLAY),$(if $(shell command -v x-www-browser || command -v firefox || command -v chromium || command -v google-chrome),,none))
# English output that scripts can read, whoever runs this; Chromium and pip write nothing into the tree.
export LC_ALL := C.UTF-8

.DEFAULT_GOAL := help
.PHONY: help environment demo test web windows wine rooms lint format lock bench package relay-package soak pictures catalogue packages-demo packages-check packages-test packages-bench packages-windows packages-rooms clean
.DELETE_ON_ERROR:
.SUFFIXES:
.NOTPARALLEL:

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

environment: $(DONE)/environment $(NOVNC) $(PO:.po=.mo) $(TS:.ts=.qm) ## .venv with Tasuki and its tools

demo: environment packages-demo $(if $(or $(findstring --check,$(ARGS)),$(NO_BROWSER)),packages-check) ## see a desktop through a relay on this machine (ARGS=--check: without a person)
	@LC_ALL=$(PERSONS) $(BIN)/python -m deploy.demo $(ARGS)

test: environment packages-test $(if $(or $(findstring tests/windows,$(ARGS)),$(if $(ARGS),,all)),wine) ## all tests; ARGS="tests/unit -k word" for some
	@$(if $(ARGS),$(BIN)/python -m pytest $(ARGS),$(BESIDE) -p tests.support.pure_coverage tests/unit tests/integration tests/e2e tests/rooms tests/windows && $(BESIDE) tests/gui)

web: environment ## the screen in the helper's window, with QtWebEngine (160 MB, which it fetches)
	@$(PREPARE) locked webengine
	@$(BIN)/python -m pytest tests/web

windows: environment packages-test wine ## the agents on a real Windows Python (ARGS=--all: also what takes long)
	@$(BIN)/python -m pytest $(if $(findstring tests/,$(ARGS)),,tests/windows) $(ARGS)

rooms: environment packages-test packages-rooms ## sessions in networks that people really have (ARGS="-k portal" for some)
	@$(BIN)/python -m pytest tests/rooms --all $(ARGS)

wine: environment packages-windows # Windows' Python on Wine, made once for all clones: 1.2 GB in ~/.cache/tasuki
	@$(PREPARE) tool lock
	@$(BIN)/python deploy/tools/wine.py

lint: $(DONE)/environment ## format, style, types and who may import whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(foreach system,win32 darwin,$(BIN)/mypy --platform $(system) --cache-dir .mypy_cache/$(system) $(AGENTS:%=--package %) &&) true
	$(BIN)/lint-imports

format: $(DONE)/environment ## put the source into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(DONE)/python ## renew deploy/requirements from setup.cfg (ARGS=--upgrade: newest versions)
	@$(PREPARE) tool lock
	@.cache/lock/bin/python deploy/tools/lock.py $(ARGS)

bench: environment packages-bench packages-test ## the relay beside HAProxy and OpenSSH, a session beside attacks, lists that very many watch, the windows' start-up and size, clicks to the picture, years of records read beside a relay, and a session while its audit log is verified
	@$(BIN)/python -m tests.bench $(ARGS)
	@$(BIN)/python -m tests.bench.attacks
	@$(BIN)/python -m tests.bench.lists
	@$(BIN)/python -m tests.bench.startup
	@$(BIN)/python -m tests.bench.clicks
	@$(BIN)/python -m tests.bench.people
	@$(BIN)/python -m tests.bench.many
	@$(BIN)/python -m tests.bench.history
	@$(BIN)/python -m tests.bench.verifying

pictures: environment packages-test ## every window in both languages, light and dark, 100 and 200 % (into build/pictures)
	@$(BIN)/python -m deploy.tools.screenshots $(or $(ARGS),build/pictures)

package: environment ## both programs for whoever has no Python: dist/tasuki, dist/tasuki-helper, and on Debian a .deb of each
	@$(PREPARE) locked package
	@$(PREPARE) locked webengine
	@$(BIN)/python -m deploy.packages $(ARGS)

relay-package: environment ## relay and CA as a Debian package with units and users: dist/tasuki-relay_VERSION_ARCHITECTURE.deb
	@$(BIN)/python -m deploy.packages.relay $(ARGS)

soak: environment packages-test ## sessions for hours, with losses (ARGS="--hours 8"; "--breaks 500": one session that loses its connections)
	@$(BIN)/python -m tests.soak $(ARGS)

catalogue: $(DONE)/environment ## bring the texts for translators, and tables in docs, up to date
	$(BIN)/python -m deploy.tools.catalogue
	$(BIN)/python -m deploy.tools.window_texts
	$(BIN)/python -m deploy.tools.settings_table

clean: ## remove what was made here
	rm -rf .venv .cache build dist helper_agent/viewers/page/novnc
	find . -name '*.mo' -delete -o -name '*.qm' -delete

packages-demo:
	@$(PREPARE) packages demo
packages-check:
	@$(PREPARE) packages check
packages-test:
	@$(PREPARE) packages demo check test
	@$(PREPARE) unpacked squid-openssl prometheus
packages-bench:
	@$(PREPARE) packages demo bench
packages-rooms:
	@$(PREPARE) packages rooms
packages-windows:
	@$(PREPARE) packages demo windows

$(DONE)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tasuki needs Python 3.11 or later; name one with: make PYTHON=python3.11")'
	@mkdir -p $(DONE) && touch $@

$(DONE)/environment: setup.cfg pyproject.toml deploy/requirements/dev.txt deploy/tools/prepare.py | $(DONE)/python
	@$(PREPARE) environment
	@touch $@

$(NOVNC): deploy/tools/fetch_novnc.py | $(DONE)/environment
	@$(BIN)/python deploy/tools/fetch_novnc.py
	@touch $@

%.mo: %.po | $(DONE)/environment
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

%.qm: %.ts | $(DONE)/environment
	@$(BIN)/pyside6-lrelease -silent $< -qm $@
