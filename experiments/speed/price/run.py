"""The times of `speed.price`: every method trains networks that learn XOR, in turns."""

import xarray as xr

from experiments.speed.price.config import Config
from experiments.speed.shared import compare, plain, timing


def run(config: Config) -> xr.Dataset:
    """Seconds of every call [workload, way, round], what it trained, how long it compiled; seconds of large products
    [workload, size, round].
    """
    work = [compare.Workload(plain.xor(n), config.networks, config.num_steps) for n in config.hidden]
    effort = compare.Effort(config.loops, config.scans, config.batched_steps, config.turbanet_steps)
    data = compare.compare(work, config.methods, effort, config.rounds, config.at_least, config.peak_sizes)
    attrs = timing.machine(compare.packages(config.methods))
    if "cpp" in config.methods and "cpp" not in data.way:
        attrs["missing"].append("a C++ compiler")
    return data.assign_attrs(attrs)
