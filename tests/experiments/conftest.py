"""A repository with two toy claims, a claim that trains and one that counts, and the command line called on them."""

import re
import subprocess
import sys

import pytest

from experiments.lab import cli, runner
from nnjax import machine

GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@t")
TRAINS = '''
"""Do wider networks learn XOR more often?

A toy.
"""
from dataclasses import dataclass
from typing import Annotated

import matplotlib.pyplot as plt
import xarray as xr

import nnjax
from experiments.lab.estimates import count, mean
from experiments.lab.verdicts import OWN, Statement, above, equal
from experiments.lab.flags import one_of
from experiments.lab.repeat import seed
from experiments.lab.resume import kept


@dataclass(frozen=True)
class Config:
    widths: tuple[int, ...] = (2, 4)  # hidden neurons
    solver: Annotated[str, one_of(("adam", "sgd"))] = "adam"
    num_steps: int = 20
    seeds: int = 8


QUICK = Config(num_steps=10)
NAMES = {"width": "hidden neurons", "loss": "cross-entropy; nats"}


def train(width, config):
    runs = nnjax.sweep(nnjax.tasks.xor(), width=width, seeds=config.seeds, num_steps=config.num_steps,
                       loss="sigmoid_binary_cross_entropy", solver=config.solver, learning_rate=0.1)
    return xr.Dataset({"loss": runs.train_loss.reset_coords(drop=True)})


def run(config):
    parts = [kept(f"width{width}", lambda width=width: train([width], config)) for width in config.widths]
    last = train([3], config)
    return xr.concat([*parts, last], "width").assign(draw=seed(3), many=8_378_070_864)


def loss(data, level):
    return mean(data.loss.mean("width"), "seed", level)


def helper(data):
    return 1


STATEMENTS = (
    Statement("low", "The loss is above 0.", OWN, "nobody", above(0), loss, headline=True),
    Statement("many", "There are many.", OWN, "nobody", equal(1), lambda data, level: count(data.many > 8e9)),
)


def table(data):
    return data[["loss"]]


def losses(data):
    """The loss of each network."""
    fig, ax = plt.subplots()
    ax.plot(data.width, data.loss)
    return fig


FIGURES = (losses,)
'''
COUNTS = '''
"""Is two two?"""
from dataclasses import dataclass

import xarray as xr

from experiments.lab.estimates import exact
from experiments.lab.verdicts import OWN, Statement, equal
from ROOT.sums.more import two


@dataclass(frozen=True)
class Config:
    num: int = 2
    size: int = 9


QUICK = Config(size=3)
NAMES = {"two": "two"}
FIGURES = ()


def run(config):
    return xr.Dataset({"two": ("row", [two(), config.num])})


def table(data):
    return data


STATEMENTS = (Statement("two", "Two is two.", OWN, "nobody", equal(2), lambda data, level: exact(data.two.max())),)
'''


@pytest.fixture(scope="module", autouse=True)
def compiled_in_the_shortest_time():
    """Claims that train a little in their tests spend most of the time compiling."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "compiler_options", lambda: ((machine.OPTIMIZATION_LEVEL, 0),))
        yield


@pytest.fixture
def root(tmp_path):
    """The folder of the toy topics, in a git repository; a package of its own, as modules stay imported."""
    folder = tmp_path / f"toys_{tmp_path.name.replace('-', '_')}"
    topics = {"": 'TOPICS = ("sums", "nets")', "sums": 'CLAIMS = ("adding",)', "nets": 'CLAIMS = ("trained",)'}
    for name, text in topics.items():
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(text)
    (folder / "sums/adding.py").write_text(COUNTS.replace("ROOT", folder.name))
    (folder / "sums/more.py").write_text("def two():\n    return 2\n")
    (folder / "nets/trained.py").write_text(TRAINS)
    (tmp_path / ".gitignore").write_text("__pycache__\nresults\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    commit(folder)
    return folder


def commit(root):
    """Commit all files of the toy repository."""
    subprocess.run([*GIT, "add", "-A"], cwd=root.parent, check=True)
    subprocess.run([*GIT, "commit", "-qm", "all", "--allow-empty"], cwd=root.parent, check=True)


def edit(file, old, new):
    """Change a text in a file."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


@pytest.fixture
def call(root, monkeypatch, capsys, tmp_path_factory):
    """Call the command line on the toy claims in this process: its exit status, stdout and stderr."""
    # It leaves this process's JAX as it is; repeats have processes of their own.
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path_factory.mktemp("programs")))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setattr(sys, "path", list(sys.path))

    def run(*words):
        with pytest.raises(SystemExit) as end:
            cli.main(words, root)
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run


def check(module, config):
    """Check the settings of a claim, as a run does; the ValueError names fields, not flags."""
    try:
        runner.check(module, config)
    except ValueError as error:
        raise ValueError(re.sub(r"--([a-z-]+)", lambda flag: flag[1].replace("-", "_"), str(error))) from None
