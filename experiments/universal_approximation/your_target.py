"""Your own function or points: how near do trained networks come, and which solver brings them there?

Sources: Leshno et al. 1993 (enough units approximate any continuous function); the best that N ReLU units can do is
computed without training (`nnjax.theory.approximation`).

    python -m experiments universal_approximation.your_target --function "exp(-x**2)*sin(9*x)" --low -2 --high 2
    python -m experiments universal_approximation.your_target --function package.module:name
    python -m experiments universal_approximation.your_target --data points.csv

A formula may hold x, numbers, + - * / **, pi, e and the usual functions; it is parsed, never evaluated as Python. A
function at an address takes a NumPy array. A file has a column of x and one of y; of its places every fourth, but no
end, is for testing, with all its points.

Networks of one hidden layer of N units, ReLU and tanh, from the same starts: by variable projection in float64, and by
Adam in float32. Rates are tuned for each solver, activation and N by the training loss, on seeds that are not reported.
Errors are root mean squares, in parts of the target's standard deviation: of a function integrals over the interval, of
a file means over the points that were held out. The table has them in the units of y as well.

    python -m experiments universal_approximation.your_target                  # a formula, about 8 s
    python -m experiments universal_approximation.your_target --preset full    # 45 s on 2 cores

Outputs: error, seconds, fits; table.csv has a row for each solver, activation and N.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from experiments.lab import cli
from experiments.universal_approximation import _your_target, _your_target_runs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict


STORE = False  # times are measured


@dataclass(frozen=True)
class Config:
    """What is approximated, and by how many networks."""

    function: str | None = None  # scientific: a formula of x, or the address package.module:name; None: `DEFAULT`
    data: str | None = None  # scientific: a file of points, in place of a function
    low: float | None = None  # scientific: from here, -1 for a function and the first point of a file if not given
    high: float | None = None  # scientific: to here, 1 for a function and the last point of a file if not given
    widths: tuple[int, ...] = (2, 4, 8, 16, 32)  # scientific: hidden units
    activations: tuple[str, ...] = ("relu", "tanh")  # scientific
    seeds: int = 16  # scientific: networks of each kind
    tuning_seeds: int = 2  # nuisance: seeds that choose the rate, never reported
    projection_rates: tuple[float, ...] = (1.0, 100.0)  # nuisance: reciprocals of the first damping
    adam_rates: tuple[float, ...] = (0.01, 0.03, 0.1)  # nuisance
    num_points: int = 1_024  # fixed: training points of a function
    projection_steps: int = 300  # fixed
    adam_steps: int = 5_000  # fixed
    best_up_to: int = 64  # fixed: units up to which the best network is computed


FULL = Config()
QUICK = Config(
    widths=(4, 16),
    activations=("relu",),
    seeds=6,
    tuning_seeds=1,
    projection_rates=(1.0,),
    projection_steps=60,
    adam_rates=(0.03,),
    adam_steps=600,
)


def run(config: Config) -> xr.Dataset:
    """Test errors [solver, activation, units] with intervals, the best possible [units], and a fit of each kind."""
    check(config)
    problem = _your_target.problem(config)
    widths = _fitting(config, problem)
    parts = [_your_target_runs.trained(problem, widths, config), _your_target_runs.references(problem, widths, config)]
    grid = np.linspace(-1, 1, _your_target_runs.GRID)
    parts.append(_your_target_runs.shown(problem, grid))
    attrs = {"target": problem.label, "low": problem.interval[0], "high": problem.interval[1], "scale": problem.scale}
    attrs |= {"seeds": config.seeds, "rows": len(problem.data.x), "points": int(problem.function is None)}
    middle, half = sum(problem.interval) / 2, (problem.interval[1] - problem.interval[0]) / 2
    attrs |= {"jumps": [middle + half * place for place in problem.jumps], "places": problem.places}
    attrs["dropped"] = [n for n in config.widths if n not in widths]
    return xr.merge(parts).assign_attrs(attrs, command=_command(config))


def check(config: Config) -> None:
    """That the settings make sense, and the target too, before anything compiles.

    Raises:
        ValueError: naming the argument, the value and what is allowed.
    """
    _check_numbers(config)
    _fitting(config, _your_target.problem(config))


def _check_numbers(config: Config) -> None:
    from experiments.universal_approximation._your_target_runs import FEWEST_ROWS

    if not config.widths or min(config.widths) < 1 or list(config.widths) != sorted(set(config.widths)):
        raise ValueError(f"widths={config.widths!r} must hold rising whole numbers of 1 or more")
    unknown = [name for name in config.activations if name not in ("relu", "tanh")]
    if unknown or not config.activations:
        raise ValueError(f"activations={config.activations!r} must hold 'relu' or 'tanh', or both")
    if config.seeds < 2 or config.tuning_seeds < 1:
        raise ValueError(
            f"seeds={config.seeds!r} must be 2 or more, tuning_seeds={config.tuning_seeds!r} must be 1 or more"
        )
    if config.data is None and config.num_points < FEWEST_ROWS * (max(config.widths) + 1):
        raise ValueError(
            f"num_points={config.num_points!r} must be {FEWEST_ROWS * (max(config.widths) + 1)} or more, "
            f"{FEWEST_ROWS} for each piece of the widest network, widths={config.widths!r}"
        )


def _fitting(config: Config, problem: _your_target.Problem) -> tuple[int, ...]:
    """The widths whose networks have fewer parameters than a file has places for training."""
    widths = tuple(n for n in config.widths if 3 * n + 1 < problem.places)
    if not widths:
        raise ValueError(
            f"widths={config.widths!r}: data has {problem.places} places for training, and a network of N units "
            f"3 N + 1 parameters, so N must be below {(problem.places - 1) // 3 + 1}"
        )
    return widths


def _command(config: Config) -> str:
    parts = ["python -m experiments universal_approximation.your_target"]
    default = Config()
    parts += [
        f"--{name} {getattr(config, name)!r}"
        for name in ("function", "data", "low", "high")
        if getattr(config, name) != getattr(default, name)
    ]
    return " ".join(parts) + (" --preset full" if config.widths == FULL.widths else "")


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """Error against N and against seconds, and the fits."""
    from experiments.universal_approximation import _your_target_figures as draw

    return {"error": draw.error(data), "seconds": draw.seconds(data), "fits": draw.fits(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row for each solver, activation and number of units."""
    from experiments.universal_approximation._your_target_verdicts import at_equal_seconds

    rows, data = [], data.assign(equal=at_equal_seconds(data))
    for place in data["median"].stack(place=("solver", "activation", "units")).place.values:
        one = data.sel(dict(zip(("solver", "activation", "units"), place, strict=True)))
        best = float(one.best) if place[1] == "relu" else np.nan
        rows.append(
            {"solver": place[0], "activation": place[1], "units": int(place[2]), "median": float(one["median"])}
            | {"low": float(one.low), "high": float(one.high), "least": float(one.least)}
            | {"median_in_units_of_y": float(one["median"]) * data.attrs["scale"], "best_network": best}
            | {"bound": float(one.bound) if place[1] == "relu" else np.nan, "over_best": float(one["median"]) / best}
            | {"rate": float(one.rate), "failed": int(one.failed), "seconds_per_network": float(one.seconds)}
            | {"median_at_equal_seconds": float(one.equal)}
        )
    return rows


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_your_target_verdicts`."""
    from experiments.universal_approximation import _your_target_verdicts

    return _your_target_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
