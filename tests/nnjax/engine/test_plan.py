"""Plans: which shapes share a program, what that costs, and that a billion networks are planned at once."""

import csv
import dataclasses
import itertools
import json
import tracemalloc
from pathlib import Path
from unittest import mock

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnjax
from nnjax import machine, training
from nnjax.engine import cost, jobs, layouts, padding, programs, records, request
from nnjax.engine import plan as planning
from nnjax.engine.store import chunks
from nnjax.engine.train import device_data

X = np.linspace(-1, 1, 64)[:, None]
CURVE = nnjax.tasks.Data(X, np.sin(3 * X))
XOR = nnjax.tasks.xor()
GRID = {"width": [2, 4, 8, 16, 32, 64], "depth": [1, 2, 3, 4], "activation": ["tanh", "relu", "sigmoid"]}

shapes = st.lists(st.lists(st.integers(1, 64), min_size=1, max_size=4), min_size=1, max_size=9)


@settings(deadline=None, max_examples=60)
@given(shapes, st.floats(0.01, 10), st.floats(1e-4, 1))
def test_groups_never_cost_more_than_apart_or_together(hidden, compiling, running):
    sizes = [(1, *widths, 1) for widths in hidden]

    def seconds(group):
        common = padding.common_sizes([sizes[i] for i in group])
        work = sum(a * b for a, b in itertools.pairwise(common))
        return compiling + running * work * len(group)

    groups = planning.grouped(sizes, seconds)
    assert sorted(i for group in groups for i in group) == list(range(len(sizes)))
    total = sum(map(seconds, groups))
    apart = sum(seconds((i,)) for i in range(len(sizes)))
    assert total <= apart * (1 + 1e-9)
    assert total <= seconds(tuple(range(len(sizes)))) * (1 + 1e-9)


def test_the_rule_of_a_loss_is_found_once_and_not_for_every_cell():
    """It sorts the targets of all tasks."""
    losses = ["squared_error", "huber_loss"]
    counts = []
    for grid in ({"width": 2}, {"width": [2, 4], "depth": [1, 2]}):
        with mock.patch("nnjax.losses.decision", wraps=nnjax.losses.decision) as decision:
            nnjax.plan(CURVE, **grid, loss=losses)
        counts.append(decision.call_count)
    assert counts[0] == counts[1] <= 2 * len(losses)


def test_common_sizes_hold_every_network():
    assert padding.common_sizes([(1, 4, 2, 1), (1, 3, 9, 1)]) == (1, 4, 9, 1)
    assert padding.common_sizes([(1, 4, 1), (1, 3, 9, 1)]) == (1, 9, 9, 1)


def test_more_work_shares_fewer_programs():
    """Compiling is most of a short sweep; of a long one, arithmetic on what is not there would be."""
    grid = GRID | {"activation": "tanh", "seeds": 1024}
    programs = [len(nnjax.plan(CURVE, **grid, num_steps=n).programs) for n in (1, 20, 1000, 100_000_000)]
    assert programs == sorted(programs)
    assert programs[0] == 1 < programs[1] < programs[-1] == 24


def test_the_plan_of_the_whole_grid_is_a_partition():
    plan = nnjax.plan(CURVE, **GRID, learning_rate=[0.1, 0.2], seeds=5, num_steps=300)
    cells = [cell.index for program in plan.programs for cell in program.cells]
    assert sorted(cells) == sorted(np.ndindex(6, 4, 3))
    assert plan.num_networks == 72 * 10 == sum(program.num_networks for program in plan.programs)
    for program in plan.programs:
        assert all(padding.common_sizes([c.sizes, program.spec.sizes]) == program.spec.sizes for c in program.cells)
    costs = [program.compile_seconds + program.run_seconds for program in plan.programs]
    assert costs == sorted(costs, reverse=True)


