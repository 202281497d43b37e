"""Provenance: which edits of the library a store survives, and what is written down beside a result."""

import functools
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import jax
import pytest

import nnjax
from nnjax import measures, provenance
from nnjax.provenance import code_of
from nnjax.theory import dead_units

SOURCE = '''
"""A module."""

import math


class Disc:
    """A disc."""

    def area(self, radius):
        """Its area."""
        if radius < 0:
            raise ValueError(f"{radius} is too small")
        return math.prod([3.14, radius, radius], start=1.0)


NAME = "disc"
'''
SAME = [
    ('"""A module."""', '"""Another\nmodule."""'),
    ('"""A module."""\n', ""),
    ('    """A disc."""\n', "    # a disc\n"),
    ('        """Its area."""\n', "        '''pi r^2'''\n"),
    ("import math\n", "import math  # for its product\n"),
    ("import math\n\n\n", "import math\n"),
    (
        "[3.14, radius, radius], start=1.0",
        "\n            [3.14, radius,\n  radius],  # pi\n\n            start=1.0\n        ",
    ),
    ("radius < 0", "radius  <  0"),
    ("            raise", "              raise"),
    ('NAME = "disc"\n', 'NAME = "disc"\n\n# The end.\n'),
]
OTHER = [
    ("3.14", "3.15"),
    ('"disc"', '"disk"'),
    ("too small", "too  small"),
    ("{radius} is", "{radius}  is"),
    ("        return", "            return"),
    ("radius < 0", "radius <= 0"),
    ("start=1.0", "start=1.0,"),
    ("import math\n", ""),
    ("def area", "def  area_"),
]


def edited(pair):
    assert SOURCE.count(pair[0]) == 1
    return SOURCE.replace(*pair)


@pytest.mark.parametrize("pair", SAME)
def test_comments_docstrings_and_layout_are_no_code(pair):
    assert edited(pair) != SOURCE
    compile(edited(pair), "edited", "exec")
    assert code_of(edited(pair)) == code_of(SOURCE)


@pytest.mark.parametrize("pair", OTHER)
def test_numbers_texts_and_indentation_are_code(pair):
    compile(edited(pair), "edited", "exec")
    assert code_of(edited(pair)) != code_of(SOURCE)


def test_a_line_that_leaves_a_block_is_another():
    inside, outside = (f"for i in x:\n    y += i\n{indent}z += i\n" for indent in ("    ", ""))
    assert code_of(inside) != code_of(outside)
    assert code_of("x = 'a'\n") != code_of("'a'\n") == code_of("") == code_of("# a\n")


