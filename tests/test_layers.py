"""The architecture holds: imports run one way, experiments use what is public, and few modules write files."""

import ast
import functools
import importlib.util
import inspect
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from scipy.sparse.csgraph import connected_components

import nnjax

ROOT = Path(__file__).resolve().parents[1]

# Low to high. A layer imports only layers before it, and a leaf only the three lowest. A layer that has become a
# folder keeps its place: `nnjax.tasks.boolean` lives in `nnjax.tasks`.
LAYERS = [
    "nnjax.checks",
    "nnjax.naming",
    "nnjax.typing",
    "nnjax.activations",
    "nnjax.initializers",
    "nnjax.statistics",
    "nnjax.losses",
    "nnjax.tasks",
    "nnjax.batches",
    "nnjax.neurons",
    "nnjax.mlp",
    "nnjax.theory",
    "nnjax.solvers",
    "nnjax.spec",
    "nnjax.objective",
    "nnjax.allowed",
    "nnjax.arguments",
    "nnjax.combinations",
    "nnjax.training",
    "nnjax.measures",
    "nnjax.tuning",
    "nnjax.machine",
    "nnjax.provenance",
    "nnjax.hooks",
    "nnjax.engine.request",
    "nnjax.engine.identity",
    "nnjax.engine.draws",
    "nnjax.engine.padding",
    "nnjax.engine.cost",
    "nnjax.engine.variables",
    "nnjax.engine.layouts",
    "nnjax.engine.lanes_last",
    "nnjax.engine.programs",
    "nnjax.engine.pace",
    "nnjax.engine.plan",
    "nnjax.engine.weights",
    "nnjax.engine.train",
    "nnjax.engine.jobs",
    "nnjax.engine.records",
    "nnjax.engine.dataset",
    "nnjax.engine.progress",
    "nnjax.engine.local",
    "nnjax.engine.remote",
    "nnjax.engine.store",
    "nnjax.engine.sweep",
    "nnjax.engine.refit",
    "nnjax.params",
    "nnjax.sklearn",
    "nnjax.engine",
    "nnjax",
]
LOWEST = {"nnjax.checks", "nnjax.naming", "nnjax.typing"}
LEAVES = {"nnjax.activations", "nnjax.initializers", "nnjax.statistics", "nnjax.losses"}
INITS = {"nnjax.engine", "nnjax"}  # an __init__ alone: a new module beside it needs a layer of its own
FOREIGN = {"experiments", "matplotlib", "tyro"}  # never in the library, not even inside a function
WRITERS = ("nnjax.mlp", "nnjax.engine.pace", "nnjax.engine.store", "experiments.lab")
HEAVY = ["pandas", "xarray", "matplotlib", "sklearn", "zarr", "scipy.stats", "tqdm"]  # not loaded by `import nnjax`

WRITING_METHODS = {
    "write_text", "write_bytes", "savez", "savez_compressed", "savetxt", "tofile",
    "savefig", "to_netcdf", "to_zarr", "to_csv", "to_pickle", "to_parquet",
}  # fmt: skip
WRITING_FUNCTIONS = {("json", "dump"), ("pickle", "dump"), ("np", "save"), ("numpy", "save"), ("jnp", "save")}


def within(module, layer):
    return module == layer or module.startswith(layer + ".")


def layer_of(module):
    """The layer of a module of the library, or None."""
    return next((r for r in LAYERS if (module == r if r in INITS else within(module, r))), None)


@functools.cache
def parsed(source):
    """The tree of a source, for all who look at it: nobody changes it."""
    return ast.parse(source)


@functools.cache
def imported(source, module, is_package):
    """(line, dotted name) of every import anywhere in the file, relative ones resolved."""
    found = []
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.append((node.lineno, alias.name))
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".") if is_package else module.split(".")[:-1]
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join(base + ([node.module] if node.module else []))
            for alias in node.names:
                found.append((node.lineno, f"{start}.{alias.name}"))
    return found


