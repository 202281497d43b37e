"""How the axes of a sweep on a store may be extended."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any, NamedTuple

import nnjax
from experiments.survival.changed.changes import table, tasks


class Extension(NamedTuple):
    """What may change: settings beside those of `plain`, before and after."""

    what: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def plain(num_steps: int, seeds: int) -> dict[str, Any]:
    """A sweep whose axes are extended."""
    return {
        "data": nnjax.tasks.xor(),
        "hidden": [(2,)],
        "seeds": seeds,
        "num_steps": num_steps,
        "padding": False,
        "measure": None,
    }


def extensions(own: ModuleType, seeds: int) -> list[Extension]:
    """Every axis, with new values."""
    rate = table({"lecun_normal": 0.1, "he_normal": 0.01}, "init")
    longer = table({"normal": 0.05, "he_normal": 0.01, "lecun_normal": 0.1}, "init")
    wide, pairs = {"hidden": None, "width": 2}, {"batch_size": 2}
    two, three = ["lecun_normal", "he_normal"], ["normal", "lecun_normal", "he_normal"]
    return [
        Extension("nothing", {}, {}),
        Extension("more seeds", {}, {"seeds": 3 * seeds}),
        Extension("seeds in another order", {}, {"seeds": [7, *reversed(range(seeds))]}),
        Extension("more rates", {"learning_rate": [0.1]}, {"learning_rate": [0.2, 0.1]}),
        Extension("rates in another order", {"learning_rate": [0.1, 0.2]}, {"learning_rate": [0.2, 0.1]}),
        Extension("more shapes", {}, {"hidden": [(3,), (2,), (2, 2)]}),
        Extension("more widths", {"hidden": None, "width": [2]}, {"hidden": None, "width": [3, 2]}),
        Extension("more depths", wide | {"depth": [1]}, wide | {"depth": [2, 1]}),
        Extension("more activations", {"activation": ["tanh"]}, {"activation": ["relu", "tanh"]}),
        Extension("one's own activation", {"activation": ["tanh"]}, {"activation": [own.wave, "tanh"]}),
        Extension("more solvers", {"solver": ["adam"]}, {"solver": ["adam", "sgd"]}),
        Extension("more batch sizes", {"batch_size": [2]}, {"batch_size": [3, 2]}),
        Extension("batches of all rows", {"batch_size": [None]}, {"batch_size": [2, None]}),
        Extension("more orders", pairs | {"order": ["shuffled"]}, pairs | {"order": ["random", "shuffled"]}),
        Extension("more tasks", {"data": tasks("xor")}, {"data": tasks("or", "xor", "and")}),
        Extension("a table with more", {"init": two, "learning_rate": rate}, {"init": three, "learning_rate": longer}),
        Extension("everything", {"learning_rate": [0.1], "init": ["normal"]},
               {"learning_rate": [0.2, 0.1], "init": ["he_normal", "normal"], "hidden": [(3,), (2,)],
                "seeds": seeds + 2}),
    ]  # fmt: skip
