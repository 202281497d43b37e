# `make run` and `make test` do everything on a fresh machine with make and Python 3.12 or newer.
# Written for GNU make 3.81 and later, which is what macOS has.

# The Python that makes the environment. Candidates are run, not looked up: a name on the PATH may be a dead shim.
ifdef PYTHON
PYTHONS := $(PYTHON)
else
PYTHONS := python3.13 python3.12 python3.14 python3 python /usr/bin/python3
endif

VENV   := .venv
PY     := $(VENV)/bin/python
EXTRAS ?= experiments,dev
comma  := ,
STAMP  := $(VENV)/.installed-$(subst $(comma),-,$(EXTRAS))
PIP    := -m pip --disable-pip-version-check --quiet install

# Arguments for the experiments: make run ARGS="xor.published --seeds 100"
ARGS   :=
# Test processes: one for each core, at most four, as each holds its own JAX.
PYTEST := -m pytest -n auto --maxprocesses 4 --dist worksteal

VERSION     := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
OLDEST      := $(shell sed -n 's/^requires-python = ">=\(.*\)"/\1/p' pyproject.toml)
OLDEST_VENV := .venv-oldest
# The fast part of the tests, which `make test-oldest` runs with the oldest supported versions.
OLDEST_TESTS := $(patsubst %,tests/nnjax/%,test_activations.py test_mlp.py solvers/test_by_name.py \
    solvers/test_levenberg_marquardt.py tasks engine/test_store.py sklearn/test_estimators.py \
    sklearn/test_columns.py) \
    $(patsubst %,tests/experiments/lab/%,test_flags.py test_figures.py test_results.py)
# They are named, as every process would import all other tests first.
BROWSER_TESTS := $(wildcard tests/experiments/lab/test_*_in_browser.py)
# The Pythons that pyproject.toml names. pyenv runs python3.12 only if PYENV_VERSION selects it.
MINORS      := $(shell sed -n 's/.*Python :: \(3\.[0-9]*\)",/\1/p' pyproject.toml)

# An installed package must be able to run a sweep into a store and to read it back.
define TRY
import sys, tempfile
import nnjax
with tempfile.TemporaryDirectory() as folder:
    path = folder + "/runs.zarr"
    runs = nnjax.sweep(nnjax.tasks.xor(), hidden=[(2,)], seeds=2, num_steps=2, store=path, progress=False).load()
    assert nnjax.open_store(path, verify=True).load().equals(runs)
print("Python", sys.version.split()[0], "with nnjax", nnjax.__version__, "installed, imported and swept", dict(runs.sizes))
endef
export TRY

.DEFAULT_GOAL := help
.PHONY: help env run full redraw docs test test-slow test-faults test-browser test-oldest test-pythons lint format wheel clean

help:
	@echo 'make run          all experiments at QUICK but two slow ones; figures, tables and verdicts under results/quick/'
	@echo 'make test         the tests'
	@echo 'make full         all experiments at FULL; writes the committed results (hours)'
	@echo 'make redraw       figures and tables of every experiment again from the committed data, no training'
	@echo 'make test-slow    the tests that take long'
	@echo 'make test-faults  sweeps are killed, disks fail, bytes change, hundreds of times; writes results/faults.csv'
	@echo 'make test-browser the pages in Chromium, where there is one'
	@echo 'make docs         the documentation, for a browser: site/index.html'
	@echo 'make test-oldest  a fast part of the tests with Python $(OLDEST) and the oldest packages that pyproject.toml allows'
	@echo 'make test-pythons the package on every other Python found out of $(MINORS)'
	@echo 'make lint         style and types'
	@echo 'make format       put the code into the common style'
	@echo 'make wheel        build the package and try it in an empty environment'
	@echo 'make clean        remove environments, caches and build output'
	@echo
	@echo 'PYTHON=python3.13 chooses the Python; EXTRAS=experiments,dev,cuda adds the GPU (tpu likewise);'
	@echo 'ARGS="xor.trained --seeds 100" is handed to the experiments by run, full and redraw;'
	@echo 'ARGS="speed" runs the benchmarks of the engine.'

run: $(STAMP)
	@$(PY) -m experiments $(or $(ARGS),--jobs 2)

full: $(STAMP)
	@$(PY) -m experiments --preset full $(ARGS)

redraw: $(STAMP)
	@$(PY) -m experiments --preset full --redraw $(ARGS)

test: $(STAMP)
	@$(PY) $(PYTEST)

test-slow: $(STAMP)
	@$(PY) $(PYTEST) -m slow

# Run nothing else at the same time: the tests kill processes after a number of seconds.
test-faults: $(STAMP)
	@FAULTS_SUMMARY=results/faults.csv $(PY) -m pytest -m faults

# Strict: a broken link, or a number that is not among the results, stops the build.
docs: $(STAMP)
	@$(PY) -c 'import mkdocs' 2> /dev/null || $(PY) $(PIP) -c constraints.txt -e '.[$(EXTRAS),docs]'
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --quiet
	@echo 'The documentation: site/index.html'

# axe-core, which checks accessibility, comes from npm; without npm only its tests are skipped, and say so.
test-browser: docs
	@$(PY) -c 'import playwright' 2> /dev/null || $(PY) $(PIP) -c constraints.txt -e '.[$(EXTRAS),docs,browser]'
	@test -e .axe/node_modules || ! command -v npm > /dev/null || \
	    npm install --silent --no-audit --no-fund --no-save --prefix .axe axe-core@4.11.0
	@$(PY) -m pytest -n 2 --dist loadfile -m browser $(BROWSER_TESTS)