def target_layer(name):
    """The layer of an imported name: `nnjax.mlp.init` is in `nnjax.mlp`, `nnjax.sweep` in `nnjax`."""
    parts = name.split(".")
    prefixes = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
    return next(layer for prefix in prefixes if (layer := layer_of(prefix)))


def import_faults(source, module, is_package=False):
    """Arrows that run back in one file of the library or of the experiments."""
    tree = parsed(source)
    names = imported(source, module, is_package)
    if module.split(".")[0] == "experiments":
        relative = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level}
        faults = [f"{module}:{line} has a relative import, which experiments/lab/code.py does not follow"
                  for line in sorted(relative)]  # fmt: skip
        return faults + [
            f"{module}:{line} imports {name}"
            for line, name in names
            if line not in relative and not experiment_may_import(module, name)
        ]
    here = layer_of(module)
    if here is None:
        return [f"{module} has no layer: give it one in LAYERS"]
    faults = []
    for line, name in names:
        if name.split(".")[0] in FOREIGN:
            faults.append(f"{module}:{line} imports {name}, which the library never does")
        elif name.split(".")[0] == "nnjax" and (there := target_layer(name)) != here:
            if here in LEAVES and there not in LOWEST:
                faults.append(f"{module}:{line} imports {name}, but {here} is a leaf")
            elif LAYERS.index(there) > LAYERS.index(here):
                faults.append(f"{module}:{line} imports {name}, but {here} is below {there}")
    return faults


def experiment_may_import(module, name):
    """The lab knows no topic; a claim knows the lab, itself, and of its topic files and folders that are no claims."""
    own, other = module.split(".")[1:], name.split(".")[1:]
    if not name.startswith("experiments.") or not own:
        return True
    if own == ["lab", "cli"] and other[0] == "speed":
        return True  # it is a command
    if own[0] in ("lab", "__main__") or own[0] != other[0]:
        return other[0] == "lab"
    place = ROOT.joinpath("experiments", *other[:2])
    file = place.with_suffix(".py")
    is_file = file.exists() and "\nSTATEMENTS" not in file.read_text(encoding="utf-8")
    return other[:2] == own[:2] or is_file or (len(other) > 1 and (place / "__init__.py").exists())


def may_be_used(name):
    """Whether `nnjax.<name>`, or what lies below it, is public: in `nnjax.__all__`, or a module beside the engine."""
    first = name.split(".")[0]
    module = ROOT / "nnjax" / first
    is_module = module.is_dir() or module.with_suffix(".py").is_file()
    return first != "engine" and not first.startswith("_") and (first in nnjax.__all__ or is_module)


def private_uses(source, module, is_package=False):
    """What one file takes from the library, or mentions of it, that is not public."""
    tree, found = parsed(source), set()
    for line, name in imported(source, module, is_package):
        if name.startswith("nnjax.") and not may_be_used(name.removeprefix("nnjax.")):
            found.add((line, name))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "nnjax":
            if node.attr != "__version__" and not may_be_used(node.attr):
                found.add((node.lineno, f"nnjax.{node.attr}"))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {(node.lineno, name) for name in re.findall(r"nnjax[./]engine[\w./]*", node.value)}
    return [f"{module}:{line} uses {name}, which is private" for line, name in sorted(found)]


def import_circles(sources):
    """Groups of modules that import one another, from (source, module, is_package); [] where imports run one way.

    `from package import name` is an import of the module `package.name` where there is one, else of the package.
    """
    sources = list(sources)
    known = {module for _, module, _ in sources}
    graph = {}
    for source, module, is_package in sources:
        names = {name for _, name in imported(source, module, is_package)}
        graph[module] = {name if name in known else name.rpartition(".")[0] for name in names} & known - {module}
    rows = sorted(graph)
    places = {module: i for i, module in enumerate(rows)}
    arrows = [(places[a], places[b]) for a in rows for b in graph[a]]
    matrix = scipy.sparse.coo_array(
        (np.ones(len(arrows)), tuple(np.array(arrows, int).reshape(-1, 2).T)), shape=(len(rows),) * 2
    )
    _, group = connected_components(matrix, directed=True, connection="strong")
    members = [[rows[i] for i in np.flatnonzero(group == g)] for g in np.unique(group)]
    return [found for found in members if len(found) > 1]


