"""`sweep` trains a grid of networks, `plan` says what that would take."""

from collections.abc import Mapping
from concurrent.futures import Executor
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np

from nnjax import machine, mlp
from nnjax.engine import arguments, hooks, jobs, local, remote, request
from nnjax.engine import plan as planning
from nnjax.engine import store as stores
from nnjax.engine.dataset import Arrays
from nnjax.engine.plan import Plan
from nnjax.engine.progress import Bar
from nnjax.engine.request import Request, Tasks
from nnjax.tasks import Data

if TYPE_CHECKING:
    import xarray as xr


# More threads than any machine has cores; each is one.
MOST_WORKERS = 4096


def sweep(
    data: Data | Mapping[str, Data],
    *,
    hidden: Any = None,
    width: Any = None,
    depth: Any = None,
    activation: Any = "tanh",
    output_activation: Any = "identity",
    init: Any = "lecun_normal",
    bias_init: Any = "zeros",
    solver: Any = "adam",
    learning_rate: Any = 0.01,
    schedule: Any = "constant",
    loss: Any = "squared_error",
    batch_size: Any = None,
    order: Any = "shuffled",
    seeds: Any = 1,
    num_steps: int = 1000,
    record_every: int | None = None,
    judged_rows: int | None = None,
    measure: Mapping[str, Any] | None = None,
    early_stop: tuple[str, float] | None = None,
    model: Any = mlp,
    dtype: str = "float32",
    layout: str | None = None,
    padding: Any = None,
    workers: int | None = None,
    compiler_options: Mapping[str, Any] | None = None,
    store: Any = None,
    fresh: bool = False,
    executor: Any = None,
    shard: Any = None,
    progress: bool = True,
    **numbers: Any,
) -> "xr.Dataset":
    """Train every network of a grid.

    A list, range or array is an axis; a tuple is one network's hidden sizes; a number may be a DataArray over
    other axes (the rate that was tuned for each of them); anything else is a constant.

    Args:
        data: Data (x [n, d], y [n, k]), or {name: Data} of equal shapes, which is an axis `task`. What counts as
            a right answer is the same for all tasks, so there is an accuracy where they share two target values.
        hidden: hidden sizes such as (8, 8), () where no layer is hidden; or `width` and `depth` (1 when not given)
            in its place.
        activation: a name in `nnjax.activations`, or a module-level function; `output_activation` likewise.
        init: law of the first weights, a name in `nnjax.initializers`; `bias_init` that of the biases.
        solver: an optax name, "variable_projection" (see `nnjax.solvers`), or a module-level factory
            (learning_rate, **numbers) -> optax transformation, or Solver.
        learning_rate: step size. `schedule`: "constant", "linear", "cosine" or "exponential".
        loss: a name in `nnjax.losses`, or a module-level function (output [k], target [k]) -> scalar.
        batch_size: rows per step, all when None; `order`: "shuffled", "sequential" or "random".
        seeds: how many networks of each setting (seeds 0, 1, ...), or the seeds themselves.
        num_steps: updates of the weights. `record_every`: steps between two points of the curves.
        judged_rows: train_loss, and accuracy where there are no test rows, are taken over so many training rows, the
            first, instead of all. Where rows are very many that saves time and memory; they should be in no order.
            Training itself, and measures, have all rows; what a measure reads is not counted in the plan's memory.
        measure: {name: f}, f(params, data) or f(params, data, predict) -> array, taken at recorded steps.
        early_stop: (recorded name, threshold): a network at or below it ("accuracy": at or above) stops there.
        model: any pair `init` / `apply` with the signatures of `nnjax.mlp`.
        dtype: "float32" or "float64".
        layout: "matrices", or "scalars" for a handful of neurons; chosen by shape and rows when None.
        padding: whether networks of different shapes share a program, the smaller ones padded with neurons that do
            nothing: where that saves time when None, wherever it can be done when True, nowhere when False. Padding
            changes the last bits of a network, and so does one more shape or seed where None decides; with False
            a network comes out the same whatever else is in the grid.
        workers: threads that train blocks; when None one per core, or one per device that is no CPU. Changes no
            result.
        compiler_options: of XLA, {} for none; chosen for the processor when None.
        store: a path such as "runs.zarr", a folder to which finished blocks are written as Zarr. The same call goes
            on where an earlier one stopped, and an axis may have grown meanwhile (more seeds, another rate); the
            result is read from there when it is needed. `nnjax.open_store` opens it, `xarray.open_zarr` too.
        fresh: whether a store that is there is moved aside (to "runs.zarr.1"), to start anew. A result of it that was
            not yet read is read from its new place: `nnjax.open_store("runs.zarr.1")`.
        executor: any executor of `concurrent.futures` that trains the blocks, in other processes or on other
            machines, such as Dask's `client.get_executor()`; `workers` means nothing then.
        shard: (i, n): this process trains every n-th block from the i-th on, counted from 0, and other processes
            the others, all into one store; what is returned holds as much as is there.
        progress: whether a bar is shown on a terminal.
        **numbers: hyperparameters of the solver (momentum, b1, ...), weight_decay, clip_norm, clip_value,
            warmup_steps, schedule_steps, final_ratio, init_scale, bias_scale.

    Returns:
        A Dataset with a dimension for each axis, then `seed`: train_loss, test_loss, accuracy, train_curve and
        test_curve (with `step`), every measure, steps, num_params and status (0 missing, 1 ran to the end,
        2 stopped early, 3 diverged, whose losses are +inf). A curve keeps its last value once a network has
        stopped. Accuracy is counted on the test rows where there are any.

    Raises:
        ValueError: naming the argument, the value and what is allowed, before any training program compiles; and
            where the store holds another sweep, telling what differs, or is being written by another process.
        OSError: where the store cannot be written, such as on a full disk. What was finished is kept.
    """
    asked, checked = request.check(
        data,
        hidden=hidden,
        width=width,
        depth=depth,
        activation=activation,
        output_activation=output_activation,
        init=init,
        bias_init=bias_init,
        solver=solver,
        learning_rate=learning_rate,
        schedule=schedule,
        loss=loss,
        batch_size=batch_size,
        order=order,
        seeds=seeds,
        num_steps=num_steps,
        record_every=record_every,
        judged_rows=judged_rows,
        measure=measure,
        early_stop=early_stop,
        model=model,
        dtype=dtype,
        layout=layout,
        padding=padding,
        compiler_options=compiler_options,
        **numbers,
    )
    how = _how(workers, store, fresh, executor, shard, progress)
    if how.store is not None:
        request.check_functions_have_names(asked, "store=... is resumed by other processes")
    if how.executor is not None:
        request.check_functions_have_names(asked, "executor=... trains in other processes")
    planned = planning.plan(asked, checked)
    hooks.review(planned)
    with jax.enable_x64(asked.dtype == "float64"):
        if how.store is None:
            return _in_memory(asked, planned, checked, how)
        return _on_disk(how.store, asked, planned, checked, how)


