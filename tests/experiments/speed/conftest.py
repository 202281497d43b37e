"""Made-up times for the tests of the claims about speed. Nothing here asserts how long anything takes."""

import numpy as np
import pytest
import xarray as xr

from experiments.speed.shared import compare

MACHINE = {"device": "cpu", "backend": "cpu", "processor": "Toy", "cores": 2, "versions": {"jax": "0"}, "missing": []}
WOBBLE = np.asarray([0.98, 0.985, 0.99, 1.0, 1.01, 1.015, 1.02])


@pytest.fixture
def machine():
    """Attributes of a dataset that tell the machine."""
    return dict(MACHINE)


@pytest.fixture
def wobble():
    """Seven rounds around 1."""
    return WOBBLE


@pytest.fixture
def compared():
    """A function of {workload: {method: times the engine's 1 us per network and step}}: seven rounds of all methods."""

    def make(workloads):
        ways = list(compare.METHODS)
        seconds = np.asarray([[1e-6 * ratios.get(way, 1.0) * WOBBLE for way in ways] for ratios in workloads.values()])
        seconds[:, ways.index("engine")] = 1e-6
        shape = (len(workloads), len(ways))
        amounts = {"networks": np.full(shape, 100), "steps": np.full(shape, 10)}
        return xr.Dataset(
            {
                "seconds": (("workload", "way", "round"), 1000 * seconds),
                "compile_seconds": (("workload", "way"), np.ones(shape)),
                **{name: (("workload", "way"), values) for name, values in amounts.items()},
                "product_seconds": (("workload", "size", "round"), np.full((len(workloads), 1, len(WOBBLE)), 1e-3)),
                "flops": ("workload", np.full(len(workloads), 2e3)),
            },
            {"workload": list(workloads), "way": ways, "size": [100]},
            dict(MACHINE),
        )

    return make


@pytest.fixture
def nothing_trained(monkeypatch):
    """Methods that return at once: what is tested is where the times are put."""
    for name in compare.METHODS:
        monkeypatch.setitem(compare.METHODS, name, lambda problem, networks, steps: lambda: np.zeros(networks))
