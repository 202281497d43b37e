"""The run of `lcdb`: the configuration of the network is chosen on other data, then all tables are measured."""

import functools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from experiments.lab import chance
from experiments.learning_from_data.lcdb.config import Config, check, rows_of
from experiments.learning_from_data.shared import draws, methods, networks, tables
from experiments.learning_from_data.shared.crossing import log_error
from experiments.learning_from_data.shared.draws import Draw
from experiments.learning_from_data.shared.methods import Fit
from experiments.learning_from_data.shared.networks import Setting, Tuned
from nnjax import hooks, tuning

TENTH = 0.1  # of the rows that are for testing, and of the rest that are put aside
NETWORK, FOREST = "network", "random forest"


def run(config: Config) -> xr.Dataset:
    """Errors [learner, table, rows, split] of our network and forest, and what was chosen on other data."""
    check(config)
    methods.check_installed()
    folder = methods.folder_of(hooks.next_store(), Path(__file__).read_text(encoding="utf-8"))
    setting = Setting(config.width, config.batch_size, config.least_steps, config.epochs)
    depth, tuned, at_end = configuration(config, setting)
    every = sorted({rows for name in config.tables for rows in rows_of(name, config)})
    coords = {"learner": [NETWORK, FOREST], "table": list(config.tables), "rows": every}
    shape = (*map(len, coords.values()), config.splits)
    error = xr.DataArray(np.full(shape, np.nan, np.float32), coords, (*coords, "split"))
    for name in config.tables:
        own = rows_of(name, config)
        seeds = range(config.splits)
        jobs = [functools.partial(_forest, name, seed, rows, folder) for rows in reversed(own) for seed in seeds]
        fits = np.array([one.error for one in methods.together(jobs)]).reshape(len(own), config.splits)
        error.loc[{"learner": FOREST, "table": name, "rows": own}] = fits[::-1]
        for rows in own:
            each = [draws.scaled(split(name, seed).first(rows)) for seed in seeds]
            found = networks.train(each, (config.width,) * depth, setting, tuned, 1).error
            error.loc[{"learner": NETWORK, "table": name, "rows": rows}] = found[:, 0]
        print(f"{name}: forest and network at {len(own)} numbers of rows", file=sys.stderr, flush=True)
    chosen = {"depth": depth, "learning_rate": tuned.learning_rate, "weight_decay": tuned.weight_decay,
              "at_end": at_end}  # fmt: skip
    tested = {name: len(split(name, 0).y_test) for name in config.tables}
    return xr.Dataset({"error": error}, attrs=chosen | {"test_rows": tested, "trials": tuned.tried})


def configuration(config: Config, setting: Setting) -> tuple[int, Tuned, str]:
    """The depth, rate and decay with the least mean log error over draws of data that LCDB does not have.

    Where the best rate or decay of a depth lies at an end of those tried, values beyond are tried too. The text names
    which of the chosen rate and decay still lies at an end.
    """
    each = {
        name: [
            draws.ready(name, seed, config.other_rows, config.other_rows, config.other_test_rows)
            for seed in tuning.seeds(config.other_draws)
        ]
        for name in config.other_data
    }

    def cost(learning_rate: Sequence[float], weight_decay: Sequence[float]) -> xr.DataArray:
        by_depth: list[Any] = []
        for depth in config.depths:
            hidden = (config.width,) * depth
            found = [networks.surface(one, hidden, setting, learning_rate, weight_decay) for one in each.values()]
            logs = [errors.copy(data=log_error(errors.values, config.other_test_rows)) for errors in found]
            by_depth.append(xr.concat(logs, "data").mean("data"))
        return xr.concat(by_depth, xr.Variable("depth", list(config.depths)))  # pyright: ignore[reportReturnType]

    found = tuning.tune(cost, widen=config.grow, learning_rate=config.rates, weight_decay=config.decays)
    least = found.cost.min(list(found.best))
    depth = int(least.depth[int(least.argmin("depth"))])
    rate, decay = (float(one.sel(depth=depth)) for one in found.best.values())
    ends = [name.replace("_", " ") for name, one in found.at_end.items() if int(one.sel(depth=depth))]
    tuned = Tuned(rate, decay, float(least.sel(depth=depth)), int(bool(ends)), found.cost.size)
    return depth, tuned, " and the ".join(ends)


@functools.lru_cache(32)
def split(name: str, seed: int) -> Draw:
    """A split as LCDB makes it: a tenth of the rows to test, a tenth of the others put aside, stratified by class.
    Equal rows are not kept together, and inputs are not scaled.
    """
    from sklearn.model_selection import train_test_split

    x, y = table = tables.table(name)
    rest, test = train_test_split(np.arange(len(y)), test_size=TENTH, random_state=chance.seed(seed), stratify=y)
    train, _ = train_test_split(rest, test_size=TENTH, random_state=chance.seed(seed), stratify=y[rest])
    return Draw(x[train], y[train], x[test], y[test], table.num_classes)


def _forest(name: str, seed: int, rows: int, folder: Path | None) -> Fit:
    """A forest with scikit-learn's defaults, on unscaled inputs."""

    def fresh() -> Fit:
        from sklearn.ensemble import RandomForestClassifier

        return methods.fitted(RandomForestClassifier(random_state=chance.seed(seed)), split(name, seed).first(rows))

    return methods.kept(fresh, (name, seed, rows), folder)
