"""The times of `speed.shapes`: every method on some shapes, large products beside them, and widths and depths."""

import numpy as np
import xarray as xr

from experiments.speed.shapes.config import Config
from experiments.speed.shared import compare, plain, timing

LINES = ("engine", "vmap")


def run(config: Config) -> xr.Dataset:
    """Seconds [workload, way, round]; of the large products [workload, size, round]; of widths and depths."""
    work = [
        compare.Workload(plain.curve(n, rows=config.rows), config.networks, config.num_steps) for n in config.one_layer
    ]
    deep = plain.curve(*config.deep, rows=config.rows)
    work.append(compare.Workload(deep, config.deep_networks, config.num_steps))
    effort = compare.Effort(config.loops, config.scans, config.batched_steps, config.turbanet_steps)
    data = compare.compare(work, config.methods, effort, config.rounds, config.at_least, config.peak_sizes)
    lines = {"width": [(n,) for n in config.widths]}
    lines |= {"depth": [(config.depth_width,) * n for n in config.depths]}
    with timing.saved_programs(None):
        data = data.assign({f"{name}_seconds": _line(name, shapes, config) for name, shapes in lines.items()})
    attrs = {"line_networks": config.line_networks, "line_steps": config.line_steps, "line_rows": config.line_rows}
    attrs |= {"depth_width": config.depth_width, "rows": config.rows, "deep": deep.name}
    return data.assign_attrs(attrs | timing.machine(compare.packages(config.methods)))


def _line(name: str, shapes: list[tuple[int, ...]], config: Config) -> xr.DataArray:
    """Seconds [line_method, width or depth, round] of networks with these hidden layers."""
    taken = []
    for hidden in shapes:
        problem = plain.curve(*hidden, rows=config.line_rows)
        calls = {m: compare.METHODS[m](problem, config.line_networks, config.line_steps) for m in LINES}
        taken.append(timing.alternate(calls, config.rounds, config.at_least).warm)
    labels = [len(hidden) if name == "depth" else hidden[0] for hidden in shapes]
    return xr.DataArray(np.stack(taken, 1), {"line_method": list(LINES), name: labels}, ("line_method", name, "round"))
