"""On what it cannot learn the perceptron goes round for ever; the pocket and the average make the best of it.

Sources: Minsky & Papert 1969, chapter 11, and Block & Levin 1970 (the weights stay bounded, so that on whole numbers
they must come back); Gallant 1990 (the pocket: keep the best weights seen, in the limit the best there are); Freund &
Schapire 1999 (the average of all weights). XOR is followed step by step. Then every Boolean function of n inputs, -1
and 1, that no neuron computes is given to the four rules: the perceptron as it stands when it is stopped, the pocket
with its ratchet and without, and the average. What is counted is the rows they get wrong beyond those that the best
neuron of all must get wrong, which is found by comparing with every function that is learned.

    python -m experiments perceptron.cycling                  # 3 inputs, 6 s
    python -m experiments perceptron.cycling --preset full    # 4 inputs, 5 minutes on 2 cores

Outputs: orbit, inseparable; table.csv has a row for each rule and number of rows visited.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict, cli
from experiments.lab.verdicts import verdict
from experiments.perceptron.shared import proofs as _proofs
from nnjax import neurons, statistics, tasks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RULES = ("perceptron", "averaged", "pocket without ratchet", "pocket")
# A rule that should get fewer rows wrong, and one that it should beat.
PAIRS = (("averaged", "perceptron"), ("pocket", "averaged"), ("pocket", "pocket without ratchet"))
STORE = False


@dataclass(frozen=True)
class Config:
    """Which functions are tried, and how many rows the rules may look at."""

    inputs: int = 4  # scientific: every function of so many inputs, 2 to 4
    visits: tuple[int, ...] = (16, 64, 256, 1024, 4096, 16_384)  # scientific: rows looked at
    num_epochs: int = 1000  # fixed: passes after which a perceptron would be undecided
    seed: int = 0  # fixed: of the pocket's order of rows


FULL = Config()
QUICK = Config(inputs=3, visits=(8, 64, 512))


def run(config: Config) -> xr.Dataset:
    """The orbit of XOR; periods and greatest weights of all functions; rows wrong beyond the best, by rule."""
    whole = all(isinstance(visits, int) and visits >= 1 for visits in config.visits)
    if config.inputs not in (2, 3, 4) or not config.visits or not whole:
        raise ValueError(f"inputs={config.inputs!r}, visits={config.visits!r}: 2 to 4 inputs, 1 visit or more")
    x = tasks.boolean_inputs(config.inputs)
    tables = tasks.truth_tables(tasks.all_functions(config.inputs), config.inputs)
    trained = _proofs.trained(x, tables, config.num_epochs)
    others = ~trained.learned
    best = _best(tables[others], tables[trained.learned])
    wrong = np.array([_wrong(config, x, tables[others], visits) for visits in config.visits])
    excess = wrong - best
    gains = np.array([[excess[-1, RULES.index(rule)] for rule in pair] for pair in PAIRS]).transpose(0, 2, 1)
    gain = gains[..., 0] - gains[..., 1]
    preset = " --preset full" if config == FULL else ""
    data = xr.Dataset(
        {
            "at_best": (("visits", "rule"), (excess == 0).sum(axis=2)),
            "mean_excess": (("visits", "rule"), excess.mean(axis=2)),
            "gain": ("pair", gain.mean(axis=1)),
            "gain_error": ("pair", gain.std(axis=1, ddof=1) / np.sqrt(gain.shape[1])),
            "best": ("errors", np.bincount(best, minlength=best.max() + 1)),
            "periods": ("period", np.bincount(trained.run.period[others])),
            "proved": int(trained.proved[others].sum()),
            "greatest": _greatest(x, tables[others], int(trained.run.epochs.max())),
        },
        coords={"visits": list(config.visits), "rule": list(RULES), "pair": [" or ".join(pair) for pair in PAIRS]},
        attrs={"inputs": config.inputs, "functions": int(others.sum())},
    )
    orbit = xr.concat([_orbit(low) for low in (0, -1)], "low").assign_coords(low=[0, -1])
    return xr.merge([data, orbit]).assign_attrs(data.attrs, command=f"python -m experiments perceptron.cycling{preset}")


def _orbit(low: int) -> xr.Dataset:
    """The weights of a perceptron on XOR [visit, 3], and where its round begins and how long it is, in visits."""
    x, y = tasks.boolean_inputs(2, low, 1), tasks.xor().y[:, 0]
    fit = neurons.perceptron_fit(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32), 100)
    path = neurons.perceptron_path(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32), 40)
    states = np.column_stack([path.w, path.b])
    period = 4 * int(fit.period)
    # The first state from which on the path repeats itself, row for row.
    start = next(i for i in range(len(states)) if (states[i:-period] == states[i + period :]).all())
    return xr.Dataset(
        {
            "orbit": (("visit", "coefficient"), states),
            "orbit_wrong": ("look", np.asarray(path.wrong)),
            "orbit_start": start,
            "orbit_period": period,
            "orbit_proved": bool(
                _proofs.is_certificate(jax.tree.map(lambda leaf: leaf[None], fit), x, y[None] == 1)[0]
            ),
        }
    )


def _best(tables: np.ndarray, learned: np.ndarray) -> np.ndarray:
    """The rows [m] that the best neuron gets wrong of each function: those that the nearest learned one has changed."""
    signs, known = np.where(tables, 1, -1).astype(np.float32), np.where(learned, 1, -1).astype(np.float32)
    return ((tables.shape[1] - (signs @ known.T).max(axis=1)) / 2).astype(int)


@jax.jit
def _rules(keys, x, y, visits):
    """Rows that each rule gets wrong of each function [rule, m]."""

    def one(key, y):
        pocket = neurons.pocket_fit(key, x, y, visits).errors
        loose = neurons.pocket_fit(key, x, y, visits, ratchet=False).errors
        averaged = neurons.averaged_fit(x, y, visits).errors
        w, b = _stopped(x, y, visits)[0]
        return jnp.stack([jnp.sum((x @ w + b > 0) != (y > 0)), averaged, loose, pocket])

    return jax.vmap(one, out_axes=1)(keys, y)


def _stopped(x, y, visits):
    """The perceptron as it stands after so many visits, and the greatest length that (w, b) has had."""

    def visit(i, carried):
        params, greatest = carried
        (w, b), _ = neurons.perceptron_step(params, x[i % len(x)], y[i % len(x)])
        return (w, b), jnp.maximum(greatest, w @ w + b * b)

    zero = jnp.zeros((), x.dtype)
    params, greatest = jax.lax.fori_loop(0, visits, visit, ((jnp.zeros_like(x[0]), zero), zero))
    return params, jnp.sqrt(greatest)


def _wrong(config: Config, x: np.ndarray, tables: np.ndarray, visits: int) -> np.ndarray:
    keys = jax.random.split(jax.random.key(config.seed), len(tables))
    # `visits` is traced: one program serves all numbers of them.
    return np.asarray(_rules(keys, jnp.asarray(x, jnp.float32), jnp.asarray(tables, jnp.float32), jnp.int32(visits)))


def _greatest(x: np.ndarray, tables: np.ndarray, num_epochs: int) -> float:
    """The greatest length of (w, b) that any of the functions ever leads to: all have come back by `num_epochs`."""
    rows, y = jnp.asarray(x, jnp.float32), jnp.asarray(tables, jnp.float32)
    return float(jax.jit(jax.vmap(lambda y: _stopped(rows, y, num_epochs * len(x))[1]))(y).max())


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """The orbit of XOR in weight space, and how the rules fare on all that cannot be learned."""
    from experiments.perceptron import _cycling_figures as draw

    return {"orbit": draw.orbit(data), "inseparable": draw.inseparable(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row for each rule and number of visits: functions at their best, with their part, and rows wrong beyond."""
    total = data.attrs["functions"]
    return [
        {"rule": rule, "visits": int(visits), "functions": total}
        | {"at_best": int(one.at_best), "part": int(one.at_best) / total, "mean_excess": float(one.mean_excess)}
        for rule in data.rule.values
        for visits in data.visits.values
        for one in [data.sel(rule=rule, visits=visits)]
    ]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """What a theorem says must hold of every function; the pocket's limit is reached where 99 % are at their best, and
    partly so where more than half are and their part still rises; one rule beats another where the whole interval
    does, partly where the mean does.
    """
    total, proved, last = data.attrs["functions"], int(data.proved), data.isel(visits=-1)
    n, visits = data.attrs["inputs"], int(last.visits)
    theorem = "perceptron cycling theorem (Minsky & Papert 1969; Block & Levin 1970)"
    period = int(data.orbit_period.sel(low=0))
    claim = "on XOR, inputs 0 and 1, the weights come back after one pass, each row corrected once"
    comes_back = bool(data.orbit_proved.all()) and period == 4
    found = [verdict(data, "XOR", claim, theorem, 4, period, "visits", comes_back)]
    claim = (
        f"on each of the {total:,} functions of {n} inputs that no neuron computes the weights come back, and so stay "
        f"bounded: (w, b) is never longer than {float(data.greatest):.3g}"
    )
    found.append(verdict(data, "all come back", claim, theorem, total, proved, "functions", proved == total))
    k = int(last.at_best.sel(rule="pocket"))
    interval = statistics.wilson(k, total)
    rises = bool((data.at_best.sel(rule="pocket").diff("visits") > 0).all())
    outcome = REPRODUCED if k > 0.99 * total else PARTLY if rises and 2 * k > total else NOT_REPRODUCED
    claim = f"after {visits:,} visits the pocket with its ratchet holds the best neuron there is"
    source = "Gallant 1990, Muselli 1997: in the limit always"
    found.append(
        verdict(data, "pocket", claim, source, 1, k / total, "", outcome, (float(interval[0]), float(interval[1])))
    )
    for (better, worse), pair in zip(PAIRS, data.pair.values, strict=True):
        gain, error = float(data.gain.sel(pair=pair)), float(data.gain_error.sel(pair=pair))
        low, high = gain - 1.96 * error, gain + 1.96 * error
        claim = f"after {visits:,} visits “{better}” gets fewer rows wrong than “{worse}”, over all functions in pairs"
        source = "Gallant 1990" if better == "pocket" else "Freund & Schapire 1999 (handwritten digits)"
        outcome = REPRODUCED if high < 0 else PARTLY if gain < 0 else NOT_REPRODUCED
        found.append(verdict(data, str(pair), claim, source, "below 0", gain, "rows", outcome, (low, high)))
    return found


if __name__ == "__main__":
    cli.main(__file__)
