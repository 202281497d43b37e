"""The time to learn n-bit parity grows exponentially with n; N hidden neurons often fail at it, 2N hardly ever.

Source: Tesauro & Janssens 1988 (Complex Systems 2, 39-44): training time "roughly as 4^n" for n = 2 to 8, with rate
and momentum tuned for every n. Whether that counts epochs or presentations is open: an epoch has 2^N presentations,
so 4^N presentations are 2^N epochs. Open as well: their criterion, start and momentum (it approached 1 with n).

Protocol: N-H-1 of sigmoids with H = N and 2N, inputs -1 and +1, targets 0 and 1, mean squared error over all 2^N
rows, full batch, momentum 0.9, weights and biases U(-1, 1). The rate is tuned for every N and H on seeds that are
not reported: the least median epochs, and where half of the networks fail at every rate, the most successes. A
network stops once all rows are within 0.4 of their target (`_solved.py`); one that has not at the cap is censored.

    python -m experiments xor.parity                  # 4 s
    python -m experiments xor.parity --preset full    # 2 min: N = 2 to 7, two widths, 200 networks each

Outputs: parity_growth, parity_survival, parity_success; table.csv has a row per N and H.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict, cli, tuning
from experiments.xor import _solved
from experiments.xor._parity import Growth, figures, growth, median_epochs
from nnjax import statistics

__all__ = ["FULL", "QUICK", "Config", "figures", "run", "table", "verdicts"]

COMMAND = "python -m experiments xor.parity --preset full"
SOURCE = "Tesauro & Janssens 1988, 4^n; unit of time unresolved"


@dataclass(frozen=True)
class Config:
    """Which networks, how long, and how many."""

    bits: tuple[int, ...] = (2, 3, 4, 5, 6, 7)  # scientific: N
    multiples: tuple[int, ...] = (1, 2)  # scientific: hidden neurons H over N
    num_rates: int = 7  # nuisance: rates tried for every N and H
    lowest_rate: float = 1.0  # nuisance: ends of the geometric grid of rates, on the mean squared error
    highest_rate: float = 20.0
    tuning_seeds: int = 60  # nuisance: seeds that choose the rate, never reported
    tuning_epochs: int = 4_000  # nuisance: cap while tuning
    seeds: int = 200  # fixed: fresh networks of every N and H
    max_epochs: int = 10_000  # fixed: where a network that has not solved is censored
    record_every: int = 2  # fixed: epochs, the resolution of the times
    momentum: float = 0.9  # fixed


FULL = Config()
QUICK = Config(bits=(2, 3, 4), multiples=(2,), num_rates=4, tuning_epochs=600, max_epochs=600, record_every=5)


def run(config: Config) -> xr.Dataset:
    """Epochs until solved, or the cap, of every fresh network [multiple, bits, seed], at the tuned rates."""
    rows = [xr.concat([_one(n, k, config) for n in config.bits], "bits") for k in config.multiples]
    return xr.concat(rows, "multiple").assign_attrs(cap=config.max_epochs, resolution=config.record_every)


def _one(num_bits: int, multiple: int, config: Config) -> xr.Dataset:
    """Tune the rate for one N and H, then train the fresh seeds at it."""
    task = nnjax.tasks.parity(num_bits, low=-1.0, high=1.0)
    common = {"hidden": (num_bits * multiple,), "activation": "sigmoid", "output_activation": "sigmoid"}
    common |= {"init": "uniform", "bias_init": "uniform", "solver": "sgd", "momentum": config.momentum}
    common |= {"loss": "squared_error", "record_every": config.record_every}
    common |= {
        "measure": {"worst_error": _solved.worst_error},
        "early_stop": ("worst_error", _solved.TOLERANCE),
    }
    rates = np.geomspace(config.lowest_rate, config.highest_rate, config.num_rates)
    tuned = nnjax.sweep(
        task,
        **common,
        learning_rate=rates,
        seeds=tuning.tuning_seeds(config.tuning_seeds),
        num_steps=config.tuning_epochs,
    )
    solved = tuned.status == nnjax.training.STOPPED
    speed = -tuned.steps.where(solved, np.inf).median("seed")
    chosen = float(tuning.best_rate(speed, 1 - solved.mean("seed")))
    fresh = nnjax.sweep(task, **common, learning_rate=chosen, seeds=config.seeds, num_steps=config.max_epochs)
    solved = fresh.status == nnjax.training.STOPPED
    data = xr.Dataset(
        {
            "epochs": ("seed", fresh.steps.where(solved, config.max_epochs).values.astype(np.int32)),
            "solved": ("seed", solved.values),
            "rate": chosen,
            "rate_at_edge": bool(np.isclose(chosen, rates[[0, -1]]).any()),
        }
    )
    return data.expand_dims(multiple=[multiple], bits=[num_bits])


def table(data: xr.Dataset) -> list[dict]:
    """A row per N and H. `growth` is the factor per bit of the median epochs at this H, with its interval."""
    rows = []
    for multiple in data.multiple.values:
        base = growth(data.sel(multiple=multiple))
        for n in data.bits.values:
            one = data.sel(multiple=multiple, bits=n)
            count, low, high = (
                int(one.solved.sum()),
                *statistics.wilson(int(one.solved.sum()), one.sizes["seed"]),
            )
            median = median_epochs(one)
            row = {"bits": int(n), "hidden": int(n * multiple), "rate": float(one.rate)}
            row |= {"rate_at_edge": bool(one.rate_at_edge), "networks": one.sizes["seed"], "solved": count}
            row |= {"solved_share": count / one.sizes["seed"], "solved_low": low, "solved_high": high}
            row |= dict(zip(("median_epochs", "median_low", "median_high"), median, strict=True))
            row |= {"median_presentations": median.estimate * 2**n, "cap": data.attrs["cap"]}
            row |= {"growth": base.base, "growth_low": base.low, "growth_high": base.high}
            rows.append(row)
    return rows


def reading(base: float, low: float, high: float, claimed: float, other: float) -> str:
    """Whether a growth per bit agrees with a claimed one: reproduced where its interval holds that and not the other
    reading's, partly where it holds both or nothing was fitted, not reproduced where the claimed one lies outside."""
    if np.isnan([base, low, high]).any():
        return PARTLY
    if not low <= claimed <= high:
        return NOT_REPRODUCED
    return PARTLY if low <= other <= high else REPRODUCED


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The two readings of 4^n at the greatest width, and what the second N hidden neurons are worth."""
    multiple = int(data.multiple.values[-1])
    width = "N" if multiple == 1 else f"{multiple}N"
    base = growth(data.sel(multiple=multiple))
    bits = f"N = {data.bits.values[0]} to {data.bits.values[-1]}, {width} hidden"
    found = [_growth(name, factor, bits, base) for name, factor in (("epochs", 1), ("presentations", 2))]
    if data.sizes["multiple"] > 1:
        found.append(_wider(data))
    return found


def _growth(unit: str, factor: int, setting: str, base: Growth) -> Verdict:
    """One reading: 4^N in this unit of time. The other reading would be twice or half of it in the same unit."""
    value, low, high = factor * base.base, factor * base.low, factor * base.high
    outcome = reading(value, low, high, 4.0, 2.0 if unit == "epochs" else 8.0)
    claim = f"The median {unit} to learn n-bit parity grow as 4^N ({setting})"
    shown = (None, None, None) if np.isnan(value) else (value, low, high)
    return Verdict(f"growth_{unit}", claim, SOURCE, 4.0, *shown, "times per bit", outcome, COMMAND)


def _wider(data: xr.Dataset) -> Verdict:
    """Whether the greatest width solves the greatest N more often than the smallest width."""
    n = int(data.bits.values[-1])
    few, many = (data.solved.isel(multiple=i, bits=-1).values for i in (0, -1))
    difference = statistics.paired_difference(many, few)
    hidden = [int(n * k) for k in data.multiple.values[[0, -1]]]
    claim = f"{n}-bit parity is learned more often with {hidden[1]} hidden neurons than with the {hidden[0]} it needs"
    return Verdict(
        "wider_is_surer",
        claim,
        "hinton-problems, N-N-1 parity: 0 of 5 solved at N = 6 and 7",
        "more often",
        difference.estimate,
        difference.low,
        difference.high,
        "difference in the share solved",
        REPRODUCED if difference.low > 0 else NOT_REPRODUCED if difference.high <= 0 else PARTLY,
        COMMAND,
    )


if __name__ == "__main__":
    cli.main(__file__)
