"""The table and the verdicts of `speed.shapes`: ratios per network and step, and the share of the matmul peak."""

import itertools

import xarray as xr

from experiments.lab.rounds import MedianInterval, faster, median_interval, verdict
from experiments.lab.verdicts import Statement, Verdict
from experiments.speed.shapes.config import Config, name
from experiments.speed.shared import findings, ratios
from experiments.speed.shared.labels import LABELS

# How many times as fast as the other methods the engine should be, per network and step.
TARGETS = {
    ("1-16-1", "vmap"): 6.0,
    ("1-16-1", "torch_batched"): 15.0,
    ("1-64-1", "vmap"): 4.2,
    ("1-64-1", "torch_batched"): 18.0,
}
SHARE = 0.45  # of the matmul peak


def statements(config: Config) -> list[Statement]:
    """Every target, and the share of the peak."""
    shapes, amounts = [name((n,)) for n in config.one_layer], (config.networks, config.num_steps)
    found = [target_statement(*key, *amounts) for key in TARGETS if key[0] in shapes and key[1] in config.methods]
    return [*found, share_statement(name(config.deep), config.deep_networks, config.num_steps)]


def target_statement(shape: str, method: str, networks: int, steps: int) -> Statement:
    """The statement that the engine is faster, by a target, than another method."""
    target = TARGETS[shape, method]
    claim = f"Once compiled, the engine trains {networks:,} networks of {shape}, {steps:,} steps on a sine, more than "
    return faster(f"{shape}_{method}", f"{claim}{target:g} times as fast as {LABELS[method]}.", target)


def share_statement(shape: str, networks: int, steps: int) -> Statement:
    """The statement that the matrix products of training come near the peak."""
    claim = f"Once compiled, training {networks:,} networks of {shape}, {steps:,} steps on a sine, computes its matrix "
    claim += f"products at more than {SHARE:.0%} of the peak of large products."
    return faster("matmul_share", claim, SHARE, "of the peak")


def share(data: xr.Dataset, workload: str, method: str = "engine") -> MedianInterval:
    """The share of the peak at which a method computes the matrix products of a workload, round by round."""
    rate = data.flops / ratios.per_step(data).sel(way=method)
    return median_interval((rate / ratios.peak(data)).sel(workload=workload).values)


def table(data: xr.Dataset) -> list[dict]:
    """A row per workload and method, with the share of the peak; then a row per width and depth."""
    rows = [row | {"rows": data.attrs["rows"]} for row in ratios.rows(data)]
    pairs = itertools.product(data.workload.values, data.way.values)
    for row, (workload, method) in zip(rows, pairs, strict=True):
        row["share_of_peak"] = share(data, workload, method).median
    count = data.attrs["line_networks"], data.attrs["line_steps"]
    for axis in ("width", "depth"):
        for method in data.line_method.values:
            for n in data[axis].values:
                seconds = data[f"{axis}_seconds"].sel({"line_method": method, axis: n}).values
                hidden = (int(n),) if axis == "width" else (data.attrs["depth_width"],) * int(n)
                row = {"workload": name(hidden), "method": LABELS[str(method)]}
                row |= {"networks": count[0], "steps": count[1], "rounds": data.sizes["round"]}
                nanoseconds = median_interval(1e9 * seconds / (count[0] * count[1]))
                row |= dict(zip(("low_ns", "ns_per_network_step", "high_ns"), nanoseconds, strict=True))
                rows.append(row | {"rows": data.attrs["line_rows"]})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdicts on every target that was measured, and on the share of the peak."""
    found = [
        findings.judge(data, shape, method, target_statement(shape, method, *_amounts(data, shape)))
        for shape, method in TARGETS
        if shape in data.workload.values and method in data.way.values
    ]
    rounds = data.sizes["round"]
    deep = data.attrs["deep"]
    value = share(data, deep)
    low, median, high = (f"{part:.1%}" for part in value)
    gigaflops = float(ratios.peak(data).median()) / 1e9
    networks, steps = _amounts(data, deep)
    text = f"In training {networks:,} networks of {deep}, nnjax.sweep computes their matrix products at {median} "
    text += f"[{low}, {high}] of the {gigaflops:,.0f} GFLOP/s that large products reach in the same rounds "
    text += f"{findings.in_rounds(rounds)}."
    if "vmap" in data.way:
        ratio = ratios.times_faster(data, deep, "vmap").said(f"times as fast as {LABELS['vmap']}")
        text += f" Per network and step it is {ratio}; no target was set for that."
    return [*found, verdict(share_statement(deep, networks, steps), text, value, rounds)]


def _amounts(data: xr.Dataset, shape: str) -> tuple[int, int]:
    """How many networks of a shape the engine trains, and for how many steps."""
    one = data.sel(workload=shape, way="engine")
    return int(one.networks), int(one.steps)
