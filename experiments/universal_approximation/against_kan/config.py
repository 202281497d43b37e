"""The settings of `universal_approximation.against_kan`."""

import importlib.util
from dataclasses import dataclass

from experiments.lab import checks

STORE = False  # times are measured
TARGETS = ("bessel", "exp_sine", "product", "two_rings")  # those of `targets.py`


@dataclass(frozen=True)
class Config:
    """Which functions, and how long both sides are trained."""

    targets: tuple[str, ...] = TARGETS  # scientific
    most_grids: int = 10  # scientific: of the grids that `targets.py` names for each function, the first
    seeds: int = 3  # scientific: networks of each kind and size, as in the paper
    kan_steps: int = 200  # fixed: steps of L-BFGS for each grid, of up to 20 iterations each
    kan_tuning_steps: int = 50  # nuisance: the same while settings are chosen
    projection_steps: int = 300  # fixed: of variable projection; a quarter of it while settings are chosen
    num_rows: int | None = None  # fixed: training points; None: those of `targets.py`
    processes: int | None = None  # fixed: KANs trained at once, a core each; None: as many as there are cores


FULL = Config()
QUICK = Config(
    targets=("product",), most_grids=2, seeds=2, kan_steps=10, kan_tuning_steps=2, projection_steps=60, num_rows=300,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting or the package that is missing, before anything runs."""
    checks.one_of(config, "targets", TARGETS)
    checks.at_least(config, most_grids=2, seeds=2, kan_steps=1, kan_tuning_steps=1, projection_steps=4)
    given = {name: least for name, least in (("num_rows", 10), ("processes", 1)) if getattr(config, name) is not None}
    checks.at_least(config, **given)
    missing = [name for name in ("torch", "kan") if importlib.util.find_spec(name) is None]
    if missing:
        raise ValueError(f"against_kan needs {' and '.join(missing)}, not installed: pip install -e '.[peers]'")
