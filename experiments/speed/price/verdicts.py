"""The table and the verdicts of `speed.price`: many networks in the time of one, and ratios per network and step."""

import dataclasses

import xarray as xr

from experiments.lab import rules
from experiments.lab.verdicts import AIM, RANGE, Statement, Verdict
from experiments.speed.price.config import Config
from experiments.speed.shared import compare
from experiments.speed.shared.labels import LABELS
from experiments.speed.shared.spread import QUARTILES, SETTLED_BY, Spread, faster, plural, spread

# The methods that train networks one by one, as a sentence calls them.
SINGLES = {
    "loop": "a Python loop of jitted steps",
    "scan": "one jitted scan",
    "torch_loop": "PyTorch",
    "sklearn": "scikit-learn",
}
# The shape of which a program in C++ is the measure, and how many times as long the engine may take.
LIMIT_SHAPE, LIMIT = "2-2-1", 1.4
# How many times as fast as the other methods the engine is to be, per network and step.
TARGETS = {
    ("2-2-1", "vmap"): 5.5,
    ("2-2-1", "torch_batched"): 9.0,
    ("2-8-1", "vmap"): 6.5,
    ("2-8-1", "torch_batched"): 25.0,
}


def statements(config: Config) -> list[Statement]:
    """Many in the time of one, for each method that trains one by one; then every target."""
    shapes = [f"2-{n}-1" for n in config.hidden]
    found = [price_statement(name, shapes[0], config.networks) for name in SINGLES if name in config.methods]
    found += [target_statement(*key) for key in TARGETS if key[0] in shapes and key[1] in config.methods]
    return found + ([limit_statement()] if LIMIT_SHAPE in shapes and "cpp" in config.methods else [])


def price_statement(method: str, shape: str, networks: int) -> Statement:
    """That the engine trains all its networks in less time than a method takes for one."""
    claim = f"The engine trains {networks:,} networks of {shape} in less time than one takes in {SINGLES[method]}."
    rule = rules.below(1.0, QUARTILES)
    return Statement(f"price_{method}", claim, AIM, "", rule, 1.0, "times the time of one", SETTLED_BY, interval=RANGE)


def target_statement(shape: str, method: str) -> Statement:
    """That the engine is so many times as fast as another method that trains many at once."""
    target = TARGETS[shape, method]
    claim = f"The engine trains {shape} on XOR more than {target:g} times as fast as {LABELS[method]}."
    return dataclasses.replace(faster(f"{shape}_{method}", claim, target), interval=RANGE)


def limit_statement() -> Statement:
    """That little is left between the engine and a program that is written for one shape and this processor."""
    claim = f"For {LIMIT_SHAPE} on XOR the engine takes at most {LIMIT:g} times as long as C++ for this shape alone."
    rule = rules.below(LIMIT, QUARTILES)
    return Statement("limit", claim, AIM, "", rule, LIMIT, "times the time of C++", SETTLED_BY, interval=RANGE)


def over_cpp(data: xr.Dataset) -> Spread:
    """The engine's time over that of the program in C++, round by round."""
    one = compare.per_step(data).sel(workload=LIMIT_SHAPE)
    return spread((one.sel(way="engine") / one.sel(way="cpp")).values)


def price(data: xr.Dataset, workload: str, method: str) -> Spread:
    """The engine's time for all its networks over this method's time for one, both with as many steps."""
    one = data.sel(workload=workload)
    engine = one.seconds.sel(way="engine") / one.steps.sel(way="engine")
    single = compare.per_step(one).sel(way=method)
    return spread((engine / single).values)


def singles(data: xr.Dataset) -> list[str]:
    """The methods that were measured which train networks one by one."""
    return [name for name in SINGLES if name in data.way.values]


def table(data: xr.Dataset) -> list[dict]:
    """A row per workload and method: time per network and step, that over the engine's, seconds of compiling."""
    return compare.rows(data)


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Of every method that trains one by one, then of every target."""
    workload, rounds = str(data.workload.values[0]), data.sizes["round"]
    networks = int(data.networks.sel(workload=workload, way="engine"))
    found = []
    for method in singles(data):
        value = price(data, workload, method)
        text = f"The {networks:,} networks take {value.said('times the time of one')} in {plural(rounds, 'round')}: "
        text += f"the engine trains {networks / value.median:,.0f} in the time of one."
        one = price_statement(method, workload, networks)
        found.append(one.verdict(text, value.median, value.low, value.high, rounds))
    for shape, method in TARGETS:
        if shape in data.workload.values and method in data.way.values:
            found.append(compare.judge(data, shape, method, target_statement(shape, method)))
    if LIMIT_SHAPE in data.workload.values and "cpp" in data.way.values:
        value = over_cpp(data)
        text = f"Per network and step it takes {value.said('times as long')} in {plural(rounds, 'round')}."
        found.append(limit_statement().verdict(text, value.median, value.low, value.high, rounds))
    return found
