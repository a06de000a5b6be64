# Everything a person types here. `make` alone lists it. Needs Python 3.11 or newer, and nothing else.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test check bench format lock clean parts

VENV := .venv
PY := $(VENV)/bin/python
# Tests mostly wait; a file's tests stay together, because they share a browser or a server. Their order
# is tests/conftest.py's: what computes beside what waits, and the short ones last.
JOBS ?= 3
# -qq: pip's warnings here are about the machine's own settings; its errors are still shown.
PIP := $(PY) -m pip --disable-pip-version-check --no-input -qq
# The lock names every package with its hashes, so pip has nothing to resolve.
INSTALL := $(PIP) install --require-hashes --no-deps -r

# An environment whose Python has gone (removed, upgraded, another machine) is made again.
ifneq ($(shell test -x $(PY) && echo there),there)
$(shell rm -f $(VENV)/*.stamp)
endif

help: ## list what there is
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  make demo SPEED=10 FOR=30    ten times as fast, for thirty seconds"
	@echo "  make test TESTS=tests/unit   a part of the tests; ARGS='-k desk -x' goes to pytest"
	@echo "  make ... PYTHON=/path/to/python3.12   makes the environment with that Python"

demo: $(VENV)/runtime.stamp ## run the made-up event: SPEED=10 is faster, FOR=30 ends it after 30 s
	@for=$(FOR); case "$$for" in *[!0-9]*|'') ;; *) for=$${for}s ;; esac; \
	$(PY) -m eventlive run events/demo.toml --rehearse --data .demo --fresh $(if $(PORT),--port $(PORT)) $(if $(SPEED),--speed $(SPEED)) $${for:+--for $$for}

test: $(VENV)/dev.stamp parts ## set up all that the tests need, as far as this machine lets us, and run them
	@$(PY) -m pytest --numprocesses=$(JOBS) --dist=loadfile --no-loadscope-reorder $(ARGS) $(or $(TESTS),tests)

parts: $(VENV)/dev.stamp ## set up the parts that tests need beside Python: broker, browser, fonts, PDS
	@$(PY) -m tests.setup.machine

check: $(VENV)/dev.stamp ## ruff, mypy, the import rules
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy eventlive feeds tui events tests
	@$(VENV)/bin/lint-imports --no-cache --no-logo

bench: $(VENV)/dev.stamp ## measure the engine beside bare references
	@$(PY) -m tests.bench $(ARGS)

format: $(VENV)/dev.stamp ## sort imports, mend what can be mended safely, lay out the code
	@$(PY) -m ruff check --fix-only --quiet
	@$(PY) -m ruff format

# Two locks, because the demo and an event's machine install the first alone; the second holds the first's
# versions (-c), so that the tests run on what an event runs on. UPGRADE=1 takes newer versions.
lock: $(VENV)/dev.stamp ## write the lock files from pyproject.toml: UPGRADE=1 takes newer versions
	@lock() { \
	    $(PY) -m uv --no-config pip compile --quiet pyproject.toml "$$@" \
	        --universal --python-version 3.11 --generate-hashes \
	        --no-emit-index-url --no-emit-find-links --no-emit-build-options \
	        --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade); \
	}; \
	lock --group build --output-file requirements.lock && \
	lock --group dev --all-extras --constraints requirements.lock --output-file requirements-dev.lock
	@$(PY) -m pytest -q tests/unit/test_repository.py -k lock

clean: ## remove everything that make has made
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf tests/service/pds/node_modules
	find eventlive events feeds tui tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- the environment: a stamp for each lock, so that a second run costs nothing ----

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/runtime.stamp
	@echo "Installing what checks and tests eventlive (half a minute the first time)"
	@$(INSTALL) requirements-dev.lock
	@touch $@

$(VENV)/runtime.stamp: requirements.lock
	@$(make_venv)
	@echo "Installing what eventlive runs on into $(VENV) (half a minute the first time)"
	@$(INSTALL) requirements.lock || { echo "$$install_failed" >&2; exit 1; }
	@$(PIP) install --no-deps --no-index --no-build-isolation --editable .
	@touch $@

define install_failed

Packages could not be installed: pip says why above. If one had to be compiled (there is no ready-made
pycld2 for your machine), a C++ compiler is needed: on Debian or Ubuntu
    sudo apt-get install g++ python3-dev
endef
export install_failed

# Versions with ready-made wheels for everything come first. An environment without its stamp is half made.
define make_venv
set -eu; old= ; bare= ; \
usable() { command -v "$$1" >/dev/null 2>&1 && "$$1" -c '' 2>/dev/null; }; \
for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.14 python3.15 python); do \
    usable "$$python" || continue; \
    version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
    if ! "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
        old="$$old $$python ($$version)"; continue; \
    fi; \
    if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
        bare="$${bare:-$$version}"; continue; \
    fi; \
    if [ -x $(PY) ] && $(PY) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
        exit 0; \
    fi; \
    echo "Making $(VENV) with $$python ($$version)"; \
    rm -rf $(VENV); \
    "$$python" -m venv $(VENV) && exit 0; \
    rm -rf $(VENV); \
    echo "$$python could not make the environment $(VENV): see above." >&2; \
    exit 1; \
done; \
if [ -n "$$bare" ]; then \
    echo "Python $$bare is there, but without its module for environments. On Debian or Ubuntu:" >&2; \
    echo "    sudo apt-get install python$$bare-venv" >&2; \
else \
    echo "eventlive needs Python 3.11 or newer; found:$${old:- none}. On Debian 12 or later, or Ubuntu:" >&2; \
    echo "    sudo apt-get install python3 python3-venv" >&2; \
    echo "or name one that is elsewhere:  make $(or $(MAKECMDGOALS),demo) PYTHON=/path/to/python3.11" >&2; \
fi; \
exit 1
endef
