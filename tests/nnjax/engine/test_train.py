"""Training blocks: workers, jobs, packing and layouts change no network, or agree to rounding."""

import functools
import itertools
import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nnjax
from nnjax import machine, mlp, solvers, training
from nnjax.engine import jobs, local, padding, programs
from nnjax.engine import plan as planning
from nnjax.engine import train as engine_train
from nnjax.solvers import by_name

XOR = nnjax.tasks.xor()
TINY = {"hidden": (2,), "activation": "tanh", "loss": "sigmoid_binary_cross_entropy", "init": "normal"}


LAYOUTS = ("lanes", "matrices")


def sweep(**arguments):
    return nnjax.sweep(XOR, **TINY | {"progress": False, "num_steps": 60, "record_every": 10} | arguments)


def same(a, b):
    assert set(a) == set(b)
    for name in a.data_vars:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_number_of_workers_changes_no_bit(layout):
    arguments = {"layout": layout, "solver": "sgd", "learning_rate": [0.05, 0.5]}
    one, five = (sweep(**arguments, seeds=1500, workers=n) for n in (1, 5))
    same(one, five)


@pytest.mark.parametrize("layout", ["lanes", pytest.param("matrices", marks=pytest.mark.slow)])
def test_packing_changes_no_bit(layout, monkeypatch):
    """Networks that stop leave, and the others of a job are moved together; each stays what it is alone."""
    arguments = {"seeds": 3000, "learning_rate": 0.2, "early_stop": ("train_loss", 0.3), "num_steps": 160}
    arguments |= {"layout": layout, "record_every": 5, "batch_size": 3}
    moved, pack = [], engine_train.packed
    monkeypatch.setattr(engine_train, "packed", lambda blocks, *rest: moved.append(len(blocks)) or pack(blocks, *rest))
    packed = sweep(workers=1, **arguments)
    assert min(moved) < max(moved), "nothing was packed, so that this test shows nothing"
    monkeypatch.setattr(engine_train, "packed", lambda blocks, *rest: blocks)
    same(packed, sweep(workers=2, **arguments))
    assert 0.1 < (packed.status == training.STOPPED).mean() < 1


@pytest.mark.parametrize(("layout", "padded"), [("lanes", True), ("matrices", False)])
def test_calls_change_no_bit(layout, padded, monkeypatch):
    """Many blocks in one call, and a call for each; a call of all steps, and one for each step."""
    arguments = {"layout": layout, "activation": "relu", "learning_rate": [0.1, 1e30], "num_steps": 40, "workers": 1}
    arguments |= {"batch_size": 3, "record_every": 15, "keep_params": True, "seeds": 2100}
    if padded:
        arguments |= {"hidden": [(2,), (3, 3)], "padding": True}
    whole, trained = [], engine_train._train_whole
    monkeypatch.setattr(engine_train, "_train_whole", lambda *args: whole.append(1) or trained(*args))
    together = sweep(**arguments)
    assert whole
    made, real = [], programs.functions

    def counted(*program):
        functions = real(*program)
        return functions._replace(advance=lambda *args: made.append(args[-1].sum()) or functions.advance(*args))

    monkeypatch.setattr(engine_train, "MANY_BLOCKS", 10**6)
    monkeypatch.setattr(programs, "functions", counted)
    same(sweep(**arguments), together)
    assert max(made) == 40
    made.clear()
    monkeypatch.setattr(engine_train, "SECONDS_PER_CALL", 0.0)
    same(sweep(**arguments), together)
    assert max(made) == 1
    assert 0 < (together.status == training.DIVERGED).mean() < 1


def test_packing_saves_calls(monkeypatch):
    """2,048 networks are four blocks of 512; when all but one in 64 have stopped, one block goes on."""
    calls = []
    real = programs.functions

    def counted(*program):
        functions = real(*program)
        return functions._replace(advance=lambda *args: calls.append(1) or functions.advance(*args))

    monkeypatch.setattr(programs, "functions", counted)
    rates = np.where(np.arange(64) == 0, 1e-6, 0.5)
    rates = [float(rate) + i * 1e-9 for i, rate in enumerate(rates)]
    asked = {"learning_rate": rates, "seeds": 32, "early_stop": ("train_loss", 0.5), "num_steps": 320}
    (program,) = nnjax.plan(XOR, **TINY | asked, record_every=5).programs
    sweep(**asked, record_every=5, workers=1)
    assert program.num_blocks == 4
    assert 0 < len(calls) < 0.6 * program.num_blocks * len(program.intervals())


@pytest.fixture
def jobs_of_one_block(monkeypatch):
    monkeypatch.setattr(jobs, "MOST_BLOCKS", 1)


def test_an_error_in_a_worker_reaches_the_caller_and_stops_the_others(monkeypatch, jobs_of_one_block):
    train = jobs.train
    begun = []

    def failing(*arguments):
        begun.append(threading.get_ident())
        if len(begun) == 3:
            raise RuntimeError("out of cheese")
        return train(*arguments)

    monkeypatch.setattr(jobs, "train", failing)
    with pytest.raises(RuntimeError, match="out of cheese"):
        sweep(solver="sgd", seeds=20_000, workers=2)
    assert len(begun) < 20_000 // 512