def test_a_recorded_plan_is_found_again():
    """With the choices of its time, whatever the rules of today."""
    arguments = GRID | {"seeds": 3, "num_steps": 40, "record_every": 20, "early_stop": ("train_loss", 0.1)}
    arguments |= {"width": [2, 4], "depth": [1, 2], "activation": ["tanh"], "padding": True}
    asked, checked = request.check(CURVE, **arguments)
    recorded = records.plan_to_json(planning.plan(asked, checked), asked)
    asked = records.request_from_json(records.request_to_json(asked), checked)
    plan = planning.from_choices(asked, checked, records.choices_from_json(recorded))
    assert any(program.padded for program in plan.programs)
    assert plan.programs == planning.plan(asked, checked).programs
    other = json.loads(recorded)
    other["kinds"][0]["lanes"] *= 2
    found = planning.from_choices(asked, checked, records.choices_from_json(json.dumps(other)))
    assert found.programs[0].lanes == 2 * plan.programs[0].lanes
    other["kinds"][0]["layout"] = "scalars"
    with pytest.raises(ValueError, match="layout='scalars' was recorded by an older version of nnjax"):
        planning.from_choices(asked, checked, records.choices_from_json(json.dumps(other)))


def test_a_billion_networks_are_counted_and_not_listed():
    tracemalloc.start()
    plan = nnjax.plan(CURVE, width=8, learning_rate=list(np.geomspace(1e-4, 1, 1000)), seeds=10**6)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert plan.num_networks == 10**9
    assert "1,000,000,000 networks in 1 program" in str(plan)
    assert peak < 5e6
    assert plan.result_bytes == 20 * 10**9  # loss, two points of its curve, status, steps


def test_a_result_beyond_the_memory_is_refused_before_anything_compiles(monkeypatch):
    monkeypatch.setattr(nnjax.machine, "memory_bytes", lambda: 10**9)
    given = {"width": 8, "num_steps": 10, "record_every": 1, "seeds": 10**9}
    needed = nnjax.plan(CURVE, **given).result_bytes
    with pytest.raises(ValueError, match=rf"takes {needed / 1e9:.3g} GB, and .* 1 GB of memory: give store=.*record"):
        nnjax.sweep(CURVE, **given, progress=False)


def test_a_plan_tells_waste_memory_and_time():
    text = str(nnjax.plan(CURVE, **GRID, seeds=16, num_steps=10))
    assert "% of the training time goes into padding" in text
    assert text.splitlines()[0] == "1,152 networks in 3 programs"
    for word in ("kB for the result", "for each worker", "to compile", "to train"):
        assert word in text
    alone = str(nnjax.plan(CURVE, width=8, seeds=128, num_steps=10))
    assert "2 blocks: 0% of the places stay empty, and 0% of the training time goes into padding" in alone


def test_expected_time_counts_steps_networks_and_workers():
    def seconds(workers=1, **arguments):
        return nnjax.plan(CURVE, width=16, **arguments).seconds(workers)

    compiling, _ = nnjax.plan(CURVE, width=16).seconds_apart()
    one = seconds(seeds=6400, num_steps=1000)
    assert seconds(seeds=6400, num_steps=2000) - compiling == pytest.approx(2 * (one - compiling))
    assert seconds(seeds=12_800, num_steps=1000) - compiling == pytest.approx(2 * (one - compiling))
    assert seconds(2, seeds=6400, num_steps=1000) == pytest.approx(one / 2)


