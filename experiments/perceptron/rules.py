"""Rosenblatt's rule separates whatever can be separated; least squares and gradient descent need not.

Sources: Widrow & Hoff 1960; Brady, Raghavan & Slawny 1989 (separable data on which gradient descent on the squared
error of a sigmoid neuron has one minimum, and it does not separate; and four vectors in two dimensions with a local
minimum of large basin); Sontag & Sussmann 1991 (the cure: an error that is zero beyond the targets has no such minima,
and the exact gradient flow separates in finite time, however long that is).
Their very numbers are not at hand: the data here were made for this experiment, to do the same.

- The fourteen gates that one neuron computes: every rule should learn them.
- A lone row. Rows -1 (false) and 1 (true), n of each, and one row -0.5 (true): separable for every n. The more rows
  there are on the sides, the less a mean error gains from the lone one. Where the error has one finite minimum (least
  squares; cross-entropy with targets 0.1 and 0.9, which is convex), that minimum is computed and is the reference.
- Four vectors: (2, 1), (2, 3), (1, 0) true and (10, -8) false, no bias. With the squared error of a sigmoid and targets
  0.1 and 0.9 the weights (1.93, -0.58) are a local minimum that gets (10, -8) wrong.

Full batch, so that Widrow and Hoff's rule is averaged over the rows, and float64. Rates are tuned for each rule and
each data set on seeds that are not reported, for the least error.

    python -m experiments perceptron.rules                  # 12 s
    python -m experiments perceptron.rules --preset full    # 80 s on 2 cores

Outputs: lone_row, four_vectors; table.csv has a row for each rule and data set.
"""

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from experiments.lab import cli
from experiments.perceptron import _rules

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict


@dataclass(frozen=True)
class Config:
    """Which data, how many neurons, for how long."""

    side_rows: tuple[int, ...] = (1, 3, 10, 30, 100, 300)  # scientific: rows on each side of the lone one
    scales: tuple[float, ...] = (0.1, 0.3, 1.0, 3.0, 10.0)  # scientific: standard deviation of the first weights
    seeds: int = 400  # scientific: neurons of each kind
    tuning_seeds: int = 20  # nuisance: neurons on which a rate is chosen
    rates: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)  # nuisance: tuned for each rule and data set
    num_steps: int = 100_000  # fixed: full-batch updates
    num_epochs: int = 10_000  # fixed: passes that the perceptron is given


FULL = Config()
QUICK = Config(side_rows=(1, 10, 100), scales=(0.3, 1.0), seeds=40, tuning_seeds=5, rates=(0.03, 3.0), num_steps=5_000)


def run(config: Config) -> xr.Dataset:
    """Neurons that separate, by rule, on the gates, with the lone row, and on the four vectors; what was computed."""
    gates, lone = _rules.gates(), _rules.lone_rows(config.side_rows)
    together = _rules.trained(gates | lone, config)
    four = _rules.trained(_rules.four_vectors(), config, scales=config.scales, bias=False)
    parts = [
        together.sel(task=list(gates)).rename(task="gate"),
        together.sel(task=list(lone)).rename(task="rows").assign_coords(rows=list(config.side_rows)),
        four.squeeze("task", drop=True),
    ]
    kinds = zip(("gates", "lone", "four"), parts, strict=True)
    parts = [part.rename({name: f"{kind}_{name}" for name in part.data_vars}) for kind, part in kinds]
    data = xr.merge([*parts, _rules.computed_minima(config.side_rows), _rules.landscape()])
    preset = " --preset full" if config == FULL else ""
    attrs = {"seeds": config.seeds, "num_steps": config.num_steps}
    return data.assign_attrs(attrs, command=f"python -m experiments perceptron.rules{preset}")


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """Who separates the lone row, and the four vectors with the landscape of their error."""
    from experiments.perceptron import _rules_figures as draw

    return {"lone_row": draw.lone_row(data), "four_vectors": draw.four_vectors(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row for each rule and data set: neurons, those that separate, and the rate that was tuned."""
    rows = []
    for kind, dim in (("gates", "gate"), ("lone", "rows"), ("four", "scale")):
        for rule, which in itertools.product(data.rule.values, data[dim].values):
            one = data.sel({"rule": rule, dim: which})
            row = {"data": kind, "which": which.item(), "rule": str(rule), "neurons": int(one[f"{kind}_count"])}
            row |= {"separate": int(one[f"{kind}_separate"]), "learning_rate": float(one[f"{kind}_rate"])}
            if kind == "lone":
                row["minimum_separates"] = int(one.minimum_separates)
            rows.append(row)
    return rows


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_rules_verdicts`."""
    from experiments.perceptron import _rules_verdicts

    return _rules_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
