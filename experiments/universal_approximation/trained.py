"""Trained: the error falls as neurons are added, for any activation; how fast, and how far from the best.

Sources: Cybenko 1989, Hornik et al. 1989: one hidden layer approximates any continuous function as well as one likes.
They say nothing of training. For N ReLU units the error E(N + 1) of the best N + 1 free pieces is a hard bound and
falls like N^-2 on smooth targets (de Boor 1973); what training loses is its error over that of the best network of N
units, computed up to N = 64. Smooth units can gain on analytic targets faster than any power of N (Mhaskar 1996).

Protocol: networks 1-N-1, twelve targets moved to [-1, 1], mean squared error, six activations: sigmoid, tanh, ReLU,
GELU, sine, and ELU, which is bent and not kinked, so that it stands between ReLU and the smooth ones. (A step is left
out: no gradient comes through it.) Units begin centred all over the interval. The scale of the first weights, and the
learning rate of Adam, are tuned for every solver, activation, target and N on two seeds that are not reported, by the
error at points that are not reported; the line search of L-BFGS and the damping of variable projection find theirs.
Errors are root mean squares over the interval: of ReLU networks by exact quadrature piece by piece, else on 3,000
points between the training points, 11 to a unit at the least. Slopes are of medians; their intervals resample the
seeds, each with its errors at all N. A network that diverged counts as worst.

What was cut to keep FULL within its time (seeds are in the captions too): a solver's stages give rows, seeds and steps
up to a width. Adam, float32, takes 1,000 steps of 64 rows; 32 seeds, but 16 at N = 128 and 8 at 256. L-BFGS, float64,
reports 32 seeds to N = 16, 8 to 64, then 6, after 200, 150, 50 and (N = 256) 30 steps. Variable projection, float64,
reports 32, 16, 8 and 6 seeds at N up to 8, 16, 32 and 64, where it ends, after 50 steps (30 at N = 64). The sine is
computed by `_sine`, which is faster than JAX's. QUICK is ReLU alone, with variable
projection and, at N = 4, Adam (`--activations tanh relu` takes twice the time: nearly all of it is compiling).

    python -m experiments universal_approximation.trained                  # 12 s, mostly compiling
    python -m experiments universal_approximation.trained --preset full    # 13 minutes on 2 cores

Outputs: error_by_target, rates, seconds, fits, film (an animation); table.csv has a row per solver, activation, target
and N.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from experiments.lab import cli
from nnjax.tasks import TARGETS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict
    from experiments.lab.figures import Film

type Stage = tuple[int, int, int, int]  # up to this width: training rows, seeds, steps


@dataclass(frozen=True)
class Config:
    """What is compared, and with how many networks."""

    widths: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # scientific: hidden neurons N
    activations: tuple[str, ...] = ("sigmoid", "tanh", "relu", "gelu", "sin", "elu")  # scientific
    targets: tuple[str, ...] = tuple(TARGETS)  # scientific
    scales: tuple[float, ...] = (1.0, 4.0, 16.0)  # nuisance: sizes of the first weights that are tried
    tuning_seeds: int = 2  # nuisance: seeds that choose, never reported
    # fixed: stages of each solver: up to a width so many training rows, reported seeds and steps; none: left out
    adam: tuple[Stage, ...] = ((64, 1024, 32, 1000), (128, 1024, 16, 1000), (256, 1024, 8, 1000))
    lbfgs: tuple[Stage, ...] = ((16, 256, 32, 200), (64, 512, 8, 150), (128, 512, 6, 50), (256, 512, 6, 30))
    projection: tuple[Stage, ...] = ((8, 1024, 32, 50), (16, 1024, 16, 50), (32, 1024, 8, 50), (64, 1024, 6, 30))
    fit_widths: tuple[int, ...] = (4, 16, 64)  # fixed: networks that are drawn with their knots
    film_widths: tuple[int, ...] = (2, 4, 8, 16, 32, 64)  # fixed: networks of the animation
    # fixed: whose error is drawn against time: activation, target, width
    cases: tuple[tuple[str, str, int], ...] = (
        ("relu", "sine", 16), ("tanh", "sine", 16), ("relu", "chirp", 64), ("tanh", "chirp", 64),
    )  # fmt: skip
    seconds: float = 2.0  # fixed: for each curve of error against time


FULL = Config()
QUICK = Config(
    widths=(4, 16), activations=("relu",), targets=("sine", "kink"), scales=(4.0,), adam=((4, 256, 6, 300),),
    lbfgs=(), projection=((16, 256, 6, 30),), fit_widths=(4, 16), film_widths=(16,),
    cases=(("relu", "sine", 4),), seconds=0.1,
)  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Errors [solver, activation, task, width, seed], references [task, width], and what the other figures need."""
    from experiments.universal_approximation import _trained_films, _trained_networks, _trained_seconds
    from experiments.universal_approximation._trained_references import references

    check(config)
    found, drawn = {}, {}
    for part in _trained_networks.parts(config):
        shown = part.solver == _trained_films.SOLVER and part.width in (*config.fit_widths, *config.film_widths)
        one, runs = _trained_networks.train(part, config, every_step=shown)
        found.setdefault(part.solver, []).append(one.expand_dims(width=[part.width]))
        if shown:
            drawn[part.width] = _trained_films.kept(one, runs, config)
    solvers = [xr.concat(parts, "width", join="outer") for parts in found.values()]
    data = xr.concat(solvers, xr.Variable("solver", list(found)), join="outer")
    data = data.transpose("solver", "activation", "task", "width", "seed")
    data = xr.merge([data, references(config), _trained_films.fits(drawn, config), _trained_films.film(drawn, config)])
    data = xr.merge([data, _trained_seconds.curves(data, config)])
    preset = " --preset full" if config == FULL else ""
    return data.assign_attrs(
        command=f"python -m experiments universal_approximation.trained{preset}",
        shown_target=_trained_films.shown_by(config)[1],
        steps={name: [list(stage) for stage in getattr(config, name)] for name in ("adam", "lbfgs", "projection")},
    )


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    unknown = [name for name in config.targets if name not in TARGETS]
    if unknown or not config.targets:
        raise ValueError(f"targets={config.targets!r}: must be names of nnjax.tasks.TARGETS: {', '.join(TARGETS)}")
    if min(config.widths, default=0) < 1 or list(config.widths) != sorted(set(config.widths)):
        raise ValueError(f"widths={config.widths!r} must be whole numbers of 1 or more, rising")
    stages = {name: getattr(config, name) for name in ("adam", "lbfgs", "projection")}
    for name, rows in stages.items():
        if any(seeds < 2 or points < 2 or steps < 1 for _, points, seeds, steps in rows):
            raise ValueError(
                f"{name}={rows!r}: each stage is (width, rows, seeds, steps), of 2 rows and seeds at least"
            )
    reach = {name: rows[-1][0] for name, rows in stages.items() if rows}
    if "projection" not in reach or max(reach.values()) < config.widths[-1]:
        raise ValueError(
            f"adam, lbfgs and projection reach N of {reach!r}: projection is needed, and one must reach the width "
            f"{config.widths[-1]}"
        )
    for name in ("fit_widths", "film_widths"):
        some = [n for n in getattr(config, name) if n in config.widths and n <= reach["projection"]]
        if not some:
            raise ValueError(f"{name}={getattr(config, name)!r} must hold a width that variable projection trains")
    if not config.cases:
        raise ValueError("cases=() must hold one at least: activation, target, width")
    for activation, task, width in config.cases:
        inside = activation in config.activations and task in config.targets and width in config.widths
        if not inside or width > min(reach.values()):
            raise ValueError(
                f"cases={config.cases!r}: {(activation, task, width)!r} is not among what every solver trains"
            )


