# make demo, make test, make lint: each sets up .venv itself, with the newest Python there is.
# make fuzz looks for replies that break the readers, 10 seconds a format (make fuzz FUZZ_SECONDS=600).
# make lowest runs the tests with the oldest releases that pyproject.toml lets in, in .venv-lowest.
# Another Python: make test PYTHON=python3.12. More options for pytest: make test ARGS='-k seal'.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
PYTHONS := $(if $(PYTHON),$(PYTHON),python3.14 python3.13 python3.12 python3.11 python3 python)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
# Where PYTHONDONTWRITEBYTECODE is set, as in many images, each command would compile all of it again.
COMPILE := $(BIN)/python -m compileall -q harness
SUITABLE := 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
VERSION := 'import sys; print("%d.%d" % sys.version_info[:2])'
ARGS :=
EXTRA := dev
PINS :=
FUZZ_SECONDS := 10

.PHONY: help demo test slow lowest lint format fuzz clean always

help:
	@echo 'make demo     phases on a small project, in a repository under .demo/'
	@echo 'make test     the tests, but for the slow ones (make test ARGS="-m slow" runs those)'
	@echo 'make slow     the long tests'
	@echo 'make lowest   the tests with the lowest versions of all dependencies, on Python 3.11'
	@echo 'make lint     ruff and mypy'
	@echo 'make format   ruff format'
	@echo 'make fuzz     coverage-guided fuzzing of the formats of edits (Linux)'
	@echo 'make clean    remove .venv, .demo and caches'

demo: $(VENV)/.installed
	@$(BIN)/python examples/demo.py

test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -m 'not slow' -n auto $(ARGS)

# Kills at every step, 64 processes, releases of public packages, and the depth of what `test` samples: half an hour.
slow: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -m slow -n auto $(ARGS)

# Not the tools of `lint`, which need newer ones. The oldest releases have no wheels for newer Pythons.
lowest:
	@mkdir -p build
	@sed -n '/^dependencies = /,/^]/s/^ *"\([^>]*\)>=\([0-9.]*\).*/\1==\2/p' pyproject.toml > build/lowest.txt
	@$(MAKE) --no-print-directory test VENV=.venv-lowest EXTRA=test PINS='-c build/lowest.txt' PYTHON='$(or $(PYTHON),python3.11)'

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .

# atheris has no wheel for every Python; without it there is nothing to run, and run.py says so.
fuzz: $(VENV)/.installed-dev
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(PIP) install --only-binary atheris -e '.[dev,fuzz]' || true
	@$(BIN)/python fuzz/run.py --seconds $(FUZZ_SECONDS)

clean:
	rm -rf $(VENV) .venv-lowest .demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find harness tests examples -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: $(VENV)/.made pyproject.toml
	@echo 'installing the harness into $(VENV)'
	@$(PIP) install -e .
	@$(COMPILE)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.made pyproject.toml
	@echo 'installing the harness and its development tools into $(VENV)'
	@$(PIP) install $(PINS) -e '.[$(EXTRA)]'
	@$(COMPILE)
	@touch $(VENV)/.installed $@

# A .venv that somebody else made is kept if it works. Ours is made anew where it doesn't work, was made
# elsewhere (a clone that moved), or PYTHON asks for another version.
$(VENV)/.made: always
	@made=$$(cat $@ 2>/dev/null); there=$$($(BIN)/python -c $(VERSION) 2>/dev/null); \
	if [ -z '$(PYTHON)' ] && [ -n "$$there" ] && [ "$$made" = '$(CURDIR)' ]; then exit 0; fi; \
	command -v git >/dev/null || { echo 'git 2.39 or newer is needed' >&2; exit 1; }; \
	if [ -z '$(PYTHON)$(wildcard $@)' ] && $(BIN)/python -c $(SUITABLE) 2>/dev/null && $(PIP) --version >/dev/null; then \
		echo '$(CURDIR)' > $@; exit 0; fi; \
	for python in $(PYTHONS); do \
		if "$$python" -c $(SUITABLE) 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo 'Python 3.11 or newer with its venv module is needed (Debian and Ubuntu: python3-venv).' >&2; \
		echo 'Tried: $(PYTHONS). Name another: make PYTHON=/path/to/python3' >&2; \
		exit 1; \
	fi; \
	if [ "$$made" = '$(CURDIR)' ] && [ "$$there" = "$$("$$found" -c $(VERSION))" ]; then exit 0; fi; \
	echo "making $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv --clear $(VENV) && echo '$(CURDIR)' > $@
