"""Trained ReLU networks come within a few percent of the best network of their size.

References, computed without training (`nnjax.theory.approximation`): the best network of N units and an output bias,
over knots and directions, and E(N + 1), the free-knot optimum that no such network can beat. Errors are exact L2
norms, piece by piece. Targets are moved to [0, 1], which changes no ratio of errors.

A start is a seed and a search, which costs the same for every seed:

1. start: one knot in each of N equal parts, units that face left or right at random;
2. solver and projection: Levenberg-Marquardt on the hidden layer, the output layer solved for;
3. moves, between rounds of that: the knots that do least, and those that have left the interval, are put where the
   error is; then units turn round, as costs least on these knots. A round that ends no lower is undone;
4. rows: half of them closer where the target bends more; and a last descent on more of them.

Each is left out in turn to see what it is worth. Adam and L-BFGS start from the same kind of start and go as many
steps as take the search's seconds, by a trial in the same process: so these differ from machine to machine, and with
them what the two reach. Adam's rate is tuned for every target and width on seeds that are not reported.

    python -m experiments universal_approximation.near_the_best                  # 10 s
    python -m experiments universal_approximation.near_the_best --preset full    # 9 minutes on 2 cores

Outputs: ratios, fits, ingredients; table.csv has a row for each target, width and way.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from experiments.lab import cli
from experiments.universal_approximation import _near_the_best_runs as runs
from experiments.universal_approximation._near_the_best_search import Search

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict

STORE = False  # times are measured


@dataclass(frozen=True)
class Config:
    """Which networks, how many, and what a search may cost."""

    targets: tuple[str, ...] = ("sine", "exp", "square", "runge")  # scientific
    units: tuple[int, ...] = (4, 8, 16, 32, 64)  # scientific
    seeds: int = 32  # scientific: starts for each target and width
    taken_apart: int = 16  # scientific: units of the networks whose search is tried without each ingredient
    shown: int = 8  # fixed: units of the networks whose knots are drawn
    solvers: tuple[str, ...] = ("Adam", "L-BFGS")  # scientific: what else is tried
    rates: tuple[float, ...] = (0.001, 0.003, 0.01)  # nuisance: Adam's, tuned for each target and width
    tuning_seeds: int = 3  # nuisance: seeds that choose the rate, never reported
    rows: tuple[int, ...] = (1024, 1024, 1024, 2048, 1024)  # fixed: training rows, by units
    final_rows: tuple[int, ...] = (4096, 4096, 4096, 6144, 2048)  # fixed: rows of the last descent, by units
    rounds: tuple[int, ...] = (12, 12, 10, 6, 6)  # fixed: by units
    round_steps: int = 15  # fixed: steps of a round
    final_steps: int = 25  # fixed: steps of the last descent

    def search(self, units: int) -> Search:
        """The search with all its ingredients for networks of this width."""
        i = self.units.index(units)
        return Search(self.rows[i], self.final_rows[i], self.rounds[i], self.round_steps, self.final_steps)


FULL = Config()
QUICK = Config(
    targets=("sine", "square"), units=(4,), seeds=8, taken_apart=4, shown=4, solvers=("Adam",), rates=(0.01,),
    rows=(512,), final_rows=(1024,), rounds=(4,),
)  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Errors of all starts over the best network's, by search and by solver; references; what ingredients are worth."""
    check(config)
    references, nets = runs.references(config)
    found, trained = runs.searches(config, references)
    parts = [references, found, runs.solvers(config, references, found), runs.taken_apart(config, references, found)]
    data = xr.merge([*parts, runs.fits(config, nets, trained)])
    preset = " --preset full" if config == FULL else ""
    command = f"python -m experiments universal_approximation.near_the_best{preset}"
    return data.assign_attrs(taken_apart=config.taken_apart, shown=config.shown, command=command)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    for name in ("rows", "final_rows", "rounds"):
        if len(getattr(config, name)) != len(config.units):
            raise ValueError(f"{name}={getattr(config, name)!r} must hold a number for each of units={config.units!r}")
    for name in ("taken_apart", "shown"):
        if getattr(config, name) not in config.units:
            raise ValueError(f"{name}={getattr(config, name)!r} must be one of units={config.units!r}")
    if not config.solvers or not set(config.solvers) <= set(runs.SOLVERS):
        raise ValueError(f"solvers={config.solvers!r} must be some of {list(runs.SOLVERS)}")
    if not config.rates or min(config.rates) <= 0:
        raise ValueError(f"rates={config.rates!r} must hold numbers above 0")
    if min(config.units) < 2 or min(config.rounds) < 1 or config.seeds < 2:
        raise ValueError(
            f"units={config.units!r} and seeds={config.seeds!r} must be 2 or more, rounds={config.rounds!r} 1 or more"
        )


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """Errors over the best network's by width, knots beside the best ones, and what ingredients are worth."""
    from experiments.universal_approximation import _near_the_best_figures as draw

    return {"ratios": draw.ratios(data), "fits": draw.fits(data), "ingredients": draw.ingredients(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row for each target, width and way: error over the best network's, median, least, greatest; seconds, steps."""
    rows = []
    for target in data.target.values:
        for units in data.units.values:
            one = data.sel(target=target, units=units)
            ways: dict[str, tuple] = {"search": (one.ratio, one.seconds, None)}
            for solver in data.solver.values:
                place = one.sel(solver=solver)
                ways[str(solver)] = (place.solver_ratio, place.solver_seconds, int(place.solver_steps))
            for way, (ratio, seconds, steps) in ways.items():
                row = {"target": str(target), "units": int(units), "way": way, "starts": ratio.size}
                row |= {"best_network": float(one.best), "bound": float(one.bound), "median": float(ratio.median())}
                row |= {"least": float(ratio.min()), "greatest": float(ratio.max())}
                rows.append(row | {"seconds": float(seconds), "steps": steps})
    return rows


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_near_the_best_verdicts`."""
    from experiments.universal_approximation import _near_the_best_verdicts as judge

    return judge.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
