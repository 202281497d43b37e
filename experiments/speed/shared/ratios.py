"""What is made of the times that `compare` takes: time per network and step, ratios, the peak, rows of a table."""

import xarray as xr

from experiments.lab.rounds import MedianInterval, median_interval
from experiments.speed.shared.labels import LABELS


def per_step(data: xr.Dataset) -> xr.DataArray:
    """Seconds per network and step [workload, way, round]."""
    return data.seconds / (data.networks * data.steps)


def times_faster(data: xr.Dataset, workload: str, method: str) -> MedianInterval:
    """How many times longer than the engine this method takes per network and step, round by round."""
    one = per_step(data).sel(workload=workload)
    return median_interval((one.sel(way=method) / one.sel(way="engine")).values)


def rows(data: xr.Dataset) -> list[dict]:
    """A table's row for every workload and method."""
    found = []
    at_peak = data.flops / peak(data)  # seconds of a step's matrix products
    for workload in data.workload.values:
        for method in data.way.values:
            one = data.sel(workload=workload, way=method)
            nanoseconds = median_interval(1e9 * per_step(one).values)
            ratio = times_faster(data, workload, method)
            row = {"workload": str(workload), "method": LABELS[str(method)]}
            row |= {"networks": int(one.networks), "steps": int(one.steps), "rounds": data.sizes["round"]}
            row |= dict(zip(("low_ns", "ns_per_network_step", "high_ns"), nanoseconds, strict=True))
            row |= {"over_engine": ratio.median, "over_engine_low": ratio.low, "over_engine_high": ratio.high}
            row |= {"compile_seconds": float(one.compile_seconds)}
            found.append(row | {"arithmetic_ns": 1e9 * float(at_peak.sel(workload=workload).median())})
    return found


def peak(data: xr.Dataset) -> xr.DataArray:
    """Operations per second of the fastest large product [workload, round]."""
    return (2 * data["size"].astype(float) ** 3 / data.product_seconds).max("size")
