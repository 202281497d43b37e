"""nnjax: train small neural networks with JAX, a single one or thousands in one call, and measure what they learn.

import nnjax
runs = nnjax.sweep(nnjax.tasks.xor(), hidden=[(2,), (4,)], learning_rate=[0.01, 0.1], seeds=1000,
                   loss="sigmoid_binary_cross_entropy", num_steps=2000)
runs.accuracy.mean("seed")

Begin with `sweep`, `plan`, `refit` and `open_store`. Data are in `tasks`, choices between settings in `tuning`,
intervals in `statistics`; `nnjax.sklearn`, which is imported by itself, is for tables.
"""

from typing import Any

from nnjax import (
    activations,
    hooks,
    initializers,
    losses,
    machine,
    mlp,
    neurons,
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

__all__ = [
    "Plan",
    "activations",
    "clear_caches",
    "hooks",
    "initializers",
    "losses",
    "machine",
    "mlp",
    "neurons",
    "open_store",
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