# All tests together read every file once, and again what they edit.
kept = functools.cache(code_of)


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A copy of the library in place of the one that was imported, and a function that imports it, as it were."""
    home = tmp_path / "nnjax"
    shutil.copytree(provenance._HOME, home, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(provenance, "_HOME", home)
    monkeypatch.setattr(provenance, "code_of", kept)

    def import_again():
        monkeypatch.setattr(provenance, "MODULES", provenance._modules())
        forget()

    import_again()
    yield home, import_again
    forget()


def forget():
    provenance.source.cache_clear()
    provenance.closure.cache_clear()


def append(path, text):
    path.write_text(path.read_text(encoding="utf-8") + textwrap.dedent(text), encoding="utf-8")


def test_an_edit_after_the_import_is_not_the_code_that_runs(library):
    home, import_again = library
    before = provenance.source()
    append(home / "losses.py", "\nONE = 1\n")
    forget()
    assert provenance.source() == before
    import_again()
    assert provenance.source() != before


NUMBERS = {"nnjax.mlp", "nnjax.solvers.by_name", "nnjax.engine.train", "nnjax.engine.lanes_last", "nnjax.batches"}
NO_NUMBERS = {
    "nnjax.theory.mean_field",
    "nnjax.tuning",
    "nnjax.tasks.text",
    "nnjax.engine.store.locks",
    "nnjax.measures",
}


def test_only_the_modules_that_a_sweep_imports_count(library):
    home, import_again = library
    assert provenance.closure() >= NUMBERS
    assert not provenance.closure() & NO_NUMBERS
    before = provenance.source()
    append(home / "losses.py", "\n# A comment.\n")
    for name in provenance.MODULES.keys() - provenance.closure():
        append(file_of(home, name), "\nONE = 1\n")
    import_again()
    assert provenance.source() == before
    for name in provenance.closure():
        module = provenance.MODULES[name]
        provenance.MODULES[name] = module._replace(text=module.text + "\nONE = 1\n")
        provenance.source.cache_clear()
        assert provenance.source() != before, name
        before = provenance.source()


def file_of(home, name):
    file = home.parent.joinpath(*name.split("."))
    return file / "__init__.py" if file.is_dir() else file.with_suffix(".py")


@pytest.mark.parametrize(
    "line",
    [
        "import nnjax.theory.mean_field",
        "from nnjax.theory import mean_field as m",
        "from .theory.mean_field import critical",
    ],
)
def test_an_import_inside_a_function_counts(library, line):
    home, import_again = library
    append(home / "losses.py", f"\ndef f():\n    {line}\n")
    import_again()
    assert "nnjax.theory.mean_field" in provenance.closure()
    before = provenance.source()
    append(home / "theory" / "mean_field.py", "\nONE = 1\n")
    import_again()
    assert provenance.source() != before


# Sweeps with a solver of each module, by lanes and by matrices, with an executor, and with a store. Compiled fastest.
RUNNING = """
import sys
from concurrent.futures import ThreadPoolExecutor

import nnjax
from nnjax import machine

machine.compiler_options = lambda: ((machine.OPTIMIZATION_LEVEL, 0),)
tool, files = sys.monitoring.PROFILER_ID, set()


def started(code, offset):
    files.add(code.co_filename)
    return sys.monitoring.DISABLE


sys.monitoring.use_tool_id(tool, "modules")
sys.monitoring.register_callback(tool, sys.monitoring.events.PY_START, started)
sys.monitoring.set_events(tool, sys.monitoring.events.PY_START)
some = {"hidden": (2,), "num_steps": 2, "seeds": 2}
solvers = {solver.__module__: name for name, solver in nnjax.solvers.by_name.SOLVERS.items()}
nnjax.sweep(nnjax.tasks.xor(), solver=list(solvers.values()), **some)
with ThreadPoolExecutor(1) as executor:
    nnjax.sweep(nnjax.tasks.xor(), init="orthogonal", batch_size=2, keep_params=True, executor=executor, **some)
