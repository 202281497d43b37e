"""The settings of `universal_approximation.near_the_best`."""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

from experiments.lab import checks
from experiments.lab.checks import any_order, at_least, one_of
from experiments.universal_approximation.shared.targets import TARGETS

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
    """Which networks are trained, how many, and the budget of a search."""

    targets: Annotated[tuple[str, ...], one_of(TARGETS)] = ("sine", "exp", "square", "runge")  # scientific
    units: Annotated[tuple[int, ...], at_least(2)] = (4, 8, 16, 32, 64)  # scientific
    seeds: Annotated[int, at_least(2)] = 32  # scientific: starts for each target and width
    taken_apart: int = 16  # scientific: units of the networks whose search lacks an ingredient
    shown: int = 8  # fixed: units of the networks whose knots are drawn
    solvers: Annotated[tuple[str, ...], one_of(SOLVERS)] = ("Adam", "L-BFGS")  # scientific: compared with the search
    # nuisance: rates of Adam, tuned for each target and width
    rates: tuple[float, ...] = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3)
    tuning_seeds: int = 6  # nuisance: seeds that choose the rate, never reported
    rows: Annotated[tuple[int, ...], any_order(2)] = (1024, 1024, 1024, 2048, 1024)  # fixed: training rows, by units
    # fixed: rows of the last descent, by units
    final_rows: Annotated[tuple[int, ...], any_order(2)] = (4096, 4096, 4096, 6144, 2048)
    rounds: Annotated[tuple[int, ...], any_order(1)] = (12, 12, 10, 6, 6)  # fixed: rounds of descent, by units
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
    checks.check(config)
    for name in ("rows", "final_rows", "rounds"):
        if len(getattr(config, name)) != len(config.units):
            raise ValueError(f"{name}={getattr(config, name)!r} must hold a number for each of units={config.units!r}")
    for name in ("taken_apart", "shown"):
        if getattr(config, name) not in config.units:
            raise ValueError(f"{name}={getattr(config, name)!r} must be one of units={config.units!r}")
