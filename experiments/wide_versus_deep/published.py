"""Published points: the multilayer perceptron of MNIST-1D reaches 65 to 68 %, and logistic regression 32 %.

Source: Greydanus & Kobak 2020 (arXiv 2011.14439): a table with one number for each model, on one draw of data (logistic
regression 32 %, MLP 68 %, on shuffled inputs 66 %; CNN 94, GRU 91, human 96 %), and the notebook beside it, whose own
last line says 65.1 %.

Protocol of the notebook, kept here: 40-100-100-10, ReLU, the second layer adds what it is given,
h2 = relu(W h1 + b) + h1; weights and biases U(-1, 1) / sqrt(fan in), as PyTorch draws them; Adam at 1e-2, constant;
batches of 100 in the order of the file; 6,000 steps; accuracy on the 1,000 test examples at the end, whatever it was
before. 32 seeds on the published draw, plain and shuffled (by a permutation of our own), and two seeds on each of 16
fresh draws. Beside it the same without the added h1, logistic regression by the same protocol, and a plain MLP that is
tuned: AdamW, batches reshuffled; rate, decay of the weights and the step to stop at are those of the highest mean
accuracy on 800 of the 4,000 training examples, on seeds that are not reported; it is then trained on all 4,000.

A published number is one network's. It is called reproduced where one more network of ours would give it, rounded, with
95 %: within Student's interval of prediction from our seeds; partly within a point of that. The 65 to 68 % are held
against the interval of the mean. That the added h1 makes no difference is shown by an interval of the difference that
lies within a point of 0, and refuted by one that lies beyond it; that tuning does better by an interval above 0, partly
by a mean above 0.

    python -m experiments wide_versus_deep.published                  # 6 s; the two models with a published number
    python -m experiments wide_versus_deep.published --preset full    # 10 minutes on 2 cores

Outputs: accuracy, curves; table.csv has a row per model and data.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import cli, tuning
from experiments.wide_versus_deep import _residual
from nnjax import mlp, tasks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict

TUNED = "tuned MLP"
MODELS = ("logistic", "plain MLP", "residual MLP", TUNED)
PLACES = ("published", "shuffled")


@dataclass(frozen=True)
class Config:
    """Which networks, how long, and how many."""

    models: tuple[str, ...] = MODELS  # scientific: which of them
    width: int = 100  # scientific: neurons of each of the two hidden layers
    learning_rate: float = 0.01  # scientific: part of what was published
    num_steps: int = 6_000  # scientific: likewise
    batch_size: int = 100  # scientific: likewise
    seeds: int = 32  # fixed: networks of each model on the published draw
    draws: int = 16  # fixed: fresh draws of the data
    seeds_per_draw: int = 2  # fixed: networks of each model on each of them
    tuning_seeds: int = 4  # nuisance: seeds that tune, never reported
    rates: tuple[float, ...] = (0.0003, 0.001, 0.003, 0.01)  # nuisance: tried for the tuned MLP
    decays: tuple[float, ...] = (0.0, 0.3, 1.0, 3.0)  # nuisance: of AdamW, tried for the tuned MLP
    record_every: int = 250  # fixed: steps between two looks, at each of which the tuned MLP may stop


FULL = Config()
QUICK = Config(
    models=("logistic", "residual MLP"),
    num_steps=500,
    seeds=4,
    draws=2,
    seeds_per_draw=2,
    tuning_seeds=2,
    rates=(0.003,),
    decays=(1.0,),
    record_every=100,
)


def run(config: Config) -> xr.Dataset:
    """Accuracies [model, place, seed] and [model, draw, draw_seed], and mean curves [model, rows, step]."""
    check(config)
    places = {"published": tasks.mnist1d(), "shuffled": tasks.mnist1d(shuffled=True)}
    draws = [tasks.mnist1d(seed) for seed in range(config.draws)]
    chosen = _tuned(places["published"], config) if TUNED in config.models else {}
    parts = []
    for model in config.models:
        wanted = _settings(model, config)
        if model == TUNED:
            wanted |= chosen
        one = nnjax.sweep(places, **wanted, seeds=config.seeds)
        fresh = xr.concat([_fresh(data, draw, wanted, config) for draw, data in enumerate(draws)], "draw")
        curve = one.right.sel(task="published").mean("seed").rename(right_0="rows")
        parts.append(
            xr.Dataset(
                {
                    "accuracy": one.accuracy.rename(task="place"),
                    "draw_accuracy": fresh,
                    "curve": curve.assign_coords(rows=["train", "test"]),
                    "num_params": one.num_params,
                }
            )
        )
    data = xr.concat(parts, xr.Variable("model", list(config.models)), join="outer")
    preset = " --preset full" if config == FULL else ""
    numbers = {f"tuned_{name}": chosen[name] for name in ("learning_rate", "weight_decay", "num_steps") if chosen}
    return data.assign_attrs(numbers, command=f"python -m experiments wide_versus_deep.published{preset}")


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    for name, least in (
        *(("seeds", 2), ("draws", 2), ("seeds_per_draw", 1), ("tuning_seeds", 1), ("width", 1)),
        *(("num_steps", 1), ("batch_size", 1), ("record_every", 1)),
    ):
        if getattr(config, name) < least:
            raise ValueError(f"{name}={getattr(config, name)!r} must be {least} or more")
    if config.num_steps % config.record_every:
        raise ValueError(f"record_every={config.record_every!r} must divide num_steps={config.num_steps!r}")
    unknown = [model for model in config.models if model not in MODELS]
    if unknown or not config.models or len(set(config.models)) < len(config.models):
        raise ValueError(f"models={config.models!r} must be different names out of {', '.join(MODELS)}")
    if not config.rates or min(config.rates) <= 0:
        raise ValueError(f"rates={config.rates!r} must hold numbers above 0")
    if not config.decays or min(config.decays) < 0:
        raise ValueError(f"decays={config.decays!r} must hold numbers of 0 or more")


def _fresh(data: tasks.Data, draw: int, wanted: dict[str, Any], config: Config) -> xr.DataArray:
    """Accuracies [draw_seed] on a draw of its own, of networks whose seeds no other draw has."""
    n = config.seeds_per_draw
    runs = nnjax.sweep(data, **wanted, seeds=range(draw * n, (draw + 1) * n))
    return runs.accuracy.load().rename(seed="draw_seed").assign_coords(draw_seed=range(n))


def right(params: Any, data: tasks.Data, predict: Any) -> Any:
    """The parts of the training and of the test rows that are answered rightly [2]."""
    import jax.numpy as jnp

    rows = ((data.x, data.y), (data.x_test, data.y_test))
    return jnp.stack([jnp.mean(predict(params, x).argmax(axis=1) == y.argmax(axis=1)) for x, y in rows])


def _settings(model: str, config: Config) -> dict[str, Any]:
    """How a model is trained. PyTorch's law is U(-1, 1) / sqrt(fan in); LeCun's is sqrt(3) times as wide."""
    law = {"init": "lecun_uniform", "bias_init": "lecun_uniform"}
    law |= {"init_scale": 1 / np.sqrt(3), "bias_scale": 1 / np.sqrt(3)}
    hidden = () if model == "logistic" else (config.width, config.width)
    kind = {"hidden": hidden, "model": _residual.MODEL if model == "residual MLP" else mlp, "activation": "relu"}
    how = {"loss": "softmax_cross_entropy", "batch_size": config.batch_size, "order": "sequential"}
    how |= {"solver": "adam", "learning_rate": config.learning_rate, "num_steps": config.num_steps}
    looks = {"measure": {"right": right}, "record_every": config.record_every}
    return law | kind | how | looks


def _tuned(data: tasks.Data, config: Config) -> dict[str, Any]:
    """The rate, decay and number of steps with the highest mean accuracy on a fifth of the training rows."""
    order = np.random.default_rng(0).permutation(len(data.x))
    kept, left_out = np.split(order, [len(order) * 4 // 5])
    halves = tasks.data(data.x[kept], data.y[kept], data.x[left_out], data.y[left_out])
    wanted: dict[str, Any] = _settings(TUNED, config) | {"solver": "adamw", "order": "shuffled"}
    wanted |= {"learning_rate": list(config.rates), "weight_decay": list(config.decays)}
    tried = nnjax.sweep(
        halves,
        **wanted,
        seeds=tuning.tuning_seeds(config.tuning_seeds),
    )
    validation = tried.right.isel(right_0=1, step=slice(1, None)).mean("seed")
    best = validation.isel(validation.argmax(...))
    return {
        "solver": "adamw",
        "order": "shuffled",
        "learning_rate": float(best.learning_rate),
        "weight_decay": float(best.weight_decay),
        "num_steps": int(best.step),
    }


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """Every network's accuracy beside what was published, and how it came about."""
    from experiments.wide_versus_deep import _published_figures as draw

    return {"accuracy": draw.accuracy(data), "curves": draw.curves(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row per model and data: the mean accuracy in percent, its interval, the spread over networks."""
    from experiments.wide_versus_deep import _published_verdicts as rules

    rows = []
    for model in data.model.values:
        for place in (*PLACES, rules.FRESH):
            found = rules.summary(data, str(model), place)
            row = {"model": str(model), "data": place, "params": int(data.num_params.sel(model=model))}
            row |= {"networks": found.networks, "accuracy_percent": found.mean, "low": found.low, "high": found.high}
            row |= {"sd_networks": found.spread, "one_network_low": found.one_low, "one_network_high": found.one_high}
            rows.append(row | {"published_percent": rules.REFERENCES.get((str(model), place))})
    return rows


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_published_verdicts`."""
    from experiments.wide_versus_deep import _published_verdicts

    return _published_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
