"""A network with enough hidden neurons learns XOR by gradient descent, and more neurons make it surer.

Source: the textbook chapter; Rumelhart, Hinton & Williams 1986. One hidden unit of a monotone activation cannot
compute XOR at all, whatever its weights: along the diagonal the inputs 00, {01, 10}, 11 need low, high, low.

Protocol: full batch, cross-entropy, biases zero at the start. For every combination of hidden neurons,
activation, solver and initialisation the learning rate is tuned on seeds that are not reported; then fresh
seeds are counted. "Solved" means all four rows within 0.4 of their target at the end (`_solved.py`).

    python -m experiments xor.trained                  # 9 s
    python -m experiments xor.trained --preset full    # 420 settings x (7 rates x 100 + 1,000) networks

Outputs: success_by_width, success_by_rate, learning_curves; table.csv has a row per setting.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import Verdict, cli, tuning
from experiments.xor.shared import solved as _solved
from nnjax import statistics

# The tuned range of each solver: three decades around what its users take.
RATES = {"gradient descent": (0.03, 30.0), "momentum": (0.003, 3.0), "Adam": (0.001, 1.0)}
SOLVERS = {
    "gradient descent": {"solver": "sgd"},
    "momentum": {"solver": "sgd", "momentum": 0.9},
    "Adam": {"solver": "adam"},
}
MONOTONE = ("sigmoid", "tanh", "relu")
ROOM = 0.99  # where two neurons solve less than this, more neurons can be better
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Config:
    """What is compared, and with how many networks."""

    hidden: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 8)  # scientific: hidden neurons
    activations: tuple[str, ...] = ("sigmoid", "tanh", "relu", "gelu", "sin")  # scientific
    solvers: tuple[str, ...] = ("gradient descent", "momentum", "Adam")  # scientific
    inits: tuple[str, ...] = ("lecun_normal", "glorot_uniform", "he_normal", "normal")  # scientific
    num_rates: int = 7  # nuisance: rates tried for every setting
    tuning_seeds: int = 100  # nuisance: seeds that choose the rate, never reported
    seeds: int = 1000  # fixed: fresh seeds for every setting
    num_steps: int = 2000  # fixed: full-batch updates


FULL = Config()
QUICK = Config(
    hidden=(1, 2, 4),
    activations=("tanh", "relu"),
    solvers=("Adam",),
    inits=("lecun_normal",),
    tuning_seeds=100,
    num_steps=1000,
)


def run(config: Config) -> xr.Dataset:
    """Tune, then count: solved [solver, init, activation, hidden, seed] and what the figures need."""
    data = xr.concat([_one_solver(name, config) for name in config.solvers], "solver")
    return data.assign_attrs(tuning_seeds=config.tuning_seeds)


def _one_solver(name: str, config: Config) -> xr.Dataset:
    """Everything about one solver: the tuning on all rates, then the fresh seeds at the chosen rate."""
    rates = np.geomspace(*RATES[name], config.num_rates)
    common = SOLVERS[name] | {
        "hidden": [(width,) for width in config.hidden],
        "activation": list(config.activations),
        "init": list(config.inits),
        "loss": "sigmoid_binary_cross_entropy",
        "num_steps": config.num_steps,
        "record_every": max(1, config.num_steps // 20),
        "measure": {"worst_error": _solved.worst_error_of_logits},
    }
    seeds = tuning.tuning_seeds(config.tuning_seeds)
    tuned = nnjax.sweep(nnjax.tasks.xor(), learning_rate=rates, seeds=seeds, **common)
    success = (tuned.worst_error.isel(step=-1) <= _solved.TOLERANCE).mean("seed")
    chosen = tuning.best_rate(success, tuned.train_loss)
    fresh = nnjax.sweep(nnjax.tasks.xor(), learning_rate=chosen, seeds=config.seeds, **common)
    result = xr.Dataset(
        {
            "solved": (fresh.worst_error.isel(step=-1) <= _solved.TOLERANCE).drop_vars(("learning_rate", "step")),
            "learning_rate": chosen,
            "tuning_success": success.rename(learning_rate="rate").drop_vars("rate"),
            "rates": ("rate", rates),
            "loss_quantiles": fresh.train_curve.sel(init=config.inits[0], drop=True)
            .drop_vars("learning_rate")
            .quantile(QUANTILES, "seed"),
        }
    )
    result = result.assign_coords(solver=name).swap_dims(hidden="width")
    return result.drop_vars(("hidden", "depth"))


def _rate_of_success(data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """The part of the networks that solved, with its Wilson interval."""
    counts = data.solved.sum("seed")
    low, high = xr.apply_ufunc(statistics.wilson, counts, data.sizes["seed"], output_core_dims=[[], []])
    return counts / data.sizes["seed"], low, high


def figures(data: xr.Dataset) -> dict:
    """success_by_width, success_by_rate and learning_curves."""
    from experiments.xor import _trained_figures

    return _trained_figures.draw(data, *_rate_of_success(data))


def table(data: xr.Dataset) -> list[dict]:
    """A row per setting: the rate that was chosen, how many of the fresh seeds solved, Wilson's interval."""
    part, low, high = _rate_of_success(data)
    settings = part.stack(setting=part.dims)
    names = part.dims
    return [
        dict(zip(names, key, strict=True))
        | {
            "learning_rate": float(data.learning_rate.sel(place)),
            "solved": int(data.solved.sel(place).sum()),
            "seeds": data.sizes["seed"],
            "part": float(part.sel(place)),
            "low": float(low.sel(place)),
            "high": float(high.sel(place)),
        }
        for key in settings.setting.values
        for place in [dict(zip(names, key, strict=True))]
    ]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """One hidden neuron, two hidden neurons, and more of them."""
    monotone = [name for name in data.activation.values if name in MONOTONE]
    others = [name for name in data.activation.values if name not in MONOTONE]
    found = [_one_neuron("one-neuron-monotone", data, monotone)] if 1 in data.width else []
    if 1 in data.width and others:
        found.append(_one_neuron("one-neuron-not-monotone", data, others))
    return [*found, _two_neurons(data), *_width(data)]


