"""Enough neurons approximate anything: five ways to write such a network down, each on the line that theory predicts.

Nothing is trained. For each of twelve functions the hidden layer is made of
- step units that cut it into bumps of equal width (the error falls as 1/N),
- sigmoid units of a gain that rises with N, which are steps in the limit (Cybenko 1989),
- ReLU units that draw straight lines between points of the function, at equal distances (1/N^2), or dense where the
  function bends: so that the integral of |f''|^(2/5) is shared out equally (de Boor 1973),
- the same dense knots with the best heights in L2. As N grows these err what no ReLU network of N units can beat, the
  free-knot optimum, which tends to (integral |f''|^(2/5))^(5/2) / (sqrt(720) N^2) (Burchard & Hale 1975).

Errors are exact: quadrature from knot to knot of what `mlp` says, in float64 and in float32. A kink that no knot lies
on and a jump cost more, and how much more is predicted as well; the largest error at a jump does not fall at all, as
the theorem is about continuous functions. In the end rounding takes over: where, is measured.

Sources: Cybenko 1989; Hornik, Stinchcombe & White 1989; de Boor 1973; Burchard & Hale 1975.

    python -m experiments universal_approximation.written_down                  # 7 s
    python -m experiments universal_approximation.written_down --preset full    # 35 s on 2 cores

Outputs: constructions, errors, slopes, gain, rounding; table.csv has a row per target, construction and N.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import numpy as np
import xarray as xr

from experiments.lab import cli
from experiments.universal_approximation import _written_down_networks as networks
from nnjax import naming, tasks
from nnjax.theory import approximation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict

STORE = False  # nothing here is a sweep
LOOKS = 601  # places at which what is drawn is drawn
DRAWN_SHARPNESS = (2.0, 6.0, 40.0)
DRAWN_UNITS = 9
PLACES = 4096  # at which rounding is looked at
PIECES = 33  # of which the free-knot optimum itself is computed, to see how near it is to what it tends to


@dataclass(frozen=True)
class Config:
    """What is written down: nothing is random, but for the places at which rounding is looked at."""

    targets: tuple[str, ...] = tuple(tasks.TARGETS)  # scientific
    widths: tuple[int, ...] = tuple(round(4 * 2 ** (i / 2)) for i in range(17))  # scientific: hidden units, 4 to 1024
    sharpness: float = 16.0  # fixed: gain of the sigmoids times the length of a piece
    gain_target: str = "sine"  # fixed: the function on which gains are compared
    gains: tuple[float, ...] = (16.0, 64.0, 256.0)  # scientific: gains, times the length of the interval, kept fixed
    rounding_widths: tuple[int, ...] = tuple(2**i for i in range(2, 14))  # scientific: ReLU units, 4 to 8192
    seed: int = 0  # fixed


FULL = Config()
QUICK = Config(
    targets=("sine", "kink", "jump"),
    widths=(8, 23, 32, 45, 64, 91, 128),
    gains=(16.0, 128.0),
    rounding_widths=(64, 256, 1024, 4096),
)


def run(config: Config) -> xr.Dataset:
    """Errors [target, kind, width, dtype] with what is predicted, the study of gains and that of rounding."""
    check(config)
    with jax.enable_x64(True):
        parts = [_errors(config), _gains(config), _roundings(config), _looks()]
    preset = " --preset full" if config == FULL else ""
    return xr.merge(parts).assign_attrs(
        sharpness=config.sharpness,
        pieces=PIECES,
        gain_target=config.gain_target,
        command=f"python -m experiments universal_approximation.written_down{preset}",
    )


def check(config: Config) -> None:
    """That the settings make sense; a ValueError names the argument, the value and what is allowed."""
    for name in (*config.targets, config.gain_target):
        if name not in tasks.TARGETS:
            raise naming.unknown(name, tasks.TARGETS, "targets")
    for name in ("widths", "rounding_widths"):
        widths = getattr(config, name)
        if len(widths) < 3 or min(widths) < 2 or list(widths) != sorted(set(widths)):
            raise ValueError(f"{name}={widths!r} must be three whole numbers or more, rising, from 2 on")
    if not (0 < config.sharpness < np.inf and config.gains and 0 < min(config.gains) <= max(config.gains) < np.inf):
        raise ValueError(f"sharpness={config.sharpness!r}, gains={config.gains!r} must be above 0 and finite")


def _errors(config: Config) -> xr.Dataset:
    """Every construction on every target: the L2 error, the largest one, and what theory says of both."""
    shape = (len(config.targets), len(networks.KINDS), len(config.widths))
    l2, largest = np.empty((*shape, 2)), np.empty((*shape, 2))
    expected, expected_largest = np.empty(shape), np.empty(shape)
    for i, name in enumerate(config.targets):
        target = tasks.TARGETS[name]
        panels = approximation.panels(target.function, target.interval, target.breakpoints)
        for j, kind in enumerate(networks.KINDS):
            expected[i, j] = networks.predicted(kind, target, config.widths, config.sharpness)
            expected_largest[i, j] = networks.predicted_largest(kind, target, config.widths)
            for k, width in enumerate(config.widths):
                network = networks.build(kind, target, width, config.sharpness)
                found = [networks.error(network, target, panels, dtype) for dtype in ("float32", "float64")]
                l2[i, j, k], largest[i, j, k] = [one.l2 for one in found], [one.largest for one in found]
    dims = ("target", "kind", "width")
    coords = {"target": list(config.targets), "kind": list(networks.KINDS), "width": list(config.widths)}
    return xr.Dataset(
        {
            "l2": ((*dims, "dtype"), l2),
            "largest": ((*dims, "dtype"), largest),
            "predicted": (dims, expected),
            "predicted_largest": (dims, expected_largest),
            "optimum": ("target", [networks.optimum(tasks.TARGETS[name], PIECES) for name in config.targets]),
        },
        coords=coords | {"dtype": ["float32", "float64"]},
    )


def _gains(config: Config) -> xr.Dataset:
    """Sigmoid steps on one target: by their gain at two widths, and by N with the gain held fixed."""
    target = tasks.TARGETS[config.gain_target]
    panels = approximation.panels(target.function, target.interval, target.breakpoints)

    def error(units: int, sharpness: float) -> float:
        network = networks.build("sigmoid steps", target, units, sharpness)
        return networks.error(network, target, panels, "float64").l2

    sharpness, at = np.geomspace(1, 256, 17), (config.widths[len(config.widths) // 2], config.widths[-1])
    by_sharpness = [[error(units, float(s)) for s in sharpness] for units in at]
    bumps = [networks.build("step bumps", target, units, 1.0) for units in at]
    fixed = [[error(units, gain / (units + 1)) for units in config.widths] for gain in config.gains]
    return xr.Dataset(
        {
            "by_sharpness": (("gain_width", "sharp"), by_sharpness),
            "smoothing": ("sharp", [networks.smoothing(float(s)) for s in sharpness]),
            "bumps": ("gain_width", [networks.error(one, target, panels, "float64").l2 for one in bumps]),
            "fixed_gain": (("gain", "width"), fixed),
        },
        coords={"gain_width": list(at), "sharp": sharpness, "gain": list(config.gains), "width": list(config.widths)},
    )


def _roundings(config: Config) -> xr.Dataset:
    """What rounding adds to straight lines on equal knots, and what the lines err, as root mean squares."""
    rng = np.random.default_rng(config.seed)
    rounding = np.empty((len(config.targets), len(config.rounding_widths), 2))
    exact = np.empty(rounding.shape[:2])
    for i, name in enumerate(config.targets):
        target = tasks.TARGETS[name]
        x = rng.uniform(*target.interval, PLACES)
        l2 = networks.predicted("ReLU, equal knots", target, config.rounding_widths, config.sharpness)
        exact[i] = l2 / np.sqrt(np.ptp(target.interval))
        for j, units in enumerate(config.rounding_widths):
            network = networks.build("ReLU, equal knots", target, units, config.sharpness)
            rounding[i, j] = [networks.rounding(network, target, dtype, x) for dtype in ("float32", "float64")]
    coords = {"target": list(config.targets), "rounding_width": list(config.rounding_widths)}
    return xr.Dataset(
        {
            "rounding": (("target", "rounding_width", "dtype"), rounding),
            "lines": (("target", "rounding_width"), exact),
        },
        coords=coords | {"dtype": ["float32", "float64"]},
    )


def _looks() -> xr.Dataset:
    """What is drawn of the constructions themselves: bumps and sigmoid steps on the sine, knots on Runge's function."""
    sine, runge = tasks.TARGETS["sine"], tasks.TARGETS["runge"]
    x, across = np.linspace(*sine.interval, LOOKS), np.linspace(*runge.interval, LOOKS)
    steps = [networks.build("sigmoid steps", sine, DRAWN_UNITS, s) for s in DRAWN_SHARPNESS]
    lines = [networks.build(kind, runge, DRAWN_UNITS + 1, 1.0) for kind in networks.KINDS[2:4]]
    bumps = networks.build("step bumps", sine, DRAWN_UNITS, 1.0)
    return xr.Dataset(
        {
            "drawn_bumps": ("place", networks.outputs(bumps, x, "float64")[0]),
            "drawn_steps": (("drawn_sharpness", "place"), [networks.outputs(one, x, "float64")[0] for one in steps]),
            "drawn_lines": (("spread", "place"), [networks.outputs(one, across, "float64")[0] for one in lines]),
            "drawn_knots": (("spread", "knot"), [one.edges for one in lines]),
            "sine": ("place", sine.function(x)),
            "runge": ("place", runge.function(across)),
        },
        coords={"place": np.linspace(0, 1, LOOKS), "drawn_sharpness": list(DRAWN_SHARPNESS), "spread": [False, True]},
    )


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """See `_written_down_figures`."""
    from experiments.universal_approximation import _written_down_figures as draw

    return {
        "constructions": draw.constructions(data),
        "errors": draw.errors(data),
        "slopes": draw.slopes(data),
        "gain": draw.gain(data),
        "rounding": draw.rounding(data),
    }


def table(data: xr.Dataset) -> list[dict]:
    """A row per target, construction and number of units."""
    return [
        {"target": target, "construction": kind, "units": int(width)}
        | {f"l2_{dtype}": float(one.l2.sel(dtype=dtype)) for dtype in data.dtype.values}
        | {"predicted_l2": float(one.predicted), "largest_float64": float(one.largest.sel(dtype="float64"))}
        | {"predicted_largest": float(one.predicted_largest)}
        for target in data.target.values
        for kind in data.kind.values
        for width in data.width.values
        for one in [
            data[["l2", "largest", "predicted", "predicted_largest"]].sel(target=target, kind=kind, width=width)
        ]
    ]


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_written_down_verdicts`."""
    from experiments.universal_approximation import _written_down_verdicts

    return _written_down_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
