"""The settings of `universal_approximation.against_kan`."""

import importlib.util
from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of

STORE = False  # times are measured
TARGETS = ("bessel", "exp_sine", "product", "two_rings")  # those of `targets.py`


@dataclass(frozen=True)
class Config:
    """Which functions, how many draws, and how long both sides are trained."""

    targets: Annotated[tuple[str, ...], one_of(TARGETS)] = TARGETS  # scientific
    # scientific: the first grids of those that `targets.py` names for each function, at most this many
    most_grids: Annotated[int, at_least(2)] = 10
    # scientific: draws of all rows, each with a network of its own of each kind and size
    draws: Annotated[int, at_least(2)] = 8
    tuning_draws: Annotated[int, at_least(1)] = 3  # nuisance: other draws, on which settings are chosen
    kan_steps: Annotated[int, at_least(1)] = 200  # fixed: steps of L-BFGS for each grid, of up to 20 iterations each
    # nuisance: steps for each grid while settings are chosen; pykan moves its grids during the first 50
    kan_tuning_steps: Annotated[int, at_least(1)] = 100
    # fixed: steps of variable projection; a quarter of them while settings are chosen
    projection_steps: Annotated[int, at_least(4)] = 300
    num_rows: Annotated[int | None, at_least(10)] = None  # fixed: training points; None: those of `targets.py`
    # fixed: KANs trained at once, a core each; None: as many as there are cores
    processes: Annotated[int | None, at_least(1, 1_000)] = None


FULL = Config()
QUICK = Config(
    targets=("product",), most_grids=2, draws=2, tuning_draws=1, kan_steps=10, kan_tuning_steps=2, projection_steps=60,
    num_rows=300,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting or the package that is missing, before anything runs."""
    checks.check(config)
    missing = [name for name in ("torch", "kan") if importlib.util.find_spec(name) is None]
    if missing:
        raise ValueError(f"against_kan needs {' and '.join(missing)}, not installed: pip install -e '.[peers]'")
