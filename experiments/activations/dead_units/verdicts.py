"""The table and the verdicts of `activations.dead_units`.

Its three parts are judged in `born_verdicts`, `killed_verdicts` and `rank_verdicts`, on the data that `born`, `killed`
and `ranks` made.
"""

import xarray as xr

from experiments.activations.dead_units import born_verdicts, killed_verdicts, rank_verdicts
from experiments.activations.dead_units.config import Config
from experiments.activations.dead_units.rank_verdicts import LAYERS
from experiments.activations.dead_units.ranks import LEAKY
from experiments.lab.verdicts import Statement, Verdict


def statements(config: Config) -> list[Statement]:
    """All statements; those on training name the solvers."""
    return [
        *born_verdicts.statements(config), *killed_verdicts.statements(config), *rank_verdicts.statements(config),
    ]  # fmt: skip


def table(data: xr.Dataset) -> list[dict]:
    """Rows of three parts: born dead at the greatest depth, killed by the rate, and ranks at the last judged layer."""
    rows = []
    last = int(data.born_layer.max())
    for law in data.law.values.tolist():
        for width in data.born_width.values.tolist():
            at = {"law": law, "born_width": width, "born_layer": last}
            n = data.attrs["networks"]
            rows.append({
                "part": "born dead", "setting": f"{law}, width {width}, {last} layers",
                "measured": int(data.born_point.sel(at)) / n,
                "theory": float(data.born_exact.sel(born_width=width, born_layer=last)),
                "on the circle": int(data.born_domain.sel(at)) / n, "accuracy": "", "n": n,
            })  # fmt: skip
    for solver in data.solver.values.tolist():
        for activation in data.activation.values.tolist():
            one = data.sel(solver=solver, activation=activation)
            for rate in data.rate.values.tolist():
                at_rate = one.sel(rate=rate)
                if at_rate.accuracy.notnull().all():  # a rate of this solver
                    diverged = int(at_rate.diverged.sum())
                    rows.append({
                        "part": "killed", "setting": f"{solver}, {activation}, rate {rate:.3g}, {diverged} diverged",
                        "measured": float(at_rate.off.mean()), "theory": "", "on the circle": "",
                        "accuracy": float(at_rate.accuracy.mean()), "n": data.sizes["seed"] - diverged,
                    })  # fmt: skip
    for case in range(data.sizes["case"]):
        one = data.isel(case=case).sel(layer=LAYERS)
        rows.append({
            "part": "rank", "setting": f"{one.kind.item()}, {int(one.examples)} examples, width {int(one.units)}",
            "measured": float(one["rank"].mean()),
            # The law counts the units that are on, as ReLUs are off for some examples.
            "theory": min(int(one.examples), int(one.units) * float(one.wide_share)) if one.kind != LEAKY else "",
            "on the circle": "", "accuracy": "", "n": data.sizes["draw"],
        })  # fmt: skip
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Born dead, killed by the learning rate, ranks by depth."""
    return [*born_verdicts.verdicts(data), *killed_verdicts.verdicts(data), *rank_verdicts.verdicts(data)]
