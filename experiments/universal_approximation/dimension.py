"""Units that may be chosen err as 1/N in every dimension; bases that are fixed beforehand err as n^(-2/d).

Sources: Maurey (Pisier 1981), Barron 1993, lemma 1, theorems 1 and 6.

- Drawn units. A function that is the mean of a law of cosine units, in 1 to 32 dimensions. N units drawn from the law,
  averaged, have an expected squared error that is known exactly, and is 1/N of |f|^2 in every dimension (see
  `_drawn_units.py`). Measured on many draws, each with its own fresh inputs.
- Solved units. N units drawn from the law whose output weights are solved for: what the choice of outputs is worth.
- Trained units. Networks of N units on examples of the same function, by Adam, against both. All seeds of a d share its
  training set, which has many times more examples than a network has weights; each network is tested on fresh inputs
  of its own. The rate is tuned for each dimension, activation and N on seeds that are not reported.
- Fixed bases. All polynomials up to a total degree, and random features drawn once and for all, on cosine sums with
  random lattice frequencies of C_f = 1 (see `_cosine_sums.py`), in each d the same sums for all n. A sum of four
  cosines is a network of four units, but the bases need numbers of functions that grow as error^(-d/2). Distances in
  closed form, checked on fresh inputs; against what no basis can do, and against predicting nothing.

Barron's own bound (2 r C_f)^2 / N is d / N here, so large that none of this can break it: the last figure tells.

    python -m experiments universal_approximation.dimension                  # 10 s
    python -m experiments universal_approximation.dimension --preset full    # 4 minutes on 2 cores

Outputs: units, fixed_bases, exponents; table.csv has a row for each number and error.
"""

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from experiments.lab import cli
from experiments.universal_approximation import _drawn_units, _fixed_bases

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict


ATTRS = ("draws", "solved_draws", "sums", "seeds", "most_terms", "points_per_draw")  # what captions tell


@dataclass(frozen=True)
class Config:
    """What is drawn, trained and projected, and how often."""

    dims: tuple[int, ...] = (1, 2, 4, 8, 16, 32)  # scientific: inputs d
    drawn_units: tuple[int, ...] = (1, 4, 16, 64, 256)  # scientific: units drawn from the law
    units: tuple[int, ...] = (4, 16, 64)  # scientific: units of trained networks; one does no better than none
    activations: tuple[str, ...] = ("cos", "tanh")  # scientific: of trained networks
    features: tuple[int, ...] = (4, 16, 64, 256)  # scientific: random features
    most_polynomials: int = 3_000  # scientific: polynomials up to the last degree that has no more of them
    draws: int = 1_000  # scientific: networks drawn for each d and N
    solved_draws: int = 100  # scientific: networks drawn and solved for each d and N
    sums: int = 400  # scientific: cosine sums drawn for each d; on as many more the features' scale is chosen
    seeds: int = 8  # scientific: trained networks of each kind
    tuning_seeds: int = 2  # nuisance: seeds that choose the rate, never reported
    rates: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3)  # nuisance: tuned for every d, activation and number of units
    scales: tuple[float, ...] = (0.125, 0.25, 0.5, 1.0)  # nuisance: of the features' frequencies over the sums' largest
    most_terms: int = 4  # fixed: cosines in a sum
    points_per_draw: int = 256  # fixed: fresh inputs for each drawn network
    train_points: int = 65_536  # fixed
    test_points: int = 8_192  # fixed: fresh inputs for features
    batch_size: int = 256  # fixed
    num_steps: int = 3_000  # fixed
    seed: int = 0  # fixed


FULL = Config()
QUICK = Config(
    dims=(1, 8),
    drawn_units=(1, 8, 64),
    units=(8,),
    activations=("cos",),
    features=(4, 16, 64),
    most_polynomials=600,
    draws=200,
    solved_draws=20,
    sums=200,
    seeds=4,
    rates=(0.1,),
    scales=(0.25, 0.5),
    train_points=8_192,
    test_points=2_048,
    batch_size=128,
    num_steps=300,
)