nnjax.sweep(nnjax.tasks.xor(), store=sys.argv[1], **some)
print(*files, sep="\\n")
"""


def test_every_module_whose_code_runs_in_a_sweep_counts_or_is_named(tmp_path):
    """Also where something is imported by its name alone, which no text of an import tells."""
    script = tmp_path / "running.py"
    script.write_text(RUNNING)
    path = os.pathsep.join([str(provenance._HOME.parent), os.environ.get("PYTHONPATH", "")])
    command, env = [sys.executable, script, tmp_path / "runs.zarr"], os.environ | {"PYTHONPATH": path}
    run = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    files = {Path(line).resolve() for line in run.stdout.splitlines()}
    ran = {name for name in provenance.MODULES if file_of(provenance._HOME, name) in files}
    assert ran >= {"nnjax.engine.train", "nnjax.engine.store.writer", "nnjax.engine.remote"}
    others = ran - provenance.closure()
    assert [name for name in others if not name.startswith(provenance.NO_NUMBERS)] == []


def test_every_module_named_as_deciding_no_number_is_one():
    assert set(provenance.NO_NUMBERS) <= provenance.MODULES.keys()


def of_theory(params, data):
    """A measure as a user may write it, with a number from nnjax that was computed before JAX traces."""
    return dead_units.all_negative(2, 0.5) * params[0].w.sum()


def of_measures(params, data, *, start):
    return 2 * measures.distance(params, data, start=start)


@pytest.mark.parametrize("measure", [of_theory, of_measures, measures.distance])
def test_functions_that_no_sweep_imports_are_known_by_their_traces(monkeypatch, tmp_path, measure):
    """An edit of what is not hashed still makes a store refuse, where a measure of this sweep calls it."""

    def sweep(seeds):
        arguments = {"hidden": (2,), "num_steps": 4, "measure": {"m": measure}, "progress": False}
        return nnjax.sweep(nnjax.tasks.xor(), **arguments, seeds=seeds, store=tmp_path / "runs.zarr")

    assert not {"nnjax.measures", "nnjax.theory.dead_units"} & provenance.closure()
    sweep(2)
    assert (sweep(3).status != 0).all()
    monkeypatch.setattr(dead_units, "all_negative", lambda num, correlation: 0.1)
    monkeypatch.setattr(measures, "ravel_pytree", lambda params: (params[0].w.ravel(), None))
    with pytest.raises(ValueError, match=r"measure\['m'\].*: trace .* there, .* here, so it computes something else"):
        sweep(4)


def test_a_store_is_resumed_after_an_edit_that_changes_no_number(library, tmp_path):
    home, import_again = library

    def sweep(seeds):
        arguments = {"hidden": (2,), "num_steps": 4, "progress": False}
        return nnjax.sweep(nnjax.tasks.xor(), **arguments, seeds=seeds, store=tmp_path / "runs.zarr")

    sweep(2)
    append(home / "objective.py", "\n# A comment.\n")
    sweep(3)  # edited while it runs
    import_again()
    assert (sweep(4).status != 0).all()
    append(home / "objective.py", "\nONE = 1\n")
    sweep(5)
    import_again()
    with pytest.raises(ValueError, match=r"nnjax_source: '.*' there, '.*' here"):
        sweep(6)


def test_what_is_no_repository_has_no_commit(tmp_path):
    assert provenance.commit(tmp_path) == (None, None)
    assert provenance.version("no-such-package") is None


def test_differences_are_named():
    here = provenance.numerics()
    assert provenance.differences(here) == []
    assert provenance.differences(here | {"jax": "0.1"}) == [f"jax: '0.1' there, {here['jax']!r} here"]
    assert provenance.provenance("float32")["numerics"] == here


def changed(before, monkeypatch):
    """The names of the lines that tell what is not as it was."""
    found = [line.split(":")[0] for line in provenance.differences(before)]
    monkeypatch.undo()
    return found


@pytest.mark.parametrize(
    ("name", "value"), [("jax_random_seed_offset", 1), ("jax_disable_jit", True), ("jax_accurate_erf_inv", True)]
)
def test_settings_of_jax_that_change_numbers_are_recorded(monkeypatch, name, value):
    before = provenance.numerics()
    old = getattr(jax.config, name)
    jax.config.update(name, value)
    try:
        assert changed(before, monkeypatch) == [name]
    finally:
        jax.config.update(name, old)
    assert provenance.differences(before) == []


def test_an_unknown_setting_counts_and_a_harmless_one_does_not(monkeypatch):
    before = provenance.numerics()
    known = dict(jax.config.values)
    monkeypatch.setattr(
        type(jax.config), "values", known | {"jax_made_up": True, "jax_log_compiles": True, "jax_debug_nans": True}
    )
    assert changed(before, monkeypatch) == ["jax_made_up"]
    with jax.enable_x64(True), jax.default_matmul_precision("highest"), jax.numpy_rank_promotion("allow"):
        assert provenance.differences(before) == []


def test_what_the_environment_sets_is_recorded_with_the_file_that_it_names(monkeypatch, tmp_path):
    flags = tmp_path / "flags"
    flags.write_text("--xla_cpu_enable_fast_math=false")
    monkeypatch.setenv("XLA_FLAGS", str(flags))
    before = provenance.numerics()
    assert provenance.differences(before) == []
    flags.write_text("--xla_cpu_enable_fast_math=true")
    assert changed(before, monkeypatch) == ["XLA_FLAGS"]
    for name in provenance.ENVIRONMENT:
        before = provenance.numerics()
        monkeypatch.setenv(name, "--other")
        assert changed(before, monkeypatch) == [name]
