"""The settings of `universal_approximation.near_the_best`."""

from dataclasses import dataclass
from typing import NamedTuple

from experiments.lab import checks

STORE = False  # times are measured
SOLVERS = {"Adam": "adam", "L-BFGS": "bounded_lbfgs"}
# Ingredients that are left out, alone and together, by their names.
WITHOUT: dict[str, dict[str, bool]] = {
    "all": {},
    "rows closer at bends": {"bending": False},
    "finer rows at last": {"finer": False},
    "spread knots": {"spread": False},
    "turning round": {"turning": False},
    "birth and death": {"rebirth": False},
    "both moves": {"turning": False, "rebirth": False},
    "moves and spread knots": {"turning": False, "rebirth": False, "spread": False},
}


class Search(NamedTuple):
    """A search: rows, rounds and steps are its budget, the rest are its ingredients."""

    rows: int
    final_rows: int
    rounds: int
    round_steps: int
    final_steps: int
    spread: bool = True  # one knot starts in each of N equal parts, instead of where normal weights put them
    rebirth: bool = True  # knots that help least, or have left, are put where the error is
    turning: bool = True  # after that units turn to directions that cost least
    finer: bool = True  # the last descent is on more rows
    bending: bool = True  # half of the rows lie closer where the target bends more


@dataclass(frozen=True)
class Config:
    """Which networks, how many, and the budget of a search."""

    targets: tuple[str, ...] = ("sine", "exp", "square", "runge")  # scientific
    units: tuple[int, ...] = (4, 8, 16, 32, 64)  # scientific
    seeds: int = 32  # scientific: starts for each target and width
    taken_apart: int = 16  # scientific: units of the networks whose search lacks an ingredient
    shown: int = 8  # fixed: units of the networks whose knots are drawn
    solvers: tuple[str, ...] = ("Adam", "L-BFGS")  # scientific: solvers beside the search
    rates: tuple[float, ...] = (0.001, 0.003, 0.01)  # nuisance: Adam's, tuned for each target and width
    tuning_seeds: int = 3  # nuisance: seeds that choose the rate, never reported
    rows: tuple[int, ...] = (1024, 1024, 1024, 2048, 1024)  # fixed: training rows, by units
    final_rows: tuple[int, ...] = (4096, 4096, 4096, 6144, 2048)  # fixed: rows of the last descent, by units
    rounds: tuple[int, ...] = (12, 12, 10, 6, 6)  # fixed: by units
    round_steps: int = 15  # fixed: steps of a round
    final_steps: int = 25  # fixed: steps of the last descent

    def search(self, units: int) -> Search:
        """The search with all its ingredients for networks of this width."""
        i = self.units.index(units)
        return Search(self.rows[i], self.final_rows[i], self.rounds[i], self.round_steps, self.final_steps)


FULL = Config()
QUICK = Config(
    targets=("sine", "square"), units=(4,), seeds=8, taken_apart=4, shown=4, solvers=("Adam",), rates=(0.01,),
    rows=(512,), final_rows=(1024,), rounds=(4,),
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    for name in ("rows", "final_rows", "rounds"):
        if len(getattr(config, name)) != len(config.units):
            raise ValueError(f"{name}={getattr(config, name)!r} must hold a number for each of units={config.units!r}")
    for name in ("taken_apart", "shown"):
        if getattr(config, name) not in config.units:
            raise ValueError(f"{name}={getattr(config, name)!r} must be one of units={config.units!r}")
    checks.one_of(config, "solvers", SOLVERS)
    checks.positive(config, "rates", "rounds")
    checks.at_least(config, seeds=2)
    if min(config.units) < 2:
        raise ValueError(f"units={config.units!r} must be 2 or more")
