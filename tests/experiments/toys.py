"""A toy claim, role by role, as text; toy settings, and a toy statement."""

import dataclasses
from pathlib import Path
from typing import Annotated

from experiments.lab import checks, rules
from experiments.lab.verdicts import PUBLISHED, Statement

CONFIG = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Config:
    seeds: int = 3  # scientific: how many seeds
    rates: tuple[float, ...] = (0.1, 1.0)  # nuisance
    fail_in: str = ""  # fixed: where to raise

QUICK = Config()
FULL = Config(seeds={full})
"""
RUN = """
import numpy as np
import xarray as xr

def run(config):
    if config.fail_in == "run":
        raise RuntimeError("run was told to fail")
    x = np.arange(config.seeds)
    attrs = {"seconds": {"compile": 0.5}, "fail_in": config.fail_in}
    return xr.Dataset({"y": ("x", x / 7), "solved": ("x", x > 0)}, coords={"x": x}, attrs=attrs)
"""
VERDICTS = """
from experiments.lab import rules
from experiments.lab.verdicts import AIM, PUBLISHED, Statement

def statements(config):
    rule = rules.above(-1.0)
    source = "Toy (2000), table 1"
    high = Statement("toy-id", f"{config.seeds} toys are high.", PUBLISHED, source, rule, 0.5, settled_by="more toys")
    return [high, Statement("fast", "Toys are fast.", AIM, "", rules.at_most(1.0))]

def table(data):
    return [{"x": int(x), "y": float(y)} for x, y in zip(data.x, data.y)]

def verdicts(data):
    class config:
        seeds = data.sizes["x"]
    high, fast = statements(config)
    mean, low, n = float(data.y.mean()), float(data.y.min()), data.sizes["x"]
    return [high.verdict(f"Toys are {mean:.2f} high.", mean, low, float("inf"), n), fast.verdict("They are slow.", 2.0)]
"""
FIGURES = """
import matplotlib.pyplot as plt

def figures(data):
    if data.attrs["fail_in"] == "figures":
        raise RuntimeError("figures was told to fail")
    fig = plt.figure(figsize=(1, 1))
    fig.text(0.1, 0.5, "toy")
    return {"toy": fig}
"""
# As claims draw, with axes and a caption: laying these out takes long.
FULL_FIGURES = """
import matplotlib.pyplot as plt
from experiments.lab.figures import caption, interval_line

def figures(data):
    fig, ax = plt.subplots()
    interval_line(ax, data.x, data.y, data.y - 0.1, data.y + 0.1, "toy")
    caption(fig, "What is seen. " * 20)
    return {"toy": fig}
"""
# The roles besides `run` of a claim whose run returns the losses of a sweep.
SWEEPING = {
    "config": """
from dataclasses import dataclass

@dataclass(frozen=True)
class Config:
    seeds: int = 20

QUICK = Config()
FULL = Config(seeds=30)
""",
    "verdicts": """
def statements(config):
    return []

def table(data):
    return [{"loss": float(data.train_loss.mean())}]

def verdicts(data):
    return []
""",
    "figures": "def figures(data):\n    return {}\n",
}


def write_claim(root: Path, name: str, summary: str, full: int = 3, **roles: str) -> Path:
    """A toy claim `topic.claim` whose roles may be given as text; returns its folder."""
    folder = root.joinpath(*name.split("."))
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder.parent / "__init__.py").exists():
        (folder.parent / "__init__.py").touch()
    (folder / "__init__.py").write_text(f'"""{summary}\n\nMore words.\n"""\n')
    texts = {"config": CONFIG.format(full=full), "run": RUN, "verdicts": VERDICTS, "figures": FIGURES} | roles
    for role, text in texts.items():
        (folder / f"{role}.py").write_text(text)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """What a folder holds, by the names of its files."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


GOOD = Statement("id", "A claim.", PUBLISHED, "Toy (2000), table 1", rules.above(0.2), 0.5, settled_by="more toys")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Fields of every type, each with a comment behind it or above it."""

    widths: Annotated[tuple[int, ...], checks.at_least(2, count=2)] = (2, 4)  # scientific: hidden units
    rates: tuple[float, ...] = (0.1,)
    # fixed: of
    # which kind
    kind_of: Annotated[str, checks.one_of(("a", "b c"))] = "a"
    solvers: Annotated[tuple[str, ...], checks.one_of(("Adam", "SGD"), count=0)] = ("Adam",)
    layers: Annotated[tuple[int, ...], checks.any_order(1)] = (3, 3)
    blocks: Annotated[int, checks.at_least(8, 80, multiple=8)] = 8
    share: Annotated[float, checks.at_least(0, 1)] = 0.5
    limit: float | None = None
    formula: str | None = None
    on: bool = False
    cases: tuple[tuple[str, int], ...] = (("a", 1),)
    depths: Annotated[tuple[tuple[int, ...], ...], checks.any_order(1)] = ((1, 2), (3,))
