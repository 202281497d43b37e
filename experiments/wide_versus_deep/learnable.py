"""What depth can express it need not learn: the sawtooth is found from near its solution, and not from random starts.

A sawtooth of 2^k straight pieces is k hidden layers of 2 ReLUs (`expressible`). Five questions, a part each:
- written down, it errs nothing;
- written down, every parameter moved by noise of growing size (a share of its layer's root mean square), then trained:
  how often does it return?
- from random starts, at the same shape, at wider ones of the same depth, and with one hidden layer of as many
  parameters: how often is it learned, depth by depth?
- does what is learned follow how well a shallow network can approximate the target at all (Malach & Shalev-Shwartz
  2019, who show it of gradient descent on fractal distributions)? Targets of n levels of detail, weighted from coarse
  to fine: sums of sawtooths, and the Cantor set with gaps of all levels. What a shallow network of the same width can
  do is computed, not trained: the best N + 1 free pieces, the best N + 2 runs of one answer. The obvious rival, that
  what is finer is harder, is held against it.
- does a shallow network that a deep one teaches (Ba & Caruana 2014) beat one that learns from the labels, where a deep
  one does? Points below a sawtooth or not, few labels and some of them wrong, many points without.

Sources: Telgarsky 2015; Malach & Shalev-Shwartz 2019, "Is deeper better only when shallow is good?"; Ba & Caruana 2014,
"Do deep nets really need to be deep?".

Protocol: Adam, cosine schedule, batches of 128 in an order drawn once, float32. A network has learned a sawtooth when
less than 1 % of its variance is left at test points. Learning rate, and from random starts the size of the first biases
(weights by He et al.), are tuned for every setting on seeds that are not reported, taught networks on draws of the data
of their own, and with AdamW's decay. Shares have Wilson's intervals.

    python -m experiments wide_versus_deep.learnable                  # 4 s, mostly compiling; the sawtooth alone
    python -m experiments wide_versus_deep.learnable --preset full    # 14 minutes on 2 cores

Outputs: perturbed, random_starts, coarse, taught; table.csv has a row per setting.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from experiments.lab import cli

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict


@dataclass(frozen=True)
class Config:
    """What is trained, and how many networks."""

    parts: tuple[str, ...] = ("sawtooth", "coarse", "taught")  # scientific: of the questions
    folds: tuple[int, ...] = (1, 2, 3, 4, 5, 6)  # scientific: k, so 2^k pieces and k hidden layers
    noises: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # scientific: shares of a layer's size
    widths: tuple[int, ...] = (2, 4, 8, 16)  # scientific: neurons in each of the k layers
    tilts: tuple[float, ...] = (0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0, 8.0, 16.0)  # scientific: of a level over the last
    families: tuple[str, ...] = ("sawtooths", "Cantor")  # scientific: of targets, see `_learnable_coarse`
    coarse_levels: tuple[int, ...] = (4, 5, 6)  # scientific: levels of detail, and hidden layers
    coarse_width: int = 8  # fixed: neurons in each of them
    near_rates: tuple[float, ...] = (1e-4, 1e-3, 1e-2)  # nuisance: learning rates from near the solution
    rates: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03)  # nuisance: from random starts
    bias_scales: tuple[float, ...] = (0.3, 1.0)  # nuisance: half-widths of the first biases
    tuning_seeds: int = 4  # nuisance: seeds that choose, never reported
    num_rows: int = 512  # fixed: training points on [0, 1]
    num_steps: int = 10_000  # fixed
    perturbed_seeds: int = 100  # fixed: reported networks of every k and noise
    seeds: int = 32  # fixed: reported networks of every k and shape
    coarse_steps: int = 10_000  # fixed
    coarse_seeds: int = 16  # fixed: reported networks of every target
    data_seed: int = 0  # fixed: of the draws of the Cantor examples
    taught_folds: int = 3  # fixed: teeth of the border
    taught_depth: int = 4  # fixed: hidden layers of the teacher
    taught_width: int = 16  # fixed: neurons in each
    taught_rates: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1)  # nuisance
    decays: tuple[float, ...] = (1e-3, 1e-2, 1e-1)  # nuisance: AdamW's
    num_labels: int = 1024  # fixed: labelled points
    wrong_labels: float = 0.1  # fixed: share of them that are wrong
    num_more: int = 8192  # fixed: points without labels
    taught_steps: int = 10_000  # fixed
    draws: int = 12  # fixed: reported draws of labels and points
    tuning_draws: int = 3  # nuisance: draws that choose, never reported
    taught_seeds: int = 4  # fixed: reported networks of every draw


FULL = Config()
QUICK = Config(
    parts=("sawtooth",), folds=(2,), noises=(0.01, 1.0), widths=(2,), tilts=(0.25, 1.0, 4.0),
    families=("Cantor",), coarse_levels=(2,), coarse_width=2, near_rates=(1e-3, 1e-2), rates=(0.01,),
    bias_scales=(0.3,), tuning_seeds=2, num_steps=300, perturbed_seeds=16, seeds=16, coarse_steps=300, coarse_seeds=4,
    taught_depth=2, taught_width=8, taught_rates=(0.03,), decays=(1e-2,), num_labels=256, num_more=256,
    taught_steps=200, draws=3, tuning_draws=1, taught_seeds=2,
)  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Shares of the variance that are left or explained, and of points that are right, for every network."""
    from experiments.wide_versus_deep import _learnable_coarse as coarse
    from experiments.wide_versus_deep import _learnable_sawtooth as saw
    from experiments.wide_versus_deep import _learnable_taught as taught

    check(config)
    parts = []
    if "sawtooth" in config.parts:
        parts += [saw.written(config), saw.perturbed(config), saw.random_starts(config)]
    if "coarse" in config.parts:
        parts.append(coarse.train(config))
    if "taught" in config.parts:
        parts.append(taught.train(config))
    data = xr.merge(parts, combine_attrs="drop_conflicts")
    preset = " --preset full" if config == FULL else ""
    names = ("num_steps", "coarse_steps", "coarse_width", "taught_folds", "taught_depth", "taught_width", "num_labels")
    return data.assign_attrs(
        command=f"python -m experiments wide_versus_deep.learnable{preset}",
        num_more=config.num_more,
        wrong_labels=config.wrong_labels,
        **{name: getattr(config, name) for name in names},
    )


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    from experiments.wide_versus_deep._learnable_coarse import FAMILIES
    from experiments.wide_versus_deep._learnable_sawtooth import BATCH

    if not config.parts or not set(config.parts) <= {"sawtooth", "coarse", "taught"}:
        raise ValueError(f"parts={config.parts!r} must be of sawtooth, coarse, taught")
    for name in ("folds", "noises", "widths", "tilts", "coarse_levels"):
        values, least = getattr(config, name), 0 if name in ("noises", "tilts") else 1
        if not values or list(values) != sorted(set(values)) or values[0] < least or not np.isfinite(values[-1]):
            raise ValueError(f"{name}={values!r} must be rising numbers from {least} on")
    if config.tilts[0] <= 0 or len(config.tilts) < 3:
        raise ValueError(f"tilts={config.tilts!r} must be three numbers or more, above 0")
    if 2 ** config.coarse_levels[0] <= config.coarse_width + 1:
        raise ValueError(
            f"coarse_levels={config.coarse_levels!r} must have more pieces, 2^levels, than one hidden layer of "
            f"coarse_width={config.coarse_width!r} has, {config.coarse_width + 1}: else it can do all"
        )
    if max(*config.folds, *config.coarse_levels) > 7:
        raise ValueError(f"folds={config.folds!r}, coarse_levels={config.coarse_levels!r} must be at most 7")
    unknown = set(config.families) - set(FAMILIES)
    if unknown or not config.families or len(set(config.families)) < len(config.families):
        raise ValueError(f"families={config.families!r} must be different ones of {', '.join(FAMILIES)}")
    if config.num_rows % BATCH or config.num_rows < 2 ** max(config.folds) * 2:
        raise ValueError(f"num_rows={config.num_rows!r} must be a multiple of {BATCH}, two for a piece at least")
    for name in ("tuning_seeds", "coarse_seeds", "taught_seeds", "tuning_draws"):
        if getattr(config, name) < 1:
            raise ValueError(f"{name}={getattr(config, name)!r} must be 1 or more")
    if min(config.seeds, config.perturbed_seeds, config.draws) < 3:
        raise ValueError(f"seeds={config.seeds!r}, perturbed_seeds, draws={config.draws!r} must be 3 or more")
    if min(config.num_labels, config.num_more) < BATCH:
        raise ValueError(f"num_labels={config.num_labels!r}, num_more={config.num_more!r} must be {BATCH} or more")


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """See `_learnable_figures`."""
    from experiments.wide_versus_deep import _learnable_figures as draw

    drawn = {}
    if "start_left" in data:
        drawn |= {"perturbed": draw.perturbed(data), "random_starts": draw.random_starts(data)}
    if "explained" in data:
        drawn["coarse"] = draw.coarse(data)
    if "right" in data:
        drawn["taught"] = draw.taught(data)
    return drawn


def table(data: xr.Dataset) -> list[dict]:
    """A row per setting of each part."""
    from experiments.wide_versus_deep import _learnable_summary as summary

    return summary.table(data)


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_learnable_verdicts`."""
    from experiments.wide_versus_deep import _learnable_verdicts

    return _learnable_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