test-oldest: $(OLDEST_VENV)/.installed
	@$(OLDEST_VENV)/bin/python -V
	@sed '/^$$/q' $(OLDEST_VENV)/constraints.txt | paste -s -d ' ' -
	@$(OLDEST_VENV)/bin/python $(PYTEST) $(OLDEST_TESTS)

# Installs the package as a user would, and runs TRY, not the tests. `-I` keeps the working tree off the path.
test-pythons: $(PY)
	@own=$$($(PY) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	for minor in $(MINORS); do \
	    venv=.venv-python$$minor; \
	    test $$minor != $$own || { echo "Python $$minor: that of $(VENV)"; continue; }; \
	    PYENV_VERSION=$$minor python$$minor -m venv --clear $$venv > /dev/null 2>&1 || \
	        { echo "Python $$minor: skipped, as there is none here that can make an environment"; rm -rf $$venv; continue; }; \
	    $$venv/bin/python $(PIP) --no-compile -c constraints.txt . && $$venv/bin/python -I -W error -c "$$TRY" || exit 1; \
	    rm -rf $$venv; \
	done

lint: $(STAMP)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m basedpyright --pythonpath $(PY)

format: $(STAMP)
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

# The wheel is built from the source package, so this tries both. `-I` keeps the working tree off the path.
WHEEL := dist/nnjax-$(VERSION)-py3-none-any.whl
wheel: $(STAMP)
	@rm -rf build dist .venv-wheel
	@mkdir build
	@$(PY) -m build --outdir dist . > build/log 2>&1 || { cat build/log; exit 1; }
	@$(PY) -c 'import sys, zipfile; \
	names = zipfile.ZipFile("$(WHEEL)").namelist(); \
	strays = [n for n in names if not n.startswith(("nnjax/", "nnjax-$(VERSION).dist-info/"))]; \
	sys.exit(f"the wheel holds more than nnjax: {strays}" if strays else 0 if "nnjax/py.typed" in names else "no py.typed")'
	@$(PY) -m venv .venv-wheel
	@.venv-wheel/bin/python $(PIP) --no-compile -c constraints.txt $(WHEEL)
	@.venv-wheel/bin/python -I -W error -c "$$TRY"
	@rm -rf .venv-wheel

clean:
	rm -rf .axe $(VENV) $(OLDEST_VENV) $(patsubst %,.venv-python%,$(MINORS)) .venv-wheel build dist site .pytest_cache .ruff_cache .hypothesis
	find nnjax experiments tests -name __pycache__ -type d -prune -exec rm -rf {} +

env: $(STAMP)

$(STAMP): $(PY) pyproject.toml constraints.txt
	@echo 'Installing nnjax and what it needs into $(VENV) (a minute or two, once) ...'
	@$(PY) $(PIP) -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@

# The packages that nnjax and its experiments need, at the lower bounds of pyproject.toml; others as in constraints.txt.
$(OLDEST_VENV)/.installed: $(PY) pyproject.toml constraints.txt
	@echo 'Installing the oldest packages that pyproject.toml allows into $(OLDEST_VENV) ...'
	@PYENV_VERSION=$(OLDEST) python$(OLDEST) -m venv --clear $(OLDEST_VENV) > /dev/null 2>&1 || \
	    { echo 'There is no python$(OLDEST) here that can make an environment: taking that of $(VENV)'; \
	      $(PY) -m venv --clear $(OLDEST_VENV); }
	@$(PY) -c 'import pathlib, tomllib; \
	project = tomllib.loads(pathlib.Path("pyproject.toml").read_text("utf-8"))["project"]; \
	oldest = dict(need.split(">=") for need in project["dependencies"] + project["optional-dependencies"]["experiments"]); \
	oldest["jaxlib"] = oldest["jax"]; \
	pins = pathlib.Path("constraints.txt").read_text("utf-8").splitlines(); \
	rest = [pin for pin in pins if "==" in pin and pin.partition("==")[0] not in oldest]; \
	print(*(f"{name}=={bound}" for name, bound in oldest.items()), "", *rest, sep="\n")' > $(OLDEST_VENV)/constraints.txt
	@$(OLDEST_VENV)/bin/python $(PIP) --no-compile -c $(OLDEST_VENV)/constraints.txt \
	    -e '.[experiments]' beartype hypothesis pytest pytest-xdist
	@touch $@

# The environment is made by the first candidate that is new enough and can put pip into it.
$(PY):
	@for python in $(PYTHONS); do \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' > /dev/null 2>&1 || continue; \
	    "$$python" -m venv --clear $(VENV) > /dev/null 2>&1 || continue; \
	    $(PY) -m pip --version > /dev/null 2>&1 || continue; \
	    echo "Environment $(VENV) from $$python: $$($(PY) -V)"; \
	    exit 0; \
	done; \
	rm -rf $(VENV); \
	echo 'No Python 3.12 or newer that can make a virtual environment was found. Tried: $(PYTHONS)'; \
	echo 'Install one, then run make again:'; \
	echo '  Debian, Ubuntu   sudo apt install python3 python3-venv   (24.04 or newer)'; \
	echo '  Fedora           sudo dnf install python3'; \
	echo '  macOS            brew install python'; \
	echo '  anywhere         https://www.python.org/downloads/'; \
	echo 'or name one: make run PYTHON=/path/to/python3.13'; \
	exit 1
