"""Networks with learned splines on their edges (KANs) are more accurate than plain networks of as many parameters.

Source: Liu et al. 2024, arXiv 2404.19756, sections 3.1 and 6: "KAN: Kolmogorov-Arnold Networks".

Its four toy functions of one to four variables, its shapes, its protocol: cubic splines whose grids become finer every
200 steps of L-BFGS, by the authors' own package in float64. Against each grid stands a plain network of at most as
many parameters, twice:

- same solver: L-BFGS of the same memory, with as many iterations as the KAN had up to that grid;
- each its best: variable projection, which pykan does not have. It has Adam besides, which is far behind its L-BFGS.

Both sides choose from eight settings, once for each function, on fresh validation points and a seed that is not
reported: KANs how their grids follow the data and the size of the first splines; plain networks one or two hidden
layers, tanh or GELU, and the size of the first weights. Errors are root mean squares on 10,000 fresh inputs; seconds
are of the processor, so that other work on the machine counts little.

The paper knows the structure of each function and gives the KAN the shape that can represent it. The plain networks
are told nothing.

    pip install -e '.[peers]'
    python -m experiments universal_approximation.against_kan                  # 2 minutes
    python -m experiments universal_approximation.against_kan --preset full    # 81 minutes of processor time

It runs when it is named, and is left out of `python -m experiments universal_approximation`.
Outputs: parameters, seconds; table.csv has a row for each function, network and size.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from experiments.lab import cli
from experiments.universal_approximation import _kan_mlps, _kan_runs
from experiments.universal_approximation._kan_targets import KAN_TARGETS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict

STORE = False  # times are measured


@dataclass(frozen=True)
class Config:
    """Which functions, and how long both sides are trained."""

    targets: tuple[str, ...] = ("bessel", "exp_sine", "product", "two_rings")  # scientific
    most_grids: int = 10  # scientific: of the grids that `_kan_targets` names for each function, the first
    seeds: int = 3  # scientific: networks of each kind and size, as in the paper
    kan_steps: int = 200  # fixed: steps of L-BFGS for each grid, of up to 20 iterations each
    kan_tuning_steps: int = 50  # nuisance: the same while settings are chosen
    projection_steps: int = 300  # fixed: of variable projection; a quarter of it while settings are chosen
    num_rows: int | None = None  # fixed: training points; those of `_kan_targets` where it is none
    processes: int | None = None  # fixed: KANs trained at once, a core each; as many as there are cores if none

    def grids_of(self, target: str) -> tuple[int, ...]:
        """Intervals of the splines, one grid after another."""
        return KAN_TARGETS[target].grids[: self.most_grids]

    def tuning_grids_of(self, target: str) -> tuple[int, ...]:
        """The same while settings are chosen."""
        return self.grids_of(target)[: KAN_TARGETS[target].num_tuned]


FULL = Config()
QUICK = Config(
    targets=("product",), most_grids=2, seeds=2, kan_steps=10, kan_tuning_steps=2, projection_steps=60, num_rows=300,
)  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Test errors of KANs [target, size, seed] and plain networks [target, solver, size, seed]; parameters, seconds."""
    check(config)
    preset = " --preset full" if config == FULL else ""
    command = f"python -m experiments universal_approximation.against_kan{preset}"
    steps = {"kan_steps": config.kan_steps, "projection_steps": config.projection_steps}
    return xr.merge([_kan_mlps.mlps(config), _kan_runs.kans(config)]).assign_attrs(command=command, **steps)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    _kan_runs.check()
    if not config.targets or not set(config.targets) <= set(KAN_TARGETS):
        raise ValueError(f"targets={config.targets!r} must be of {', '.join(KAN_TARGETS)}")
    for name, least in (("most_grids", 2), ("seeds", 2), ("kan_steps", 1), ("kan_tuning_steps", 1)):
        if getattr(config, name) < least:
            raise ValueError(f"{name}={getattr(config, name)!r} must be {least} or more")
    for name, least in (("projection_steps", 4), ("num_rows", 10), ("processes", 1)):
        if (value := getattr(config, name)) is not None and value < least:
            raise ValueError(f"{name}={value!r} must be {least} or more")


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """Error against parameters, and against seconds."""
    from experiments.universal_approximation import _kan_figures as draw

    return {"parameters": draw.parameters(data), "seconds": draw.seconds(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row for each function, network and size: parameters, error (median, least, greatest of the seeds), seconds."""
    rows = []
    for target in data.target.values:
        for size in range(data.sizes["size"]):
            one = data.sel(target=target).isel(size=size)
            rows.append(_row(target, "KAN, L-BFGS", one.kan, one.kan_params, one.kan_seconds.median(), one.kan_setting))
            for solver in data.solver.values:
                plain = one.sel(solver=solver)
                parts = (plain.mlp, plain.mlp_params, plain.mlp_seconds, plain.mlp_setting)
                rows.append(_row(target, f"plain, {solver}", *parts))
    return [row for row in rows if row["parameters"] > 0]


def _row(
    target: str, network: str, error: xr.DataArray, params: xr.DataArray, seconds: xr.DataArray, setting: xr.DataArray
) -> dict:
    ends = {"median_rms": float(error.median()), "least": float(error.min()), "greatest": float(error.max())}
    row = {"function": str(target), "network": network, "parameters": int(params)} | ends
    return row | {"seconds": float(seconds), "setting": str(setting.item())}


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_kan_verdicts`."""
    from experiments.universal_approximation import _kan_verdicts

    return _kan_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