@pytest.mark.parametrize(
    "hidden", [(8,), *(pytest.param(h, marks=pytest.mark.slow) for h in [(2,), (16,), (64,), (4, 4), (32, 32, 32)])]
)
def test_the_memory_of_a_worker_is_what_the_compiler_says(hidden):
    """Within a factor of two and a half, for the arrays of a call while it trains."""
    plan = nnjax.plan(CURVE, hidden=hidden, seeds=16, num_steps=10)
    program = plan.programs[0]
    functions = programs.functions(program.spec, True, program.options)
    blocks = (program.blocks_per_call(), program.lanes)
    params = functions.draw(np.zeros(program.lanes, np.uint32), {}, None)
    compiled = functions.whole.lower(
        np.zeros(blocks, np.uint32),
        layouts.into_blocks(params, program.spec.layout, *blocks),
        {"learning_rate": jnp.full(blocks, 0.1)},
        device_data(CURVE, "float32"),
        padding.Shape(),
        program.intervals()[0],
        jnp.int32(1),
    ).compile()
    found = compiled.memory_analysis()
    needed = found.temp_size_in_bytes + found.output_size_in_bytes
    assert needed / 2.5 < program.worker_bytes < needed * 2.5


def test_the_host_looks_up_more_often_where_networks_can_stop():
    arguments = {"hidden": (8,), "num_steps": 5000, "record_every": 10}
    usual = nnjax.plan(CURVE, **arguments).programs[0]
    stopping = nnjax.plan(CURVE, **arguments, early_stop=("train_loss", 0.01)).programs[0]
    assert 1 <= stopping.records_per_call < usual.records_per_call
    for program in (usual, stopping):
        assert program.intervals().sum() == 5000
        assert program.intervals().shape[1] <= program.records_per_call


def test_costs_grow_with_rows_neurons_and_layers():
    def step(*hidden, rows=64, **settings):
        return cost.seconds_per_step(training.Spec((1, *hidden, 1), **settings), rows)

    assert step(8) < step(16) < step(16, 16) < step(16, 16, 16)
    assert step(8, rows=64) < step(8, rows=256)
    assert step(8, rows=16) < step(8, rows=256, batch_size=16) < step(8, rows=256, batch_size=32)
    assert step(8, layout="lanes") < step(9, layout="lanes")
    spec = training.Spec((1, 8, 1))
    assert cost.seconds_to_compile(spec) < cost.seconds_to_compile(dataclasses.replace(spec, sizes=(1, 8, 8, 1)))
    assert cost.seconds_per_step(spec, 64) < cost.seconds_per_step(spec, 64, masked=True)
    deep = training.Spec((1, 8, 8, 8, 1))
    passed_by = [cost.seconds_per_step(deep, 64, depth=depth) for depth in (1, 2, 3)]
    assert step(8) < passed_by[0] < passed_by[1] < passed_by[2] == step(8, 8, 8)
    assert planning.lanes_for(spec, 64) >= planning.lanes_for(spec, 256)


