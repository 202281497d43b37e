"""nnjax: train small neural networks with JAX, a single one or thousands in one call, and measure what they learn.

import nnjax
runs = nnjax.sweep(nnjax.tasks.xor(), hidden=[(2,), (4,)], learning_rate=[0.01, 0.1], seeds=1000,
                   loss="sigmoid_binary_cross_entropy", num_steps=2000)
runs.accuracy.mean("seed")

Begin with `sweep`, `plan`, `refit` and `open_store`, or with `fit` for one network. Data are in `tasks`, the weights of
all networks in `params`, choices between settings in `tuning`, intervals in `statistics`; `nnjax.sklearn`, which is
imported by itself, is for tables.
"""

from typing import Any

from nnjax import (
    activations,
    hooks,
    initializers,
    losses,
    machine,
    measures,
    mlp,
    neurons,
    params,
    provenance,
    solvers,
    statistics,
    tasks,
    theory,
    training,
    tuning,
    typing,
)
from nnjax.engine.identity import clear_caches
from nnjax.engine.plan import Plan
from nnjax.engine.refit import refit
from nnjax.engine.store import open_store
from nnjax.engine.sweep import plan, sweep
from nnjax.training import fit

__all__ = [
    "Plan",
    "activations",
    "clear_caches",
    "fit",
    "hooks",
    "initializers",
    "losses",
    "machine",
    "measures",
    "mlp",
    "neurons",
    "open_store",
    "params",
    "plan",
    "provenance",
    "refit",
    "solvers",
    "statistics",
    "sweep",
    "tasks",
    "theory",
    "training",
    "tuning",
    "typing",
]


def __getattr__(name: str) -> Any:
    # Looked up on access, so that a checkout that is not installed can be imported as well.
    if name == "__version__":
        from importlib.metadata import version

        return version("nnjax")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
