"""The table and the verdicts of `speed.grid`."""

import itertools

import numpy as np
import xarray as xr

from experiments.lab.rounds import RATIO, MedianInterval, faster, median_interval, verdict
from experiments.lab.verdicts import Statement, Verdict
from experiments.speed.grid.config import Config, networks, shapes
from experiments.speed.shared.findings import in_rounds

# How many times as fast the engine should be at few steps and at many, and with saved programs.
FEW, MANY, WARM = 7.0, 4.0, 1.5
TARGETS = {"few_steps": FEW, "many_steps": MANY}


def statements(config: Config) -> list[Statement]:
    """The engine against one program per shape at few and at many steps; with saved programs against without."""
    return _statements(networks(config), shapes(config), config.steps)


def _statements(num_networks: int, num_shapes: int, steps: tuple[int, ...]) -> list[Statement]:
    grid = f"{num_networks:,} networks of {num_shapes} shapes and activations"
    found = [
        faster(
            name,
            f"Compiling included, the engine trains {grid} for {n:,} steps more than {target:g} times as fast as one "
            "plain program per shape and activation.",
            target,
        )
        for (name, target), n in zip(TARGETS.items(), steps, strict=False)
    ]
    claim = f"With compiled programs saved on disk the engine trains {grid} for {steps[0]:,} steps more than {WARM:g} "
    return [*found, faster("warm_cache", f"{claim}times as fast as without.", WARM, f"{RATIO} with saved programs")]


def times_faster(data: xr.Dataset, slow: str, fast: str, steps: int) -> MedianInterval:
    """How many times longer one way takes than another, round by round."""
    one = data.seconds.sel(steps=steps)
    return median_interval((one.sel(way=slow) / one.sel(way=fast)).values)


def warm(data: xr.Dataset) -> MedianInterval:
    """How many times longer the engine takes without saved programs than with them, at the fewest steps."""
    return times_faster(data, "engine", "saved", int(data.steps.values[0]))


def table(data: xr.Dataset) -> list[dict]:
    """A row per way and number of steps."""
    rows = []
    for way, steps in itertools.product(data.way.values, data.steps.values):
        seconds = data.seconds.sel(way=way, steps=steps).values
        if np.isfinite(seconds).all():
            row = {"way": str(way), "steps": int(steps), "networks": data.attrs["networks"]}
            row |= {"shapes": data.attrs["shapes"], "rounds": data.sizes["round"]}
            row |= dict(zip(("seconds_low", "seconds", "seconds_high"), median_interval(seconds), strict=True))
            rows.append(row | {"over_engine": times_faster(data, str(way), "engine", int(steps)).median})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on every statement."""
    steps, rounds = tuple(int(n) for n in data.steps.values), data.sizes["round"]
    seconds = data.seconds.median("round")
    pairs = [("plain", "engine", n) for _, n in zip(TARGETS, steps, strict=False)] + [("engine", "saved", steps[0])]
    known = _statements(data.attrs["networks"], data.attrs["shapes"], steps)
    found = []
    for one, (slow, fast, n) in zip(known, pairs, strict=True):
        value = times_faster(data, slow, fast, n)
        short, long = (f"{float(seconds.sel(way=way, steps=n)):.3g} s" for way in (fast, slow))
        other = "as one plain program per shape and activation" if slow == "plain" else "with saved programs as without"
        text = f"At {n:,} steps nnjax.sweep is {value.said('times as fast')} {other} {in_rounds(rounds)}: it takes "
        text += f"{short} instead of {long}"
        # The plan depends on the number of steps, and only that of the fewest steps was kept.
        if slow == "plain" and n == steps[0]:
            text += f", with {data.attrs['programs']} programs instead of {data.attrs['shapes']}"
        found.append(verdict(one, f"{text}.", value, rounds))
    return found