def run(config: Config) -> xr.Dataset:
    """Errors of drawn and trained units [dim, units], and of the fixed bases [dim, degree or features]."""
    check(config)
    parts = [
        _drawn_units.drawn(config),
        _drawn_units.solved(config),
        _drawn_units.trained(config),
        _fixed_bases.bases(config),
    ]
    preset = " --preset full" if config == FULL else ""
    attrs = {name: getattr(config, name) for name in ATTRS}
    return xr.merge(parts).assign_attrs(
        attrs, command=f"python -m experiments universal_approximation.dimension{preset}"
    )


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    for name in ("dims", "drawn_units", "units", "features"):
        counts = getattr(config, name)
        if not counts or min(counts) < 1 or list(counts) != sorted(set(counts)):
            raise ValueError(f"{name}={counts!r} must hold rising whole numbers of 1 or more")
    for name, least in (("draws", 2), ("solved_draws", 2), ("sums", 2), ("seeds", 2), ("most_terms", 1)):
        if getattr(config, name) < least:
            raise ValueError(f"{name}={getattr(config, name)!r} must be {least} or more")
    if max(config.units) < 2:
        raise ValueError(f"units={config.units!r} must hold a number above 1: one unit does nothing as well")
    if config.points_per_draw < 1:
        raise ValueError(f"points_per_draw={config.points_per_draw!r} must be 1 or more")
    if config.most_polynomials < max(config.dims) + 1:
        raise ValueError(
            f"most_polynomials={config.most_polynomials!r} must allow degree 1: {max(config.dims) + 1} of them in "
            f"dims={config.dims!r}"
        )
    for name in ("scales", "rates"):
        if not getattr(config, name) or min(getattr(config, name)) <= 0:
            raise ValueError(f"{name}={getattr(config, name)!r} must hold numbers above 0")
    if config.train_points < config.batch_size:
        raise ValueError(f"train_points={config.train_points!r} must be {config.batch_size} or more, a batch")


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """Drawn and trained units on one line, the fixed bases off it, and how fast each falls."""
    from experiments.universal_approximation import _dimension_figures as draw

    return {"units": draw.units(data), "fixed_bases": draw.fixed_bases(data), "exponents": draw.exponents(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row for each method, dimension and number of units or functions: squared errors."""
    rows = []
    for d in data.dim.values:
        at = data.sel(dim=d)
        for n in data.drawn_units.values:
            one = at.sel(drawn_units=n)
            half = 1.96 * float(one.drawn_error)
            rows.append(_row("drawn", d, n, one.drawn, one.drawn - half, one.drawn + half, one.exact))
        for n in data.units.values:
            one = at.sel(units=n)
            rows.append(_row("drawn, solved", d, n, one.solved, one.solved_low, one.solved_high, _line(n)))
        for activation, n in itertools.product(data.activation.values, data.units.values):
            one = at.sel(activation=activation, units=n)
            row = _row(f"trained {activation}", d, n, one.trained, one.trained_low, one.trained_high, _line(n))
            rows.append(row | {"tuned": float(one.rate)})
        for kind, places in (("polynomials", "degree"), ("features", "num_features")):
            for i in range(data.sizes[places]):
                one = at.isel({places: i})
                n = float(one[f"{kind}_number"])
                if n > 0:
                    half = 1.96 * float(one[f"{kind}_error"])
                    mean = one[f"{kind}_mean"]
                    row = _row(kind, d, n, mean, mean - half, mean + half, one[f"{kind}_bound"])
                    rows.append(row | {"worst": float(one[f"{kind}_worst"])})
    return rows


def _line(num_units: int) -> float:
    """What so many drawn units err by."""
    return _drawn_units.SQUARED_NORM / int(num_units)


def _row(method: str, dim: int, number: float, *values: xr.DataArray | float) -> dict:
    names = ("squared_error", "low", "high", "reference")
    found = {name: float(value) for name, value in zip(names, values, strict=True)}
    return {"method": method, "dimensions": int(dim), "units": int(number)} | found | {"worst": None, "tuned": None}


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_dimension_verdicts`."""
    from experiments.universal_approximation import _dimension_verdicts

    return _dimension_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
