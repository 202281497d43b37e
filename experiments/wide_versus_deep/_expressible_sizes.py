"""How large the networks of `expressible` are, deep, shallow and the least that theory allows; and its table."""

import numpy as np
import xarray as xr

from experiments.wide_versus_deep import _expressible_errors as errors
from nnjax import mlp
from nnjax.theory import depth


def units_for_square(num_levels: int) -> int:
    """The units of a shallow square that errs no more than the deep one of m levels."""
    return int(np.ceil(depth.square_pieces(2.0 ** (-2 * num_levels - 2))))


def units_for_points(num_points: int, share: float) -> int:
    """The least units of one hidden layer that can get no more than that share of alternating points wrong: exact.

    N units have N + 1 pieces; see `theory.depth.alternating_error`.
    """
    return next(n for n in range(1, num_points) if depth.alternating_error(num_points, n + 1) <= share)


def table(data: xr.Dataset) -> list[dict]:
    """A row per function and k or m: what the deep and the shallow network have, and what they err."""
    rows = []
    for k in data.fold.values:
        wrong = {f"deep_wrong_{dtype}": int(data.sawtooth_wrong.sel(fold=k, dtype=dtype)) for dtype in errors.DTYPES}
        rows.append({"function": "sawtooth", "layers": int(k), "error": 0.0} | sizes("sawtooth", int(k)) | wrong)
    for m in data.level.values:
        row = {"function": "square", "layers": int(m), "error": 2.0 ** (-2 * int(m) - 2)} | sizes("square", int(m))
        for dtype in errors.DTYPES:
            row[f"deep_{dtype}"] = float(data.square_largest.sel(level=m, dtype=dtype))
            if m in data.shallow_level.values:
                row[f"shallow_{dtype}"] = float(data.shallow_square.sel(shallow_level=m, dtype=dtype))
        rows.append(row)
    for k in data.shallow_fold.values:
        one = data.rounding.sel(shallow_fold=k)
        row = {"function": "shallow sawtooth, rounding", "layers": 1, "shallow_neurons": 2 ** int(k)}
        rows.append(
            row | {f"{o}, {d}": float(one.sel(order=o, dtype=d)) for o in one.order.values for d in errors.DTYPES}
        )
    return rows


def sizes(function: str, layers: int) -> dict[str, int]:
    """Neurons and parameters of the deep network, of the shallow one that is written down, and the least by theorem."""
    if function == "sawtooth":
        width, shallow, least = 2, 2**layers, depth.sawtooth_pieces(layers) - 1
    else:
        width, shallow = 3, units_for_square(layers)
        least = max(shallow - 1, 1)
    return {
        "deep_neurons": width * layers,
        "deep_parameters": mlp.num_params((1, *(width,) * layers, 1)),
        "shallow_neurons": shallow,
        "shallow_parameters": mlp.num_params((1, shallow, 1)),
        "least_neurons": least,
        "least_parameters": mlp.num_params((1, least, 1)),
    }
