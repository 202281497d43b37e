"""Layers of matrices, wide or deep, are trained several times faster than by plain vmap, near the matmul peak.

Source: the project's own targets: 6 times plain jit(vmap(scan)) at 1-16-1, 4.2 times at 1-64-1, and 45 % of the
float32 matmul peak at 1-32-32-32-1.

Protocol: one period of a sine, tanh, full batch, squared error, Adam at 0.01, float32. The methods of `price` take
turns in one process, and beside them products of large square matrices, the fastest of which is the peak of that round.
Operations are those of the matrix products of a step alone (`_plain.flops`): tanh, Adam and the loss come for nothing.
Then width and depth, each in turns in the engine and in plain jit(vmap(scan)).

    python -m experiments speed.shapes                  # 7 s, a toy: too small for its targets
    python -m experiments speed.shapes --preset full    # 4 min

Outputs: shapes_methods, shapes_lines; table.csv has a row per workload and method, then one per width and depth.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.lab import Verdict, cli
from experiments.speed import _compare, _plain, _rules, _timing

COMMAND = "python -m experiments speed.shapes --preset full"
TARGETS = {
    ("1-16-1", "vmap"): 6.0,
    ("1-16-1", "torch_batched"): 15.0,
    ("1-64-1", "vmap"): 4.2,
    ("1-64-1", "torch_batched"): 18.0,
}
SHARE = 0.45
LINES = ("engine", "vmap")


@dataclass(frozen=True)
class Config:
    """Which shapes, how much is trained, and how often it is timed."""

    one_layer: tuple[int, ...] = (16, 64)  # scientific: hidden neurons of networks with one hidden layer
    networks: int = 256  # fixed: of each of these shapes
    deep: tuple[int, ...] = (32, 32, 32)  # scientific: hidden layers of the network held against the peak
    deep_networks: int = 64  # fixed
    rows: int = 256  # fixed: points of the sine
    num_steps: int = 1_000  # fixed: full-batch updates of each network
    peak_sizes: tuple[int, ...] = (1_024, 1_536, 2_048)  # fixed: rows of the square matrices
    widths: tuple[int, ...] = (2, 4, 8, 16, 32, 64, 128, 256)  # scientific: one hidden layer
    depths: tuple[int, ...] = (1, 2, 3, 4, 5, 6)  # scientific: hidden layers
    depth_width: int = 16  # fixed: neurons of each of them
    line_networks: int = 256  # fixed: networks, rows and steps for widths and depths
    line_rows: int = 64  # fixed
    line_steps: int = 300  # fixed
    loops: int = 1  # fixed: networks that a Python loop trains
    scans: int = 10  # fixed: networks that are trained by one jitted scan each
    batched_steps: int = 50  # fixed: steps of PyTorch's batched matmul
    turbanet_steps: int = 20  # fixed: steps of TurbaNet
    rounds: int = 5  # fixed: times that everything is timed
    at_least: float = 0.1  # fixed: seconds; shorter calls are repeated until they take as long
    methods: tuple[str, ...] = tuple(_compare.METHODS)  # scientific: those of them that are installed


FULL = Config()
QUICK = Config(
    one_layer=(16,), networks=32, deep=(8, 8), deep_networks=16, num_steps=50, peak_sizes=(512,), widths=(8,),
    depths=(1,), line_networks=32, line_steps=20, batched_steps=3, rounds=3, at_least=0.0,
    methods=("engine", "vmap", "torch_batched"),
)  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Seconds [workload, way, round]; of the large products [workload, call, round]; of widths and depths."""
    work = [
        _compare.Workload(_plain.curve(n, rows=config.rows), config.networks, config.num_steps)
        for n in config.one_layer
    ]
    deep = _plain.curve(*config.deep, rows=config.rows)
    work.append(_compare.Workload(deep, config.deep_networks, config.num_steps))
    effort = _compare.Effort(config.loops, config.scans, config.batched_steps, config.turbanet_steps)
    products = {str(n): product(n) for n in config.peak_sizes}
    data = _compare.compare(work, config.methods, effort, config.rounds, config.at_least, products)
    lines = {"width": [(n,) for n in config.widths]}
    lines |= {"depth": [(config.depth_width,) * n for n in config.depths]}
    with _timing.saved_programs(None):
        data = data.assign({f"{name}_seconds": _line(name, shapes, config) for name, shapes in lines.items()})
    data["flops"] = ("workload", [_plain.flops(w.problem.sizes, config.rows) for w in work])
    attrs = {"line_networks": config.line_networks, "line_steps": config.line_steps, "line_rows": config.line_rows}
    attrs |= {"depth_width": config.depth_width, "rows": config.rows, "deep": deep.name}
    return data.assign_attrs(attrs | _timing.machine(_compare.packages(config.methods)))