def plan(
    data: Data | Mapping[str, Data],
    *,
    workers: Any = None,
    store: Any = None,
    fresh: Any = False,
    executor: Any = None,
    shard: Any = None,
    progress: Any = True,
    **asked: Any,
) -> Plan:
    """The plan of `sweep` with the same arguments. Nothing compiles, nothing runs.

    Printed, it tells programs, networks, what is lost to padding, memory and about how long it takes. Numbers and
    seeds are counted and not listed, so a grid of a billion networks is planned as fast as one of ten.
    """
    _check_how(workers, store, fresh, executor, shard, progress)
    return planning.plan(*request.check(data, **asked))


class How(NamedTuple):
    """Where a sweep is trained and where its result goes; no number depends on it."""

    workers: int | None
    executor: Executor | None
    store: Path | None
    fresh: bool
    shard: stores.Shard | None
    progress: bool


def _how(workers: Any, store: Any, fresh: Any, executor: Any, shard: Any, progress: Any) -> How:
    _check_how(workers, store, fresh, executor, shard, progress)
    path = hooks.next_store() if store is None else Path(store)
    if shard is not None and path is None:
        raise ValueError(f"shard={shard!r} needs a store, where the shards come together")
    return How(workers, executor, path, fresh, stores.checked_shard(shard), progress)


def _check_how(workers: Any, store: Any, fresh: Any, executor: Any, shard: Any, progress: Any) -> None:
    if workers is not None:
        arguments.whole("workers", workers, most=MOST_WORKERS)
    stores.checked_shard(shard)
    if store is not None and (not isinstance(store, str | PathLike) or not str(store)):
        raise ValueError(f"store={store!r} must be a path, or None to keep everything in memory")
    for name, value in (("fresh", fresh), ("progress", progress)):
        if not isinstance(value, bool | np.bool_):
            raise ValueError(f"{name}={value!r} must be True or False")
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise ValueError(f"executor={executor!r:.80} must be an executor of concurrent.futures, which has submit")


def _in_memory(asked: Request, planned: Plan, data: Tasks, how: How) -> "xr.Dataset":
    arrays = Arrays(asked, planned)
    left = jobs.jobs(planned, how.workers or machine.num_workers())
    _train(asked, planned, data, left, arrays.write, how, Bar(planned.num_networks, how.progress))
    return arrays.dataset()


def _on_disk(path: Path, asked: Request, planned: Plan, data: Tasks, how: How) -> "xr.Dataset":
    """Train what the store does not hold yet."""
    with stores.opened(path, asked, planned, data, how.shard, how.fresh) as writer:
        try:
            if writer.num_done < writer.num_networks:
                bar = Bar(writer.num_networks, how.progress, writer.num_done)
                _train(writer.request, writer.plan, writer.data, writer.jobs(), writer.write, how, bar)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"stopped: {writer.how_to_resume()}") from None
        except Exception as error:
            error.add_note(writer.how_to_resume())
            raise
        return writer.dataset(asked)


def _train(asked: Request, planned: Plan, data: Tasks, left: jobs.Jobs, write: jobs.Write, how: How, bar: Bar) -> None:
    with bar:
        if how.executor is None:
            local.train(asked, planned, data, left, write, bar, how.workers, how.store)
        else:
            remote.train(how.executor, asked, planned, data, left, write, bar)