def test_every_job_is_done_once(jobs_of_one_block):
    asked = nnjax.plan(XOR, **TINY | {"hidden": [(2,), (3,), (4,)]}, seeds=3000, padding=False)
    for num_workers in (1, 2, 7):
        done = []
        works = [lambda job, alive, done=done: (alive(), done.append(job))] * num_workers
        local.run(jobs.jobs(asked, num_workers), works)
        assert sorted(job.name for job in done) == sorted(
            (number, first) for number, program in enumerate(asked.programs) for first in range(0, 3000, program.lanes)
        )
        ends = [min(job.places[0] + asked.programs[job.program].lanes, 3000) - 1 for job in done]
        assert [job.places[-1] for job in done] == ends


def test_blocks_of_a_program_wait_until_it_is_compiled(jobs_of_one_block):
    asked = nnjax.plan(XOR, **TINY, seeds=3000)
    queue = local.Queue(jobs.jobs(asked, 2))
    first = queue.take()
    assert first is not None
    assert not queue.ready
    queue.compiled(first)
    rest = [queue.take() for _ in range(6)]
    assert [job and job.places[0] for job in rest] == [512, 1024, 1536, 2048, 2560, None]


def test_every_elementwise_solver_steps_entry_by_entry():
    """A matrix moves as its entries do when each is an array of its own."""

    def moved(solver, params):
        def step(_, carry):
            return solver.step(*carry, lambda params: jnp.sum(jnp.cos(2 * params)))

        return jax.lax.fori_loop(0, 3, step, (params, solver.init(params)))[0]

    def both(solver, matrix):
        return moved(solver, matrix), jax.vmap(functools.partial(moved, solver))(matrix.ravel())

    with jax.enable_x64(True):
        elementwise = [name for name, factory in by_name.SOLVERS.items() if factory in by_name.ELEMENTWISE]
        each = {name: solvers.build(name, {"learning_rate": 0.01}) for name in elementwise}
        matrix = np.array([[0.5, -1.0], [2.0, 0.1]])
        quickly = {machine.OPTIMIZATION_LEVEL: 0}
        of_all = jax.jit(lambda m: {name: both(solver, m) for name, solver in each.items()}, compiler_options=quickly)
        for name, (whole, entries) in of_all(matrix).items():
            np.testing.assert_allclose(np.ravel(whole), entries, rtol=1e-12, err_msg=name)
            assert np.abs(whole - matrix).min() > 0, name


def test_layout_follows_from_shape_and_rows_alone():
    def layout(**arguments):
        return nnjax.plan(XOR, **TINY | arguments).programs[0].spec.layout

    assert layout() == layout(seeds=10_000) == "lanes"
    assert layout(hidden=(64,)) == "matrices"
    assert layout(activation="softmax") == layout(solver="lbfgs") == "matrices"
    assert layout(layout="matrices") == "matrices"
    with pytest.raises(ValueError, match="layout='lanes'"):
        layout(layout="lanes", solver="lamb")
    with pytest.raises(ValueError, match="layout='rows'"):
        layout(layout="rows")


def test_compiler_options_are_recorded_and_can_be_turned_off():
    usual, none = (nnjax.plan(XOR, **TINY, compiler_options=options) for options in (None, {}))
    assert none.programs[0].options == ()
    assert usual.programs[0].options == machine.compiler_options()
    runs = sweep(hidden=(), seeds=3, compiler_options={})
    again = nnjax.refit(runs, XOR, seed=1)
    np.testing.assert_array_equal(again.train_curve, runs.train_curve.sel(seed=1))


@pytest.mark.parametrize(
    "options",
    [
        {"xla_cpu_go_faster": True},
        {"xla_backend_optimization_level": "high"},
        {"xla_backend_optimization_level": [1]},
    ],
)
def test_unknown_compiler_options_are_refused(options):
    with pytest.raises(ValueError, match="compiler_options"):
        sweep(seeds=2, compiler_options=options)


def test_lanes_make_the_largest_array_of_a_block_large_enough_and_no_larger():
    blocks = planning.CPU
    for sizes in [(1, 4, 1), (1, 16, 1), (1, 256, 1), (2, 64, 64, 1), (784, 100, 10)]:
        lanes = planning.lanes_for(training.Spec(sizes), 256)
        if 256 * sum(sizes) + 4 * mlp.num_params(sizes) > blocks.alone:  # more neighbours would bring nothing
            assert lanes == blocks.few
        else:
            largest = lanes * max(256 * max(sizes[1:]), *(i * o for i, o in itertools.pairwise(sizes)))
            assert blocks.least <= lanes <= blocks.most
            assert largest >= blocks.largest or lanes == blocks.most
            assert largest < 2 * blocks.largest or lanes == blocks.least
        assert planning.lanes_for(training.Spec(sizes), 256, backend="gpu") > lanes


