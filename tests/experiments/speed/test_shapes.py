"""The targets of `speed.shapes` on made-up times, and where a run puts its times."""

import numpy as np
import pytest

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, check_verdicts
from experiments.speed.shapes import config, run, verdicts
from experiments.speed.shared import compare, plain


@pytest.mark.parametrize(("factor", "outcome"), [(1.1, REPRODUCED), (0.995, NOT_SETTLED), (0.5, NOT_REPRODUCED)])
def test_the_targets(factor, outcome, compared, wobble, redrawn):
    names = ("1-16-1", "1-64-1", "1-32-32-32-1")
    ratios = {work: {way: factor * t for (w, way), t in verdicts.TARGETS.items() if w == work} for work in names}
    data = compared(ratios)
    flops = [plain.flops((1, 16, 1), 256), plain.flops((1, 64, 1), 256), plain.flops((1, 32, 32, 32, 1), 256)]
    data["flops"] = ("workload", flops)
    rate = flops[2] / 1e-6  # of the engine, at the deep network
    products = 2 * 100.0**3 / (rate * verdicts.SHARE**-1 / factor) * np.stack([wobble, 2 * wobble])
    products = np.broadcast_to(products, (3, 2, len(wobble)))
    data = data.drop_dims("size").assign(product_seconds=(("workload", "size", "round"), products))
    data = data.assign_coords(size=[100, 100])
    for name in ("width", "depth"):
        data[f"{name}_seconds"] = (("line_method", name, "round"), np.full((2, 3, len(wobble)), 0.1) * wobble)
        data = data.assign_coords({name: [1, 2, 4]})
    data = data.assign_coords(line_method=list(run.LINES))
    data.attrs |= {"line_networks": 8, "line_steps": 2, "line_rows": 4, "depth_width": 16, "rows": 256}
    data.attrs |= {"deep": "1-32-32-32-1"}
    found = {v.id: v for v in verdicts.verdicts(data)}
    assert len(found) == len(verdicts.TARGETS) + 1
    assert {v.outcome for v in found.values()} == {outcome}
    assert found["matmul_share"].measured == pytest.approx(factor * verdicts.SHARE)
    assert redrawn("speed.shapes", data, config.Config(networks=100, deep_networks=100, num_steps=10)) == [
        "shapes_lines",
        "shapes_methods",
    ]
    rows = verdicts.table(data)
    assert len(rows) == 3 * len(compare.METHODS) + 2 * 2 * 3
    assert rows[-1]["workload"] == "1-16-16-16-16-1"


@pytest.mark.usefixtures("nothing_trained")
def test_a_tiny_run():
    settings = config.Config(
        one_layer=(4,), networks=4, deep=(4, 4), deep_networks=4, rows=8, num_steps=3, peak_sizes=(8, 16),
        widths=(2, 3), depths=(1,), depth_width=2, rounds=2, at_least=0.0, methods=("vmap", "engine"),
    )  # fmt: skip
    data = run.run(settings)
    sizes = {"workload": 2, "way": 2, "round": 2, "size": 2, "line_method": 2, "width": 2, "depth": 1}
    assert dict(data.sizes) == sizes
    assert all(np.isfinite(data[name]).all() for name in data)
    assert data.flops.sel(workload="1-4-4-1") == plain.flops((1, 4, 4, 1), 8)
    check_verdicts(verdicts.verdicts(data), verdicts.statements(settings))
