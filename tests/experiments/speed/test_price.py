"""The targets of `speed.price` on made-up times, and a run without any peer."""

import numpy as np
import pytest

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.speed.price import config, run, verdicts
from experiments.speed.shared import compare, findings, limit, peers, timing


@pytest.mark.parametrize(("factor", "outcome"), [(1.1, REPRODUCED), (0.995, NOT_SETTLED), (0.5, NOT_REPRODUCED)])
def test_the_targets(factor, outcome, compared, redrawn):
    shapes = ("2-2-1", "2-8-1")
    ratios = {work: {way: factor * t for (w, way), t in verdicts.TARGETS.items() if w == work} for work in shapes}
    ratios["2-2-1"] |= {"torch_loop": 120.0, "cpp": factor / verdicts.LIMIT}
    data, settings = compared(ratios), config.Config(networks=100, num_steps=10)
    found = {v.id: v for v in check_verdicts(verdicts.verdicts(data), verdicts.statements(settings))}
    for (workload, way), target in verdicts.TARGETS.items():
        verdict = found[f"{workload}_{way}"]
        assert (verdict.reference, verdict.outcome) == (target, outcome)
        assert verdict.measured == pytest.approx(factor * target)
    assert (found["limit"].measured, found["limit"].outcome) == (pytest.approx(verdicts.LIMIT / factor), outcome)
    assert found["price_torch_loop"].measured == pytest.approx(100 / 120)
    assert found["price_torch_loop"].outcome == REPRODUCED
    assert verdicts.price(data, "2-2-1", "scan").median == pytest.approx(100)  # as slow per network as the engine
    # One of the methods trained less than the engine.
    data.networks.loc[{"way": "scan"}] = 1
    ways = ("engine", "vmap", "scan", "cpp")
    assert findings.first_call(data, "2-8-1", ways) == (
        "The first call, which also compiles and is not counted, takes 1 s in nnjax.sweep and 1 s in plain "
        "jit(vmap(scan))."
    )
    assert findings.in_rounds(7) == "(median of 7 rounds)"
    assert findings.in_rounds(2) == "(median of 2 rounds, brackets: the least and the greatest)"
    assert redrawn("speed.price", data, settings) == ["price_of_one", "price_per_step"]
    rows = verdicts.table(data)
    assert len(rows) == 2 * len(compare.METHODS)
    assert rows[0]["ns_per_network_step"] == pytest.approx(1000)
    assert rows[0]["arithmetic_ns"] == pytest.approx(1e9 * 2e3 / (2 * 100**3 / 1e-3))


def test_methods_must_be_known_and_hold_the_engine():
    for methods, message in ((("vmap",), "must hold 'engine'"), (("engine", "wish"), "must be one or more of engine")):
        with pytest.raises(ValueError, match=message):
            config.check(config.Config(methods=methods))


@pytest.mark.slow
def test_missing_peers_are_named_and_the_rest_runs(monkeypatch, redrawn):
    def missing(module):
        raise ImportError(module)

    monkeypatch.setattr(peers, "load", missing)
    monkeypatch.setattr(limit, "compiler", lambda: None)
    assert compare.installed(compare.METHODS) == ["engine", "vmap", "scan", "loop"]
    settings = config.Config((2,), 16, 5, scans=2, peak_sizes=(64,), rounds=2, at_least=0.0)
    data = run.run(settings)
    assert data.attrs["missing"] == ["torch", "turbanet", "scikit-learn", "a C++ compiler"]
    assert list(data.way.values) == ["engine", "vmap", "scan", "loop"]
    assert np.isfinite(data.seconds).all()
    assert (data.seconds > 0).all()
    assert "Not installed, so not measured: torch, turbanet, scikit-learn, a C++ compiler." in timing.where(data.attrs)
    assert {v.id for v in verdicts.verdicts(data)} == {"2-2-1_vmap"}
    redrawn("speed.price", data, settings)
