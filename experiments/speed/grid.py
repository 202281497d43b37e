"""A grid of shapes is trained end to end, compiling included, several times faster than one program per shape.

Source: the project's own targets: 4 times faster at 1,000 steps and 7 times at 200, and with a warm cache of compiled
programs 1.5 times faster than cold at 200.

Protocol: widths x depths x activations x learning rates x seeds on one period of a sine (64 points, full batch, Adam,
float32). Every time is that of a fresh start: all compiled programs are dropped beforehand, and none are saved. Against
`nnjax.sweep` with its defaults: a plain jit(vmap(vmap(scan))) for each shape and activation, compiled with default
options and run, one after the other. With a warm cache: programs are dropped as well, and found in a folder that an
earlier run has filled. Few rounds, as the plain programs take minutes.

    python -m experiments speed.grid                  # 5 s, a toy: too small for its targets
    python -m experiments speed.grid --preset full    # 12 min

Outputs: grid_end_to_end; table.csv has a row per way and number of steps.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import Verdict, cli
from experiments.speed import _plain, _rules, _timing

COMMAND = "python -m experiments speed.grid --preset full"
FEW, MANY, WARM = 7.0, 4.0, 1.5
WAYS = ("engine", "plain", "saved")


@dataclass(frozen=True)
class Config:
    """The grid, and how often it is trained."""

    widths: tuple[int, ...] = (2, 4, 8, 16, 32, 64)  # scientific: neurons of every hidden layer
    depths: tuple[int, ...] = (1, 2, 3, 4)  # scientific: hidden layers
    activations: tuple[str, ...] = ("tanh", "relu", "sigmoid")  # scientific
    num_rates: int = 8  # fixed: learning rates, from 0.001 to 0.1
    seeds: int = 16  # fixed
    rows: int = 64  # fixed: points
    steps: tuple[int, ...] = (200, 1_000)  # scientific: few, where compiling is most of the time, and many
    rounds: int = 2  # fixed: times that the whole grid is trained in each way


FULL = Config()
QUICK = Config((2, 8), (1,), ("tanh",), 2, 4, steps=(20,), rounds=1)


def run(config: Config) -> xr.Dataset:
    """seconds [way, steps, round] from nothing to all losses; nan where a way was not timed."""
    seconds = np.full((len(WAYS), len(config.steps), config.rounds), np.nan)
    timed = [(i, way) for i, _ in enumerate(config.steps) for way in WAYS if way != "saved" or i == 0]
    with _timing.empty_folder() as folder:
        with _timing.saved_programs(folder):
            fresh(lambda: sweep(config, config.steps[0]))  # fills the folder
        for r in range(config.rounds):
            for i, way in timed if r % 2 == 0 else timed[::-1]:
                train = plain if way == "plain" else sweep
                with _timing.saved_programs(folder if way == "saved" else None):
                    seconds[WAYS.index(way), i, r] = fresh(lambda train=train, i=i: train(config, config.steps[i]))
    shapes = len(config.widths) * len(config.depths) * len(config.activations)
    programs = len(nnjax.plan(_data(config), **_settings(config, config.steps[0])).programs)
    attrs = {"networks": shapes * config.num_rates * config.seeds, "shapes": shapes, "programs": programs}
    coords = {"way": list(WAYS), "steps": list(config.steps)}
    return xr.Dataset({"seconds": (("way", "steps", "round"), seconds)}, coords, attrs | _timing.machine())


def fresh(train: Callable[[], np.ndarray]) -> float:
    """Seconds of training with no compiled program in memory."""
    _timing.forget()
    return _timing.seconds(train)


def rates(config: Config) -> np.ndarray:
    """The learning rates of the grid."""
    return np.geomspace(1e-3, 1e-1, config.num_rates)


def plain(config: Config, steps: int) -> np.ndarray:
    """Final losses [shape, rate, seed], one program per width, depth and activation."""
    losses = []
    for width, depth, activation in itertools.product(config.widths, config.depths, config.activations):
        problem = _plain.curve(*(width,) * depth, rows=config.rows, activation=activation)
        losses.append(_plain.vmap_rates(problem, config.seeds, steps, rates(config))())
    return np.stack(losses)


def sweep(config: Config, steps: int) -> np.ndarray:
    """The same in the engine: final losses [shape, rate, seed]."""
    losses = nnjax.sweep(_data(config), progress=False, **_settings(config, steps)).train_loss
    order = losses.transpose("width", "depth", "activation", "learning_rate", "seed").values
    return order.reshape(-1, config.num_rates, config.seeds)


def _data(config: Config) -> nnjax.tasks.Data:
    problem = _plain.curve(1, rows=config.rows)
    return nnjax.tasks.data(problem.x, problem.y)


def _settings(config: Config, steps: int) -> dict:
    names = {"width": list(config.widths), "depth": list(config.depths), "activation": list(config.activations)}
    return names | {"learning_rate": rates(config), "seeds": config.seeds, "num_steps": steps}


def times_faster(data: xr.Dataset, slow: str, fast: str, steps: int) -> _rules.Spread:
    """How many times longer one way takes than another, round by round."""
    one = data.seconds.sel(steps=steps)
    return _rules.spread((one.sel(way=slow) / one.sel(way=fast)).values)


def warm(data: xr.Dataset) -> _rules.Spread:
    """How many times longer the engine takes without saved programs than with them, at the fewest steps."""
    return times_faster(data, "engine", "saved", int(data.steps.values[0]))


def figures(data: xr.Dataset) -> dict:
    """grid_end_to_end: seconds of every way."""
    from experiments.speed import _bars

    ratios = {int(n): times_faster(data, "plain", "engine", int(n)) for n in data.steps.values}
    return {"grid_end_to_end": _bars.grid(data, ratios, warm(data))}


def table(data: xr.Dataset) -> list[dict]:
    """A row per way and number of steps."""
    rows = []
    for way, steps in itertools.product(data.way.values, data.steps.values):
        seconds = data.seconds.sel(way=way, steps=steps).values
        if np.isfinite(seconds).all():
            row = {"way": str(way), "steps": int(steps), "networks": data.attrs["networks"]}
            row |= {"shapes": data.attrs["shapes"], "rounds": data.sizes["round"]}
            row |= dict(zip(("seconds_low", "seconds", "seconds_high"), _rules.spread(seconds), strict=True))
            rows.append(row | {"over_engine": times_faster(data, str(way), "engine", int(steps)).median})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Against one program per shape at few and at many steps; against itself with saved programs."""
    size = f"{data.attrs['networks']:,} networks of {data.attrs['shapes']} shapes and activations"
    found = []
    for name, target, steps in zip(("few_steps", "many_steps"), (FEW, MANY), data.steps.values, strict=False):
        claim = f"{size}, {int(steps):,} steps, end to end: the engine against one plain program per shape"
        value = times_faster(data, "plain", "engine", int(steps))
        found.append(_rules.faster(name, claim, value, target, COMMAND))
    claim = f"The same, {int(data.steps.values[0]):,} steps: the engine with saved programs against itself without"
    return [*found, _rules.faster("warm_cache", claim, warm(data), WARM, COMMAND)]


if __name__ == "__main__":
    cli.main(__file__)