def style_faults(source, module):
    """In the library: prints, asserts, and anything public that has no docstring."""
    tree = parsed(source)
    faults = [] if ast.get_docstring(tree) else [f"{module} has no docstring"]
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            faults.append(f"{module}:{node.lineno} asserts")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            faults.append(f"{module}:{node.lineno} prints")
    return faults + docstring_faults(tree, module)


def docstring_faults(scope, module):
    faults = []
    for node in scope.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if node.name.startswith("_"):
                continue
            if not ast.get_docstring(node):
                faults.append(f"{module}:{node.lineno} {node.name} has no docstring")
            if isinstance(node, ast.ClassDef):
                faults += docstring_faults(node, module)
    return faults


def opens_for_writing(call):
    """Whether a call of some `open` has a mode that writes; a mode that is computed counts as one."""
    for keyword in call.keywords:
        if keyword.arg == "mode":
            return not isinstance(keyword.value, ast.Constant) or bool(set("wax+") & set(keyword.value.value))
    texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return any(re.fullmatch(r"[rwaxbt+]{1,4}", t) and set("wax+") & set(t) for t in texts)


def write_faults(source, module):
    """Files written from a package that is none of WRITERS."""
    if any(within(module, writer) for writer in WRITERS):
        return []
    faults = []
    for node in ast.walk(parsed(source)):
        if not isinstance(node, ast.Call):
            continue
        call = node.func
        name = call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "")
        owner = call.value.id if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name) else ""
        writes = name in WRITING_METHODS or (owner, name) in WRITING_FUNCTIONS
        if writes or (name == "open" and opens_for_writing(node)):
            faults.append(f"{module}:{node.lineno} writes a file ({name})")
    return faults


def files(package):
    """(source, module, is_package) of every file under a package of this repository, or of one file."""
    home = ROOT / package
    for path in sorted(home.rglob("*.py")) if home.is_dir() else [home]:
        parts = path.relative_to(ROOT).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        yield path.read_text(encoding="utf-8"), ".".join(parts[:-1] if is_package else parts), is_package


def test_imports_run_one_way():
    found = [*files("nnjax"), *files("experiments")]
    assert {"nnjax.mlp", "nnjax.training", "experiments.lab.cli"} <= {module for _, module, _ in found}
    assert [fault for file in found for fault in import_faults(*file)] == []


def test_no_modules_import_one_another():
    assert import_circles([*files("nnjax"), *files("experiments")]) == []


def test_a_circle_is_found_and_a_package_that_imports_its_parts_is_none():
    circle = [
        ("import p.b", "p.a", False),
        ("from p import c", "p.b", False),
        ("def f():\n    from . import a", "p.c", False),
    ]
    assert import_circles(circle) == [["p.a", "p.b", "p.c"]]
    assert import_circles([("from p import a", "p", True), ("from p import b", "p.a", False), ("", "p.b", False)]) == []
    assert import_circles([("from p import a", "p", True), ("from p import f", "p.a", False)]) == [["p", "p.a"]]


TOPICS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "experiments").iterdir() if path.name[0] != ".")


@pytest.mark.parametrize("topic", [topic for topic in TOPICS if "__pycache__" not in topic])
def test_experiments_use_what_is_public(topic):
    """Whoever reads them learns what a user can do."""
    found = [fault for file in files(topic) for fault in private_uses(*file)]
    assert found == [], "\n".join(found)


