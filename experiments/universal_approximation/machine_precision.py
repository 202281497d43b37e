"""32 tanh units reach 1e-10 on smooth targets, and a second network on what is left reaches machine precision.

Sources: the random-feature start and its digits are of this house (issue 6); networks on the residual, scaled to 1 and
at a frequency of their own, are Wang & Lai 2023 (multi-stage networks; single ones stall near 1e-5 there).

Every network is 1-32-1 in float64 on [-1, 1]. Its units start with |w| from 1.5 to 3 and centres from -1.3 to 1.3, and
are trained by variable projection: Levenberg-Marquardt on the hidden layer, the output layer solved for. The error is
the root mean square at points between the training rows. Beside it stand what costs less:

- the same units untrained, with one least-squares solve (SVD) for the output layer;
- Chebyshev interpolants of degree 31 (32 coefficients, one per unit) and of degree 96 (97, one per number of the
  network).

A chain is a network whose output weights are held small by a ridge, and up to two more, each on what those before it
leave, scaled to 1. How fast its units start to bend is tuned for each target and stage on chains that are not
reported, by what they leave at points that are not reported, and so is the solver's first damping. Chains of equal and
of growing width are told apart.

    python -m experiments universal_approximation.machine_precision                  # 10 s
    python -m experiments universal_approximation.machine_precision --preset full    # 2 minutes on 2 cores

Outputs: errors, stages, residuals; table.csv has a row for each target and way.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from experiments.lab import cli
from experiments.universal_approximation import _machine_precision_networks as networks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict


@dataclass(frozen=True)
class Config:
    """Which targets, how many networks, how long."""

    targets: tuple[str, ...] = ("exp_sin", "sine", "exp_cos", "reciprocal_sin", "runge")  # scientific
    units: int = 32  # scientific: tanh units of the first network
    equal: tuple[int, ...] = (32, 32, 32)  # scientific: units of the networks of a chain of equal width
    wider: tuple[int, ...] = (32, 64, 96)  # scientific: units of a chain that grows
    seeds: int = 32  # scientific: single networks for each target
    chains: int = 12  # scientific: chains of each kind for each target
    rates: tuple[float, ...] = (10.0, 100.0, 1000.0)  # nuisance: reciprocals of the first damping, tuned by target
    frequencies: tuple[float, ...] = (2.0, 4.0, 8.0)  # nuisance: factors on |w| of later networks, tuned
    tuning_seeds: int = 2  # nuisance: networks and chains that choose the above, never reported
    ridge: float = 1e4  # nuisance: what output weights of the first of a chain cost, in units of rounding
    num_steps: int = 240  # fixed: steps of a single network, and of the first of a chain
    stage_steps: int = 100  # fixed: steps of later networks
    num_rows: int = 385  # fixed: equally spaced training rows


FULL = Config()
QUICK = Config(
    targets=("exp_sin", "exp_cos", "runge"), equal=(32, 32), wider=(32, 64), seeds=6, chains=2, rates=(100.0,),
    frequencies=(4.0,), tuning_seeds=1, num_steps=60, stage_steps=40, num_rows=201,
)  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Errors of single networks, of what costs less, and of chains, for all targets."""
    check(config)
    data = xr.merge([networks.single(config), networks.polynomials(config), *networks.all_chains(config)])
    preset = " --preset full" if config == FULL else ""
    command = f"python -m experiments universal_approximation.machine_precision{preset}"
    attrs = {"units": config.units, "num_steps": config.num_steps, "stage_steps": config.stage_steps}
    return data.assign_attrs(attrs, equal=str(config.equal), wider=str(config.wider), command=command)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    if len(config.equal) != len(config.wider) or not config.equal:
        raise ValueError(f"equal={config.equal!r} and wider={config.wider!r} must hold as many networks, one at least")
    if config.num_rows <= 3 * max(config.units, *config.equal, *config.wider):
        raise ValueError(f"num_rows={config.num_rows!r} must be more than three times the units of every network")
    if min(config.seeds, config.chains) < 2 or config.tuning_seeds < 1:
        raise ValueError(
            f"seeds={config.seeds!r} and chains={config.chains!r} must be 2 or more, tuning_seeds="
            f"{config.tuning_seeds!r} 1 or more"
        )


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """Errors by target and way, chains stage by stage, and what they leave along the interval."""
    from experiments.universal_approximation import _machine_precision_figures as draw

    return {"errors": draw.errors(data), "stages": draw.stages(data), "residuals": draw.residuals(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row for each target and way: median, best and worst error, median sum of the absolute output weights."""
    from experiments.universal_approximation import _machine_precision_verdicts as judge

    rows = []
    for target in data.target.values:
        one = data.sel(target=target)
        ways = {"untrained": (one.untrained_rms, one.untrained_sum), "trained": (one.rms, one.output_sum)}
        for kind, stage in judge.places(data):
            place = one.sel(kind=kind, stage=stage)
            ways[f"{kind} chain, {stage} networks"] = (place.chain_rms, place.chain_sum)
        for way, (rms, total) in ways.items():
            row = {"target": str(target), "way": way, "networks": rms.size, "median": float(rms.median())}
            rows.append(
                row | {"best": float(rms.min()), "worst": float(rms.max()), "output_sum": float(total.median())}
            )
        for degree in data.degree.values:
            error = float(one.polynomial_rms.sel(degree=degree))
            row = {"target": str(target), "way": f"Chebyshev, degree {degree}", "networks": 1, "median": error}
            rows.append(row | {"best": error, "worst": error, "output_sum": float("nan")})
    return rows


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_machine_precision_verdicts`."""
    from experiments.universal_approximation import _machine_precision_verdicts as judge

    return judge.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
