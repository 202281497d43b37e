"""The table and the verdicts of `speed.price`: many networks in the time of one, and ratios per network and step."""

import xarray as xr

from experiments.lab.rounds import MedianInterval, faster, less, median_interval, verdict
from experiments.lab.verdicts import Statement, Verdict
from experiments.speed.price.config import Config
from experiments.speed.shared import findings, ratios
from experiments.speed.shared.labels import LABELS

# The methods that train networks one by one, and those among them about which something is claimed.
SINGLES = ("loop", "scan", "torch_loop", "sklearn")
CLAIMED = {"torch_loop": "PyTorch", "sklearn": "scikit-learn"}
# The shape at which the engine is compared with the program in C++, and how many times as long it may take.
LIMIT_SHAPE, LIMIT = "2-2-1", 1.4
# How many times as fast as the other methods the engine should be, per network and step.
TARGETS = {
    ("2-2-1", "vmap"): 5.5,
    ("2-2-1", "torch_batched"): 9.0,
    ("2-8-1", "vmap"): 6.5,
    ("2-8-1", "torch_batched"): 25.0,
}


def statements(config: Config) -> list[Statement]:
    """Many networks in the time of one, for each method in CLAIMED; then every target, and the limit."""
    shapes, amounts = [f"2-{n}-1" for n in config.hidden], (config.networks, config.num_steps)
    found = [price_statement(name, shapes[0], *amounts) for name in CLAIMED if name in config.methods]
    found += [target_statement(*key, *amounts) for key in TARGETS if key[0] in shapes and key[1] in config.methods]
    return found + ([limit_statement(*amounts)] if LIMIT_SHAPE in shapes and "cpp" in config.methods else [])


def price_statement(method: str, shape: str, networks: int, steps: int) -> Statement:
    """The statement that the engine trains all its networks in less time than a method takes for one."""
    claim = f"Once compiled, the engine trains {networks:,} networks of {shape}, {steps:,} steps on XOR, in less time "
    claim += f"than {CLAIMED[method]} takes for one."
    return less(f"price_{method}", claim, 1.0, "times the time of one")


def target_statement(shape: str, method: str, networks: int, steps: int) -> Statement:
    """The statement that the engine is faster, by a target, than another method that trains many at once."""
    target = TARGETS[shape, method]
    claim = f"Once compiled, the engine trains {networks:,} networks of {shape}, {steps:,} steps on XOR, more than "
    return faster(f"{shape}_{method}", f"{claim}{target:g} times as fast as {LABELS[method]}.", target)


def limit_statement(networks: int, steps: int) -> Statement:
    """The statement that the engine is nearly as fast as a program written for one shape and this processor."""
    claim = f"Once compiled, the engine takes for {networks:,} networks of {LIMIT_SHAPE}, {steps:,} steps on XOR, less "
    return less("limit", f"{claim}than {LIMIT:g} times as long as {LABELS['cpp']}.", LIMIT, "times the time of C++")


def over_cpp(data: xr.Dataset) -> MedianInterval:
    """The engine's time divided by that of the program in C++, round by round."""
    one = ratios.per_step(data).sel(workload=LIMIT_SHAPE)
    return median_interval((one.sel(way="engine") / one.sel(way="cpp")).values)


def price(data: xr.Dataset, workload: str, method: str) -> MedianInterval:
    """The engine's time for all its networks divided by this method's time for one with as many steps."""
    one = data.sel(workload=workload)
    engine = one.seconds.sel(way="engine") / one.steps.sel(way="engine")
    single = ratios.per_step(one).sel(way=method)
    return median_interval((engine / single).values)


def singles(data: xr.Dataset) -> list[str]:
    """The measured methods that train networks one by one."""
    return [name for name in SINGLES if name in data.way.values]


def table(data: xr.Dataset) -> list[dict]:
    """A row per workload and method: time per network and step, its ratio to the engine's, seconds of compiling."""
    return ratios.rows(data)


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdicts on what was measured, in the order of `statements`."""
    workload, rounds = str(data.workload.values[0]), data.sizes["round"]
    amounts = [int(data[name].sel(way="engine")[0]) for name in ("networks", "steps")]
    found = []
    for method in (name for name in singles(data) if name in CLAIMED):
        value = price(data, workload, method)
        text = f"nnjax.sweep trains the {amounts[0]:,} networks in {value.said('times the time')} that "
        text += f"{CLAIMED[method]} takes for one {findings.in_rounds(rounds)}. "
        text += findings.first_call(data, workload, ("engine",))
        found.append(verdict(price_statement(method, workload, *amounts), text, value, rounds))
    for shape, method in TARGETS:
        if shape in data.workload.values and method in data.way.values:
            found.append(findings.judge(data, shape, method, target_statement(shape, method, *amounts)))
    if LIMIT_SHAPE in data.workload.values and "cpp" in data.way.values:
        value = over_cpp(data)
        text = f"Per network and step, nnjax.sweep takes {value.said('times as long')} as the C++ program on "
        text += f"{LIMIT_SHAPE} networks {findings.in_rounds(rounds)}"
        others = [str(name) for name in data.workload.values if name != LIMIT_SHAPE]
        text += "".join(f", and {findings.against_cpp(data, name)} times as long on {name}" for name in others) + "."
        found.append(verdict(limit_statement(*amounts), text, value, rounds))
    return found
