"""Ten thousand small networks are trained for the price of one.

Source: the project's own claim, put to the test: the time of 10,000 networks of 2-2-1 that learn XOR in the engine,
against the time in which each other method trains one. And how many times longer the others take per network.

Protocol: tanh, full batch, Adam at 0.01, float32, 1,000 steps. The methods take turns in one process, each warmed up:
a Python loop of jitted steps, one jitted scan per network, plain jit(vmap(scan)) called once and, where installed
(`pip install -e '.[peers]'`), scikit-learn, PyTorch one by one, PyTorch's batched matmul and TurbaNet. Methods that
are too slow for 10,000 networks train fewer, or fewer steps (table.csv tells how many). Ratios are taken within a
round; medians and quartiles over the rounds. Compiling is the first call less a warm one, with no saved programs.

    python -m experiments speed.price                  # 4 s, a toy: too small for its targets
    python -m experiments speed.price --preset full    # 1 min

Outputs: price_of_one, price_per_step; table.csv has a row per workload and method.
"""

from dataclasses import dataclass

import xarray as xr

from experiments.lab import Verdict, cli
from experiments.speed import _compare, _plain, _rules, _timing

COMMAND = "python -m experiments speed.price --preset full"

# What the engine is to reach: how many times longer the others take per network and step.
TARGETS = {
    ("2-2-1", "vmap"): 5.5,
    ("2-2-1", "torch_batched"): 9.0,
    ("2-2-1", "torch_loop"): 12_000.0,
    ("2-2-1", "sklearn"): 12_000.0,
    ("2-8-1", "vmap"): 6.5,
    ("2-8-1", "torch_batched"): 25.0,
}


@dataclass(frozen=True)
class Config:
    """How much is trained, and how often it is timed."""

    hidden: tuple[int, ...] = (2, 8)  # scientific: hidden neurons of the networks that learn XOR
    networks: int = 10_000  # scientific: trained at once
    num_steps: int = 1_000  # fixed: full-batch updates of each network
    loops: int = 1  # fixed: networks that a Python loop trains
    scans: int = 20  # fixed: networks that are trained by one jitted scan each
    batched_steps: int = 200  # fixed: steps of PyTorch's batched matmul
    turbanet_steps: int = 50  # fixed: steps of TurbaNet
    rounds: int = 9  # fixed: times that every method is timed
    at_least: float = 0.1  # fixed: seconds; shorter calls are repeated until they take as long
    methods: tuple[str, ...] = tuple(_compare.METHODS)  # scientific: those of them that are installed


FULL = Config()
QUICK = Config((2,), 1_000, 200, scans=5, batched_steps=20, turbanet_steps=3, rounds=3, at_least=0.01)


def run(config: Config) -> xr.Dataset:
    """Seconds of every call [workload, way, round]; what it trained and how long it compiled."""
    work = [_compare.Workload(_plain.xor(n), config.networks, config.num_steps) for n in config.hidden]
    effort = _compare.Effort(config.loops, config.scans, config.batched_steps, config.turbanet_steps)
    data = _compare.compare(work, config.methods, effort, config.rounds, config.at_least)
    return data.assign_attrs(_timing.machine(_compare.packages(config.methods)))


def price(data: xr.Dataset, workload: str, method: str) -> _rules.Spread:
    """The engine's time for all its networks over this method's time for one, both with as many steps."""
    one = data.sel(workload=workload)
    engine = one.seconds.sel(way="engine") / one.steps.sel(way="engine")
    single = _compare.per_step(one).sel(way=method)
    return _rules.spread((engine / single).values)


def singles(data: xr.Dataset) -> list[str]:
    """The methods that train networks one by one."""
    return [name for name in ("loop", "scan", "torch_loop", "sklearn") if name in data.way.values]


def figures(data: xr.Dataset) -> dict:
    """price_of_one and price_per_step."""
    from experiments.speed import _bars

    first = str(data.workload.values[0])
    prices = {name: price(data, first, name) for name in singles(data)}
    return {
        "price_of_one": _bars.of_one(data, prices),
        "price_per_step": _bars.per_step(data, TARGETS),
    }


def table(data: xr.Dataset) -> list[dict]:
    """A row per workload and method: time per network and step, that over the engine's, seconds of compiling."""
    return _compare.rows(data)


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The price in networks of every method that trains one by one, then every target of the engine."""
    workload = str(data.workload.values[0])
    count = f"{int(data.networks.sel(workload=workload, way='engine')):,}"
    found = []
    for method in singles(data):
        value = price(data, workload, method)
        claim = f"{count} networks of {workload} take the engine no longer than one takes: {_compare.LABELS[method]}"
        outcome = _rules.at_most(value, 1.0)
        unit = "times the time of one"
        found.append(Verdict(f"price_{method}", claim, _rules.OWN, 1.0, value.median, value.low, value.high,
                             unit, outcome, COMMAND))  # fmt: skip
    for (workload, method), target in TARGETS.items():
        if workload in data.workload.values and method in data.way.values:
            claim = f"XOR, {workload}: the engine against {_compare.LABELS[method]}, per network and step"
            value = _compare.times_faster(data, workload, method)
            found.append(_rules.faster(f"{workload}_{method}", claim, value, target, COMMAND))
    return found


if __name__ == "__main__":
    cli.main(__file__)