def test_two_large_networks_to_a_block_do_not_change_each_other():
    rng = np.random.default_rng(0)
    data = nnjax.tasks.data(rng.normal(size=(64, 300)), rng.normal(size=(64, 2)))
    asked = dict(hidden=(150,), solver="sgd", batch_size=16, order="sequential", num_steps=5, learning_rate=0.01)
    assert nnjax.plan(data, **asked).programs[0].lanes == planning.CPU.few
    together, alone = (nnjax.sweep(data, **asked, seeds=seeds) for seeds in ([0, 1, 2], [1]))
    assert float(together.train_loss.sel(seed=1)) == float(alone.train_loss.sel(seed=1))


def test_a_block_keeps_within_its_memory():
    """Few lanes where full batches are large, and where many rows are judged though batches are small."""
    large = training.Spec((784, 1000, 10))
    assert 1 <= planning.lanes_for(large, 60_000) < planning.CPU.least
    small = training.Spec((1, 64, 1), batch_size=32)
    assert planning.lanes_for(small, 10**6, 10**6) < planning.lanes_for(small, 10**6)
    data = nnjax.tasks.Data(np.zeros((100, 1)), np.zeros((100, 1)), np.zeros((10**6, 1)), np.zeros((10**6, 1)))
    (program,) = nnjax.plan(data, hidden=(64,), batch_size=32).programs
    assert program.rows_judged == 10**6
    assert program.block_bytes <= planning.BYTES_PER_BLOCK


@pytest.mark.parametrize(
    ("layout", "solver"), [*((one, "sgd") for one in LAYOUTS), pytest.param("matrices", "adam", marks=pytest.mark.slow)]
)
def test_order_and_number_of_networks_change_no_bit(layout, solver):
    arguments = {"layout": layout, "solver": solver, "learning_rate": 0.3}
    few = sweep(seeds=7, workers=1, **arguments)
    order = np.random.default_rng(0).permutation(1300)
    many = sweep(seeds=[int(seed) for seed in order], workers=2, **arguments).sel(seed=range(7))
    same(many, few)


def test_a_step_count_is_kept_once_for_a_block():
    """A count per network would have its powers computed for each."""
    for name in ("sgd", "adam", "nadamw", "radam", "rprop"):
        program = nnjax.plan(XOR, **TINY | {"hidden": (70,)}, solver=name, schedule="constant").programs[0]
        functions = programs.functions(program.spec, True, program.options)
        data = engine_train.device_data(XOR, "float32")
        seeds, hyper = np.zeros(program.lanes, np.uint32), {"learning_rate": np.full(program.lanes, 0.1, np.float32)}
        state = jax.eval_shape(functions.begin, seeds, functions.draw(seeds, {}, None), hyper, data)
        whole = [a for a in jax.tree.leaves(state.solver_state) if jnp.issubdtype(a.dtype, jnp.integer)]
        assert all(a.shape == () for a in whole)
        intervals = np.array([0, 1], np.int32)
        after, _ = jax.eval_shape(functions.advance, state, hyper, data, padding.Shape(), np.int32(0), intervals)
        assert jax.tree.map(lambda a: a.shape, after) == jax.tree.map(lambda a: a.shape, state)


def test_jobs_are_long_enough_and_keep_all_workers_busy():
    def sizes(seeds, num_workers=2, **given):
        plan = nnjax.plan(XOR, hidden=(2,), seeds=seeds, **given)
        (found,) = jobs.jobs(plan, num_workers)
        return [len(job.places) for job in found]

    assert sizes(2000, num_steps=1) == [2000]  # of 4 blocks: no worker has much to do
    assert sizes(10_000, num_steps=1000) == [5120, 4880]
    many = sizes(100_000, num_steps=1000)
    assert len(many) % 2 == 0
    assert len(many) > 10
    assert max(sizes(100_000, num_steps=100_000)) == 512
    assert 48 * 512 < max(sizes(1_000_000, num_steps=1)) <= jobs.MOST_BLOCKS * 512
    assert sizes(1025, num_steps=100_000) == [512, 512, 1]
    early = {"num_steps": 1000, "record_every": 20, "early_stop": ("train_loss", 0.01)}
    assert sizes(10_000, **early) == [5120, 4880]
    assert set(sizes(100_000, **early)[:-1]) == {20 * 512}  # ten jobs, as 196 blocks are more than twice four of 24


@pytest.mark.parametrize(
    ("blocks", "fewer", "seconds", "worth"),
    [(8, 6, 0.01, True), (8, 7, 0.01, False), (8, 7, 1.0, True), (8, 8, 1.0, False), (2, 1, 0.01, True)],
)
def test_cheap_blocks_are_packed_once_a_quarter_is_saved(blocks, fewer, seconds, worth):
    assert engine_train.worth_packing(blocks, fewer, seconds) == worth