def product(size: int) -> _plain.Call:
    """The product of two square matrices of float32, in full precision also where a device has less to offer."""
    a = jnp.asarray(np.random.default_rng(0).normal(size=(size, size)), jnp.float32)
    matmul = jax.jit(lambda a: jnp.matmul(a, a, precision="highest"))
    return lambda: matmul(a).block_until_ready()


def _line(name: str, shapes: list[tuple[int, ...]], config: Config) -> xr.DataArray:
    """Seconds [line_method, width or depth, round] of networks with these hidden layers."""
    taken = []
    for hidden in shapes:
        problem = _plain.curve(*hidden, rows=config.line_rows)
        calls = {m: _compare.METHODS[m](problem, config.line_networks, config.line_steps) for m in LINES}
        taken.append(_timing.alternate(calls, config.rounds, config.at_least).warm)
    labels = [len(hidden) if name == "depth" else hidden[0] for hidden in shapes]
    return xr.DataArray(np.stack(taken, 1), {"line_method": list(LINES), name: labels}, ("line_method", name, "round"))


def peak(data: xr.Dataset) -> xr.DataArray:
    """Operations per second of the fastest large product [workload, round]."""
    return (2 * data.call.astype(float) ** 3 / data.beside_seconds).max("call")


def share(data: xr.Dataset, workload: str, method: str = "engine") -> _rules.Spread:
    """The part of the peak at which a method does the matrix products of a workload, round by round."""
    rate = data.flops / _compare.per_step(data).sel(way=method)
    return _rules.spread((rate / peak(data)).sel(workload=workload).values)


def figures(data: xr.Dataset) -> dict:
    """shapes_methods and shapes_lines."""
    from experiments.speed import _bars, _lines

    deep = data.attrs["deep"]
    note = f"{deep} does its matrix products at {share(data, deep).median:.0%} of the matmul peak of "
    note += f"{float(peak(data).median()) / 1e9:,.0f} GFLOP/s that was measured beside it (target {SHARE:.0%}). "
    drawn = _bars.per_step(data, TARGETS, note)
    return {"shapes_methods": drawn, "shapes_lines": _lines.shapes(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row per workload and method, with the share of the peak; then a row per width and depth."""
    rows = [row | {"rows": data.attrs["rows"]} for row in _compare.rows(data)]
    for row, (workload, method) in zip(rows, [(w, m) for w in data.workload.values for m in data.way.values],
                                       strict=True):  # fmt: skip
        row["share_of_peak"] = share(data, workload, method).median
    count = data.attrs["line_networks"], data.attrs["line_steps"]
    for name in ("width", "depth"):
        for method in data.line_method.values:
            for n in data[name].values:
                seconds = data[f"{name}_seconds"].sel({"line_method": method, name: n}).values
                hidden = (int(n),) if name == "width" else (data.attrs["depth_width"],) * int(n)
                row = {"workload": "-".join(map(str, (1, *hidden, 1))), "method": _compare.LABELS[str(method)]}
                row |= {"networks": count[0], "steps": count[1], "rounds": data.sizes["round"]}
                nanoseconds = _rules.spread(1e9 * seconds / (count[0] * count[1]))
                row |= dict(zip(("low_ns", "ns_per_network_step", "high_ns"), nanoseconds, strict=True))
                rows.append(row | {"rows": data.attrs["line_rows"]})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Every target of the engine that was measured."""
    found = []
    for (workload, method), target in TARGETS.items():
        if workload in data.workload.values and method in data.way.values:
            claim = f"{workload}: the engine against {_compare.LABELS[method]}, per network and step"
            value = _compare.times_faster(data, workload, method)
            found.append(_rules.faster(f"{workload}_{method}", claim, value, target, COMMAND))
    deep = data.attrs["deep"]
    claim = f"{deep}: the matrix products of training run at no less than {SHARE:.0%} of the matmul peak"
    return [*found, _rules.faster("matmul_share", claim, share(data, deep), SHARE, COMMAND, "of the peak")]


if __name__ == "__main__":
    cli.main(__file__)