def test_the_engine_is_private_and_exports_nothing():
    tree = ast.parse((ROOT / "nnjax" / "engine" / "__init__.py").read_text(encoding="utf-8"))
    assert "private" in ast.get_docstring(tree).split("\n")[0]
    assert len(tree.body) == 1  # the docstring
    assert "engine" not in nnjax.__all__
    assert sorted(set(nnjax.__all__)) == nnjax.__all__
    assert all(hasattr(nnjax, name) for name in nnjax.__all__)


@pytest.mark.parametrize(
    "source",
    [
        "from nnjax import engine",
        "import nnjax.engine.train as t",
        "def f():\n    import nnjax\n    return nnjax.engine",
        "from nnjax import nothing_of_the_kind",
        "nnjax.nothing_of_the_kind(3)",
        "f('nnjax.engine.store:open_store')",
        "path = 'nnjax/engine/sweep.py'",
    ],
)
def test_what_is_private_is_found(source):
    assert len(private_uses(source, "experiments.xor.trained")) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import nnjax\nnnjax.sweep(nnjax.tasks.xor())\nnnjax.__version__",
        "from nnjax import machine, statistics, sweep\nfrom nnjax.theory.approximation import barron",
        "import nnjax.theory.approximation, nnjax.mlp as m",
        "text = 'the engine of nnjax'\nother.engine",
    ],
)
def test_what_is_public_is_left_in_peace(source):
    assert private_uses(source, "experiments.xor.trained") == []


def test_the_map_of_contributing_names_every_folder_and_no_other():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    block = text[text.index("\n    nnjax/") : text.index("\n    results/")]
    paths, drawn = [], set()
    for line in block.strip("\n").splitlines():
        depth = (len(line) - len(line.lstrip()) - 4) // 2
        names = re.match(r"\s*((?:[\w.]+[/y]\s{1,2})+)", line + "  ")
        assert names, line
        for name in names[1].split():
            paths[depth:] = [name.rstrip("/")]
            drawn.add("/".join(paths))
    folders = {
        path.parent.relative_to(ROOT).as_posix()
        for package in ("nnjax", "experiments")
        for path in (ROOT / package).rglob("__init__.py")
    }
    claims = {name for name in folders if name.count("/") > 1 and name.startswith("experiments/")}
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "nnjax").glob("*.py")} - {"nnjax/__init__.py"}
    assert drawn == (folders - claims) | modules


def test_the_map_of_the_lab_names_every_module_and_no_other():
    lab = ROOT / "experiments" / "lab"
    drawn = re.findall(r"^- `(\w+)`: .", (lab / "__init__.py").read_text(encoding="utf-8"), re.MULTILINE)
    there = {path.stem for path in lab.glob("[!_]*.py")} | {path.parent.name for path in lab.glob("*/__init__.py")}
    assert sorted(drawn) == sorted(there)


def test_library_neither_prints_nor_asserts_and_documents_what_is_public():
    assert [fault for source, module, _ in files("nnjax") for fault in style_faults(source, module)] == []


def test_nothing_else_writes_files():
    found = [*files("nnjax"), *files("experiments")]
    assert [fault for source, module, _ in found for fault in write_faults(source, module)] == []


def test_import_is_light():
    used = "nnjax.theory.regions.tile, nnjax.statistics.wilson, nnjax.tuning.tune"  # each is there after `import nnjax`
    code = f"import sys, nnjax; {used}; print([name for name in {HEAVY} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "[]"


def test_every_public_module_has_a_page_and_no_other(monkeypatch):
    monkeypatch.setitem(sys.modules, "mkdocs", None)  # this must not be skipped where it is not installed
    spec = importlib.util.spec_from_file_location("hooks_of_docs", ROOT / "docs" / "hooks.py")
    hooks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hooks)
    public = {name for name in nnjax.__all__ if inspect.ismodule(getattr(nnjax, name))}
    assert hooks.modules() == sorted(public | {"sklearn"})
    assert sorted(set(hooks.public())) == nnjax.__all__