def figures(data: xr.Dataset) -> "dict[str, Figure | Film]":
    """Error against N, the two rates, error against seconds, fits with their knots, and the animation."""
    from experiments.universal_approximation import _trained_figures as draw
    from experiments.universal_approximation import _trained_fits as shapes

    return {
        "error_by_target": draw.by_target(data),
        "rates": draw.rates(data),
        "seconds": draw.seconds(data),
        "fits": shapes.fits(data),
        "film": shapes.film(data),
    }


def table(data: xr.Dataset) -> list[dict]:
    """A row per solver, activation, target and N: the median error, its interval, and for ReLU what is possible."""
    from experiments.universal_approximation import _trained_summary as summary

    middle, low, high = summary.medians(data)
    return [
        dict(zip(("solver", "activation", "target", "width"), key, strict=True))
        | {"seeds": int(np.isfinite(data.error.sel(place).values).sum()), "rms_error": float(middle.sel(place))}
        | {"low": float(low.sel(place)), "high": float(high.sel(place))}
        | {"learning_rate": float(data.rate.sel(place)), "first_weights": float(data.scale.sel(place))}
        | {
            name: float(data[variable].sel(task=key[2], width=key[3])) if key[1] == "relu" else None
            for name, variable in (("free_knot_bound", "bound"), ("best_network", "best"))
        }
        for key in middle.stack(row=middle.dims).row.values
        for place in [dict(zip(middle.dims, key, strict=True))]
        if not np.isnan(middle.sel(place))
    ]


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_trained_verdicts`."""
    from experiments.universal_approximation import _trained_verdicts

    return _trained_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