def test_networks_of_several_depths_are_planned_in_blocks_of_one_depth():
    plan = nnjax.plan(CURVE, width=8, depth=[3, 1, 2], learning_rate=[0.01, 0.1], seeds=150, padding=True)
    (program,) = plan.programs
    assert [depth for depth, _ in program.by_depth()] == [1, 2, 3]
    assert [places for _, places in program.by_depth()] == [range(300), range(300, 600), range(600, 900)]
    assert program.lanes < 300
    assert program.num_blocks == 3 * -(-300 // program.lanes)
    for job in (job for one in jobs.jobs(plan, 2) for job in one):
        assert len({program.depth_of(int(place) // 300) for place in job.places}) == 1
    stored = list(chunks.jobs(plan, chunks.chunk_shape(plan, 4)))
    assert all(len({program.depth_of(chunk.cell) for chunk in together}) == 1 for _, together in stored)
    assert sum(chunk.num_networks for _, together in stored for chunk in together) == 900


LANES = {
    "two classes": {"hidden": (3,), "loss": "softmax_cross_entropy", "activation": "sigmoid"},
    "several layers": {"hidden": (8, 7, 6), "solver": "adam", "activation": "tanh"},
    "a few": {"hidden": (2,), "activation": "relu", "weight_decay": 0.01, "clip_norm": 1.0},
    "mini-batches": {
        "hidden": (3, 2),
        "batch_size": 5,
        "solver": "rmsprop",
        "bias_init": "uniform",
        "dtype": "float64",
    },
}


@pytest.mark.parametrize("sizes", [(16, 512), pytest.param((16, 32, 64, 128, 256), marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "case", ["mini-batches", *(pytest.param(name, marks=pytest.mark.slow) for name in LANES if name != "mini-batches")]
)
def test_networks_on_the_last_axis_have_the_same_bits_in_every_number_of_lanes(case, sizes):
    """So the number may follow from how many networks there are and how long they train."""
    rng = np.random.default_rng(0)
    y = np.eye(2)[rng.integers(0, 2, 20)] if case == "two classes" else rng.normal(size=(20, 1))
    data = nnjax.tasks.data(rng.normal(size=(20, 2)), y, weight=rng.uniform(size=20))

    def curves(lanes):
        with mock.patch.object(planning, "lanes_for", return_value=lanes):
            given = {"layout": "lanes", "seeds": 20, "num_steps": 12, "record_every": 6, "progress": False}
            return nnjax.sweep(data, **given, **LANES[case]).train_curve.values

    assert set(planning.CPU.few_lanes) == {16, 64}
    first, *others = map(curves, sizes)
    assert np.isfinite(first).all()
    for lanes, other in zip(sizes[1:], others, strict=True):
        np.testing.assert_array_equal(other, first, err_msg=str(lanes))


def test_lanes_of_matrices_are_near_the_measured_optimum():
    """The table is what `measure_lanes` printed."""
    _, *lines = (Path(__file__).parent / "lanes_zen5.csv").read_text().splitlines()
    table, near = list(csv.DictReader(lines)), 0
    for row in table:
        depth, width, inputs, outputs, rows, batch = (int(row[name]) for name in list(row)[:6])
        spec = training.Spec((inputs, *(width,) * depth, outputs), batch_size=batch or None)
        measured = {int(lanes): float(ns) for lanes, ns in row.items() if lanes.isdigit()}
        ratio = measured[planning.lanes_for(spec, rows)] / min(measured.values())
        near += ratio < 1.15
        assert ratio < 1.7, row
    assert len(table) == 32
    assert near >= 28


def test_expected_costs_are_near_the_measured_ones():
    """The table is what `measure_costs` printed."""
    _, *lines = (Path(__file__).parent / "costs_zen5.csv").read_text().splitlines()
    table, near = list(csv.DictReader(lines)), 0
    for row in table:
        depth, width, inputs, outputs, rows, batch = (int(row[name]) for name in list(row)[:6])
        sizes = (inputs, *(width,) * depth, outputs)
        spec = training.Spec(sizes, batch_size=batch or None, loss=row["loss"], layout=row["layout"])
        ratio = 1e9 * cost.seconds_per_step(spec, rows) / float(row["measured"])
        near += 1 / 1.6 < ratio < 1.6
        assert 0.5 < ratio < 2, row
    assert len(table) >= 60
    assert near >= 0.9 * len(table)


def test_few_networks_have_few_lanes(tmp_path):
    def lanes(seeds):
        return nnjax.plan(XOR, hidden=(2,), seeds=seeds).programs[0].lanes

    assert [lanes(seeds) for seeds in (1, 16, 17, 65, 10_000)] == [16, 16, 64, 512, 512]
    # A store that was begun with one seed is not slow when it has grown.
    given = {"hidden": (), "solver": "sgd", "num_steps": 2, "progress": False}
    given |= {"compiler_options": {machine.OPTIMIZATION_LEVEL: 0}}  # in the shortest time
    nnjax.sweep(XOR, **given, store=tmp_path / "runs.zarr")
    grown = nnjax.sweep(XOR, **given, seeds=70, store=tmp_path / "runs.zarr")
    assert json.loads(grown.attrs["plan"])["kinds"][0]["lanes"] == 512
    np.testing.assert_array_equal(grown.train_loss, nnjax.sweep(XOR, **given, seeds=70).train_loss)