# The checkers themselves: each of these small sources must be found out, or left in peace.


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("nnjax.activations", "from nnjax import tasks"),
        ("nnjax.typing", "from nnjax import losses"),
        ("nnjax.mlp", "from . import training"),
        ("nnjax.mlp", "import nnjax"),
        ("nnjax.mlp", "def f():\n    from nnjax.theory import constructions"),
        ("nnjax.training", "from nnjax import mlp, engine"),
        ("nnjax.training", "import nnjax.engine.request as r"),
        ("nnjax.training", "from matplotlib import pyplot"),
        ("nnjax.engine.plan", "from .train import train"),
        ("nnjax.tasks.boolean", "from ..mlp import init"),
        ("nnjax.engine.attic", ""),
        ("experiments.lab.cli", "from ..xor import published"),
        ("experiments.perceptron.gates", "from experiments.xor import trained"),
        ("experiments.xor.trained", "from experiments.xor import published"),
        ("experiments.xor.solved", "from experiments.xor.published import Config"),
        ("experiments.xor.trained", "from experiments import __main__"),
    ],
)
def test_an_arrow_that_runs_back_is_found(module, source):
    assert len(import_faults(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "is_package", "source"),
    [
        ("nnjax.activations", False, "import jax\nimport jax.numpy as jnp\nfrom typing import NamedTuple"),
        ("nnjax.losses", False, "from nnjax import naming, typing"),
        ("nnjax.mlp", False, "from nnjax import activations, tasks\nfrom nnjax.tasks import Data"),
        ("nnjax.engine.plan", False, "from .request import Request\nfrom .. import mlp, machine"),
        ("nnjax.engine.train", False, "def f():\n    import xarray, tqdm"),
        ("nnjax.engine", True, "from . import plan\nfrom .sweep import sweep"),
        ("nnjax.tasks.boolean", False, "from .data import Data"),
        ("experiments.lab.cli", False, "import nnjax, tyro\nfrom experiments.lab import results"),
        ("experiments.xor.trained", False, "from experiments.lab import verdicts\nfrom experiments.xor import solved"),
        ("experiments.__main__", False, "from experiments.lab import cli"),
    ],
)
def test_an_arrow_that_runs_on_is_left_in_peace(module, is_package, source):
    assert import_faults(source, module, is_package) == []


DOCUMENTED = '"""A module."""\n'


@pytest.mark.parametrize(
    "source",
    [
        "",
        DOCUMENTED + "print(1)",
        DOCUMENTED + "assert 1 == 1",
        DOCUMENTED + "def f():\n    return 1",
        DOCUMENTED + "class A:\n    x = 1",
        DOCUMENTED + "class A:\n    '''A class.'''\n\n    def f(self):\n        return 1",
    ],
)
def test_bad_style_are_found(source):
    assert len(style_faults(source, "nnjax.mlp")) == 1


def test_good_style_are_left_in_peace():
    source = "def f():\n    '''One.'''\n    def g():\n        return 'print(1)'\n    return g"
    assert style_faults(DOCUMENTED + source, "nnjax.mlp") == []
    assert style_faults(DOCUMENTED + "def _f():\n    return 1", "nnjax.mlp") == []


@pytest.mark.parametrize(
    "source",
    [
        "open('a.txt', 'w')",
        "open(path, mode='ab')",
        "open(path, mode=m)",
        "path.open('x')",
        "gzip.open(path, 'r+b')",
        "np.save(path, a)",
        "data.to_netcdf(path)",
    ],
)
def test_writing_is_found(source):
    assert len(write_faults(source, "nnjax.training")) == 1
    assert len(write_faults(source, "experiments.xor.trained")) == 1
    assert write_faults(source, "experiments.lab.results") == []
    assert write_faults(source, "nnjax.mlp") == []


@pytest.mark.parametrize("source", ["open(path)", "open('w.txt', 'rb')", "path.open()", "mlp.save(path, p)"])
def test_reading_is_left_in_peace(source):
    assert write_faults(source, "nnjax.training") == []