COMMAND = "python -m experiments xor.trained --preset full"


def _one_neuron(name: str, data: xr.Dataset, activations: list[str]) -> Verdict:
    solved = data.solved.sel(width=1, activation=activations)
    # Settings share their seeds, so the interval is one over seeds.
    by_seed = solved.mean([dim for dim in solved.dims if dim != "seed"]).values
    low, high = statistics.wilson(int((by_seed > 0).sum()), len(by_seed))
    if solved.any():
        _, low, high = statistics.bootstrap(by_seed, np.mean)
    return Verdict(
        id=name,
        claim=f"One hidden neuron never solves XOR ({', '.join(activations)})",
        source="Minsky & Papert 1969 for monotone activations; the textbook says it of all",
        reference=0.0,
        measured=float(solved.mean()),
        low=float(low),
        high=float(high),
        unit=f"of {solved.size:,} networks",
        verdict="not reproduced" if solved.any() else "reproduced",
        command=COMMAND,
    )


def _two_neurons(data: xr.Dataset) -> Verdict:
    """Two suffice: does any setting make nearly every network succeed? The seeds that chose the rates choose it."""
    known = [name for name in data.activation.values if name in MONOTONE]
    part, low, high = (a.sel(width=2, activation=known) for a in _rate_of_success(data))
    best = data.tuning_success.max("rate").sel(width=2, activation=known).transpose(*part.dims).argmax(...)
    where = {name: str(part[name].values[int(i)]) for name, i in best.items()}
    lowest = float(low.isel(best))
    return Verdict(
        id="two-neurons",
        claim=f"Two hidden neurons learn XOR (best of {part.size} settings: {', '.join(where.values())})",
        source="the textbook chapter; Rumelhart, Hinton & Williams 1986",
        reference=1.0,
        measured=float(part.isel(best)),
        low=lowest,
        high=float(high.isel(best)),
        unit=f"of {data.sizes['seed']:,} networks",
        verdict="reproduced" if lowest >= 0.95 else "partly" if lowest > 0 else "not reproduced",
        command=COMMAND,
    )


def _width(data: xr.Dataset) -> list[Verdict]:
    """More is surer: the widest against two neurons on the same seeds, wherever two left room when tuned.

    Exact McNemar tests, Holm-corrected over all these settings.
    """
    widest = int(data.width.max())
    if widest <= 2:
        return []
    settings = [dim for dim in data.solved.dims if dim not in ("seed", "width")]
    solved = data.solved.stack(setting=settings).transpose("width", "setting", "seed")
    two, wide = solved.sel(width=2).values, solved.sel(width=widest).values
    tuned = data.tuning_success.max("rate").sel(width=2).stack(setting=settings).transpose("setting")
    room = tuned.values < ROOM
    if not room.any():
        return []
    compared = [statistics.paired_difference(a, b) for a, b in zip(wide[room], two[room], strict=True)]
    significant = statistics.holm([difference.p_value for difference in compared]) < 0.05
    better = sum(bool(s) and d.estimate > 0 for s, d in zip(significant, compared, strict=True))
    worse = sum(bool(s) and d.estimate < 0 for s, d in zip(significant, compared, strict=True))
    return [
        Verdict(
            id="wider-is-surer",
            claim=f"{widest} hidden neurons solve XOR more often than two, wherever two solve less than {ROOM:.0%} "
            f"(settings where they do; {worse} worse)",
            source="the textbook chapter",
            reference=1.0,
            measured=better / len(compared),
            low=None,  # settings are no sample of anything
            high=None,
            unit=f"of {len(compared)} settings",
            verdict="not reproduced" if worse or not better else "reproduced" if better == len(compared) else "partly",
            command=COMMAND,
        )
    ]


if __name__ == "__main__":
    cli.main(__file__)
