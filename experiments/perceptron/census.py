"""One neuron learns exactly 4, 14, 104, 1,882, 94,572, 15,028,134 and 8,378,070,864 functions of 1 to 7 inputs.

A perceptron is trained on every Boolean function of 1 to 4 inputs, -1 and 1, all of them at once. It either learns
the function, or its weights come back: then the signed rows that it added meanwhile sum to zero, in whole numbers,
which proves that no neuron computes the function. A second proof is asked for as well, two true and two false rows
of equal sum.

Of more inputs there are too many, but symmetry leaves few that must be tried:
- A neuron's function is unate: it never both rises and falls with one input (if it rose from p to q and fell from r
  to s along that input, then q + r = p + s would be such a proof). Negating inputs makes every unate function
  monotone, in one way for the inputs it depends on. So of 5 inputs the 7,581 monotone functions are tried, and each
  counts 2^(inputs it depends on); of 6, one for each of the 16,353 classes that permutations leave of 7,828,354.
- A neuron's function is regular once its inputs are in the order of their weights. So of 7 inputs the 44,315 regular
  functions are tried, and each counts its permutations, too. This is a second way for 5 and 6 inputs.
- SciPy's linear programming (HiGHS) decides all of them of 5 to 7 inputs again, each answer checked.

Every neuron that learns is held against Novikoff's bound on its mistakes, with the widest margin of its own function.

Sources: OEIS A000609 (counts), A000372 and A003182 (monotone functions); Novikoff 1962; Muroga 1971 (four rows are
enough, regular functions).

    python -m experiments perceptron.census                  # to 5 inputs, 4 s
    python -m experiments perceptron.census --preset full    # 3 minutes on 2 cores

Outputs: census, mistakes, decided; table.csv has a row for every number of inputs.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from experiments.lab import cli
from experiments.perceptron.shared import proofs as _proofs
from nnjax import separability, tasks, theory

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict

ALL_UP_TO, MONOTONE_UP_TO = 4, 6  # inputs of which every function is tried, every monotone one; above, the regular
STORE = False  # nothing here is a sweep


@dataclass(frozen=True)
class Config:
    """Which functions are tried, and how often they are decided."""

    inputs: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)  # scientific: numbers of inputs, from 1 to 7
    classes_from: int = 6  # fixed: from so many inputs on one monotone function stands for all its permutations
    num_epochs: int = 10_000  # fixed: passes after which a perceptron would be undecided


FULL = Config()
QUICK = Config(inputs=(1, 2, 3, 4, 5), classes_from=5)


def run(config: Config) -> xr.Dataset:
    """Counts for each number of inputs; mistakes and bound of every neuron that learned; who was decided when."""
    if not config.inputs or not set(config.inputs) <= set(range(1, 8)) or len(set(config.inputs)) < len(config.inputs):
        raise ValueError(f"inputs={config.inputs!r} must hold numbers from 1 to 7, each once")
    rows, neurons, decided = zip(*(_census(n, config) for n in config.inputs), strict=True)
    last = max(one.sizes["epoch"] for one in decided)
    longest = [one.reindex(epoch=np.arange(1, last + 1), method="ffill") for one in decided]
    counts = xr.Dataset({name: ("inputs", [row[name] for row in rows]) for name in rows[0]})
    parts: list[Any] = [counts, xr.concat(longest, "inputs"), xr.concat(neurons, "neuron")]
    data = xr.merge(parts)
    preset = " --preset full" if config == FULL else ""
    return data.assign_coords(inputs=list(config.inputs)).assign_attrs(
        command=f"python -m experiments perceptron.census{preset}"
    )


def _family(n: int, config: Config) -> tuple[np.ndarray, np.ndarray, int]:
    """The tables [m, 2^n] that are tried, how many functions each stands for [m], and the monotone functions seen."""
    if n <= ALL_UP_TO:
        tables = tasks.truth_tables(tasks.all_functions(n), n)
        return tables, np.ones(len(tables), np.int64), 0
    if n > MONOTONE_UP_TO:
        tables = tasks.regular_functions(n)
        return tables, tasks.permutations_of(tables) * 2 ** tasks.essential_inputs(tables), 0
    functions = tasks.monotone_functions(n)
    num_monotone, times = len(functions), np.ones(len(functions), np.int64)
    if n >= config.classes_from:
        functions, times, _ = tasks.symmetry_classes(functions, n)
    tables = tasks.truth_tables(functions, n)
    return tables, times * 2 ** tasks.essential_inputs(tables), num_monotone


def _census(n: int, config: Config) -> tuple[dict, xr.Dataset, xr.Dataset]:
    """Everything about the functions of n inputs: a row of counts, the neurons that learned, who was decided when."""
    start = time.perf_counter()
    x, (tables, times, num_monotone) = tasks.boolean_inputs(n), _family(n, config)
    trained = _proofs.trained(x, tables, config.num_epochs)
    learned, proved = trained.learned & trained.run.converged, trained.proved & ~trained.run.converged
    seconds = time.perf_counter() - start
    four = separability.equal_sums(x, tables[~learned])[:, 0] >= 0
    bounds, mistakes = _bounds(x, tables[learned]), trained.run.mistakes[learned]
    programmed, unproved, differ = _programmed(x, tables, times, learned) if n > ALL_UP_TO else (0, 0, 0)
    row = {
        "tried": len(tables), "monotone": num_monotone, "separable": times[learned].sum(),
        "learned": learned.sum(), "proved": proved.sum(), "undecided": (~learned & ~proved).sum(),
        "four_rows": four.sum(), "violations": (mistakes > bounds * (1 + 1e-9)).sum(),
        "by_regular": _by_regular(n, config), "by_programming": programmed,
        "programs_unproved": unproved, "programs_that_differ": differ, "most_epochs": trained.run.epochs.max(),
        "most_mistakes": mistakes.max(), "training_seconds": trained.seconds, "census_seconds": seconds,
    }  # fmt: skip
    epochs = np.arange(1, trained.run.epochs.max() + 1)
    kinds = {"learned_by": learned, "proved_by": proved}
    by = {
        name: ("epoch", np.searchsorted(np.sort(trained.run.epochs[kind]), epochs, "right"))
        for name, kind in kinds.items()
    }
    own = {"mistakes": mistakes, "bound": bounds.astype(np.float32), "neuron_inputs": np.full(len(mistakes), n)}
    neurons = xr.Dataset({name: ("neuron", values) for name, values in own.items()})
    return row, neurons, xr.Dataset(by, coords={"epoch": epochs})


def _by_regular(n: int, config: Config) -> int:
    """The count by the regular functions, where the monotone ones have been counted; 0 elsewhere."""
    if not ALL_UP_TO < n <= MONOTONE_UP_TO:
        return 0
    tables = tasks.regular_functions(n)
    trained = _proofs.trained(tasks.boolean_inputs(n), tables, config.num_epochs)
    times = tasks.permutations_of(tables) * 2 ** tasks.essential_inputs(tables)
    return int(times[trained.learned].sum()) if (trained.learned ^ trained.proved).all() else -1


def _bounds(x: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """Novikoff's bound of each function, by the unit of its widest margin."""
    bounds = np.empty(len(tables))
    for i, y in enumerate(tables):
        best = separability.widest_margin(x, y)
        if best is None:
            raise ArithmeticError(f"no margin was found of a function that was learned: {y.astype(int)}")
        bounds[i] = theory.novikoff_bound(x, y.astype(int), best.w, best.b)
    return bounds


def _programmed(x: np.ndarray, tables: np.ndarray, times: np.ndarray, learned: np.ndarray) -> tuple[int, int, int]:
    """The count by linear programming; how many answers lack a proof, and how many differ from the perceptron's."""
    found = [separability.separate(x, y) for y in tables]
    separable = np.array([one.separable for one in found])
    unproved = sum(not one.proved for one in found)
    return int(times[separable].sum()), unproved, int((separable != learned).sum())


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """The counts, mistakes against their bound, and how soon all is decided."""
    from experiments.perceptron import _census_figures as draw

    return {"census": draw.census(data), "mistakes": draw.mistakes(data), "decided": draw.decided(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row for every number of inputs."""
    names = [name for name, variable in data.data_vars.items() if variable.dims == ("inputs",)]
    return [{"inputs": int(n)} | {name: data[name].sel(inputs=n).item() for name in names} for n in data.inputs.values]


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_census_verdicts`."""
    from experiments.perceptron import _census_verdicts

    return _census_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
