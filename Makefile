# make demo, make test, make lint: each sets up .venv itself, with the newest Python there is.
# Another Python: make test PYTHON=python3.12. More options for pytest: make test ARGS='-k seal'.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
PYTHONS := $(if $(PYTHON),$(PYTHON),python3.14 python3.13 python3.12 python3.11 python3 python)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
SUITABLE := 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
VERSION := 'import sys; print(sys.version_info[:2])'
ARGS :=

.PHONY: help demo test lint format clean always

help:
	@echo 'make demo     phases on a small project, in a repository under .demo/'
	@echo 'make test     the tests, but for the slow ones (make test ARGS="-m slow" runs those)'
	@echo 'make lint     ruff and mypy'
	@echo 'make format   ruff format'
	@echo 'make clean    remove .venv, .demo and caches'

demo: $(VENV)/.installed
	@$(BIN)/python examples/demo.py

test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -m 'not slow' -n auto $(ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find harness tests examples -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: $(VENV)/.made pyproject.toml
	@echo 'installing the harness into $(VENV)'
	@$(PIP) install -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.made pyproject.toml
	@echo 'installing the harness and its development tools into $(VENV)'
	@$(PIP) install -e '.[dev]'
	@touch $(VENV)/.installed $@

# An environment that works is kept, unless PYTHON names another version.
$(VENV)/.made: $(if $(PYTHON),always)
	@command -v git >/dev/null || { echo 'git 2.39 or newer is needed' >&2; exit 1; }
	@for python in $(PYTHONS); do \
		if "$$python" -c $(SUITABLE) 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo 'Python 3.11 or newer with its venv module is needed (Debian and Ubuntu: python3-venv).' >&2; \
		echo 'Tried: $(PYTHONS). Name another: make PYTHON=/path/to/python3' >&2; \
		exit 1; \
	fi; \
	if $(BIN)/python -c 'import pip' 2>/dev/null; then \
		there=$$($(BIN)/python -c $(VERSION)); \
		if [ "$$there" = "$$("$$found" -c $(VERSION))" ] || \
			{ [ -z '$(PYTHON)' ] && $(BIN)/python -c $(SUITABLE); }; then \
			[ -e $@ ] || touch $@; exit 0; \
		fi; \
	fi; \
	echo "making $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv --clear $(VENV) && touch $@
