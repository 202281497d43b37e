"""`sweep` trains a grid of networks; `plan` tells how much time and memory that would take."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import jax
import numpy as np
from optax import GradientTransformation

from nnjax import arguments, hooks, machine, mlp, training
from nnjax.engine import identity, jobs, local, records, remote, request, weights
from nnjax.engine import plan as planning
from nnjax.engine import store as stores
from nnjax.engine.dataset import Arrays
from nnjax.engine.plan import Plan
from nnjax.engine.progress import Progress
from nnjax.engine.request import Request, Tasks
from nnjax.solvers import Solver
from nnjax.tasks import Grid
from nnjax.tasks.data import Examples
from nnjax.typing import (
    Activation,
    Executor,
    Functions,
    Initializer,
    Loss,
    Measure,
    Model,
    Numbers,
    Schedule,
    SolverFactory,
    Values,
)

if TYPE_CHECKING:
    import xarray as xr


def sweep(
    data: Examples | Mapping[str, Examples] | Grid,
    *,
    hidden: Values[tuple[int, ...]] | None = None,
    width: Values[int] | None = None,
    depth: Values[int] | None = None,
    activation: Functions[Activation] = "tanh",
    output_activation: Functions[Activation] = "identity",
    init: Functions[Initializer] | None = None,
    bias_init: Functions[Initializer] = "zeros",
    solver: Functions[SolverFactory | GradientTransformation | Solver] = "adam",
    learning_rate: Numbers | Functions[Schedule] | None = None,
    schedule: Functions[Schedule] = "constant",
    decay_biases: Values[bool] = True,
    loss: Functions[Loss] = "squared_error",
    batch_size: Values[int | None] = None,
    order: Values[str] = "shuffled",
    seeds: Values[int] | Mapping[str, Sequence[int] | np.ndarray | jax.Array] = 1,
    num_steps: int = 1000,
    record_every: int | None = None,
    judged_rows: int | None = None,
    measure: Mapping[str, Measure] | None = None,
    early_stop: tuple[str, "float | xr.DataArray"] | None = None,
    patience: int | None = None,
    decision: Literal["argmax"] | float | None = None,
    model: Model | Sequence[Model] | Mapping[str, Model] = mlp,
    start: Any = None,
    mask: Any = None,
    keep_params: bool = False,
    dtype: Literal["float32", "float64"] | type[np.floating] | np.dtype = "float32",
    layout: Literal["matrices", "lanes"] | None = None,
    padding: bool | None = None,
    workers: int | None = None,
    compiler_options: Mapping[str, bool | int | float | str] | None = None,
    store: str | PathLike[str] | None = None,
    fresh: bool = False,
    executor: Executor | None = None,
    shard: tuple[int, int] | None = None,
    progress: bool = True,
    **numbers: Numbers,
) -> "xr.Dataset":
    """Train every network of a grid.

    A list, a range or an array is an axis of the grid, for any argument from `hidden` to `seeds` and for any number; so
    is a dict of functions by label, or of data by name. The grid holds all combinations. A tuple is one network's
    hidden sizes. Anything else is a constant.

    >>> import nnjax
    >>> runs = nnjax.sweep(
    ...     nnjax.tasks.xor(), hidden=[(2,), (4,)], learning_rate=[0.03, 0.3], seeds=100,
    ...     loss="sigmoid_binary_cross_entropy", num_steps=500,
    ... )

    The result is an xarray Dataset with a dimension for each axis, then `seed`.

    >>> dict(runs.accuracy.sizes)
    {'hidden': 2, 'learning_rate': 2, 'seed': 100}
    >>> solved = (runs.accuracy == 1).where(runs.status > 0).mean("seed")   # the share that solve XOR

    To get the parameters of the best network, select it and train it again, bit for bit (or keep those of all networks
    with `keep_params=True`).

    >>> best = runs.isel(runs.train_loss.argmin(...))
    >>> run = nnjax.refit(best, nnjax.tasks.xor())
    >>> float(run.train_loss) == float(best.train_loss)
    True

    `nnjax.mlp.save("best.npz", run.params, **run.settings)` saves this network with its activations, and
    `runs.to_netcdf("runs.nc")` saves the whole result. With `store="runs.zarr"`, finished networks are kept on disk;
    the same call resumes a sweep that was stopped, and trains only the new networks if an axis has grown.

    Args:
        data: Data, or a tuple (x, y), (x, y, x_test, y_test) or (x, y, x_test, y_test, x_valid, y_valid) of what
            `nnjax.tasks.data` takes; a dict of them by name is the axis `task`, and `nnjax.tasks.grid` gives several
            axes. With a cross-entropy, one column of labels holds classes, which the attribute `classes` of the result
            names.
        hidden: hidden sizes such as (8, 8), () for no hidden layer; or `width` and `depth` (1 if not given) instead.
        activation: a name in `nnjax.activations` or a function, see `nnjax.typing`; {label: function} is an axis with
            these labels. Likewise `output_activation`, `init`, `bias_init`, `solver`, `schedule` and `loss`. A name may
            be faster than a function that computes the same, such as jnp.tanh: layouts and padding need to know how a
            function acts.
        init: a name in `nnjax.initializers` or a function, see `nnjax.typing.Initializer`, for the initial weights; if
            None, "spread" for networks of `nnjax.mlp` whose only solver is "variable_projection" and whose `bias_init`
            is "zeros", else "lecun_normal". `bias_init`: the same for the biases.
        solver: an optax name, "variable_projection" or "levenberg_marquardt", a factory such as `optax.adam`, or a
            finished `optax.adam(1e-3)`. The numbers of a finished one are constants, and it shares no axis with others.
        learning_rate: step size (None: 1 for L-BFGS, 0.01 for every other solver), or a function step -> rate, which is
            recorded as the schedule. `schedule`: "constant", "linear", "cosine", "exponential", or a function step ->
            factor on the learning rate.
        decay_biases: whether weight decay acts on arrays of parameters with fewer than two dimensions, too.
        loss: a name in `nnjax.losses`, or a function of (output [k], target [k]) in this order.
        batch_size: rows per step, all if None; `order`: "shuffled", "sequential" or "random".
        seeds: how many networks of each setting (seeds 0, 1, ...), or the seeds themselves. Seed s stands for the key
            jax.random.key(s); in float64 it draws other weights than in float32. Each task may have seeds of its own,
            such as when tasks are draws of the same data: {name of a task: its seeds}, lists or ranges of one length.
            The dimension `seed` then counts them from 0, and the coordinate `task_seed` [task, seed] holds them.
        num_steps: number of updates of the weights. `record_every`: steps between two points of the curves.
        judged_rows: how many of the first training rows `train_loss` (and `accuracy` if there are no test rows) is
            computed on; all if None. Fewer save time. Training itself and measures always use all rows.
        measure: {name: f} of functions f(params, data) -> array, taken at recorded steps. A measure may also take
            `predict`, `start`, `loss` and `accuracy` by name, see `nnjax.typing.Measure` and `nnjax.measures`.
        early_stop: (recorded name, threshold): a network stops once the recorded value is at or below the threshold
            (an accuracy: at or above). The threshold may be a DataArray over other axes, such as `task`.
        patience: a network stops once `valid_loss` has had no new minimum for so many records. The result, all but the
            curves and `steps`, is that of the minimum, which was recorded at `best_step`.
        decision: what the accuracy counts as right: "argmax", or a threshold that output and target must lie on the
            same side of. If None, loss and targets decide, see `losses.decision` and `accuracy.attrs`.
        model: a module or `nnjax.training.Model` whose `init` and `apply` have the signatures of `nnjax.mlp`; a list or
            {label: model} is an axis.
        start: parameters to begin with. They are rows such as `runs.params` of another sweep, aligned by their labels,
            or a tree like the parameters of one network. The tree may have the axes of the sweep in front. The solver
            begins anew.
        mask: the same of 0 and 1: where it is 0, a parameter is 0 and stays 0.
        keep_params: whether the result holds all weights and biases as `params` [..., param], see `nnjax.params`.
        dtype: "float32" or "float64".
        layout: "matrices", or "lanes" (the networks lie on the last axis of every array), which is for narrow
            networks; if None, chosen by sizes and rows.
        padding: whether networks of different shapes share a program, the smaller ones padded with neurons and layers
            that do nothing: if None, where that saves time; if True, wherever it can be done. Sharing changes the last
            bits of a network. If False, a network comes out the same whatever else is in the grid; only its last bits
            differ between one `Data`, which all networks share, and a dict of tasks.
        workers: threads that train; if None, one per core on a CPU, otherwise one per device. They change no result.
        compiler_options: options of the XLA compiler, {} for none; chosen for the processor if None.
        store: a folder to which finished networks are written as Zarr, such as "runs.zarr"; `nnjax.open_store` and
            `xarray.open_zarr` open it. Functions must have a name by which another process finds them.
        fresh: whether an existing store is renamed (to "runs.zarr.1") and a new one is begun.
        executor: trains in other processes or on other machines, see `nnjax.typing.Executor`; such as Dask's
            `client.get_executor()`. `workers` then starts no threads (it may still set the size of the jobs).
        shard: (i, n): this process trains share i of n, counted from 0; other processes train the other shares, all
            into one store. Networks that the store still lacks are NaN in the result, and a warning counts them.
        progress: whether a terminal or notebook shows a progress bar.
        **numbers: hyperparameters of the solver (momentum, b1, ...), weight_decay, clip_norm, clip_value,
            warmup_steps, schedule_steps, final_ratio, init_scale, bias_scale. A number, `learning_rate` too, may be a
            DataArray over other axes, such as the rate that was tuned for each width. `candidate` has no effect: in a
            random search, candidate=range(60) is the axis of the DataArrays that hold the drawn numbers.

    Returns:
        A Dataset of train_loss, test_loss, accuracy, valid_loss and valid_accuracy, and the curve of each over `step`
        (train_curve, ..., valid_accuracy_curve). The accuracy is that on the test rows if there are any, see its
        attribute `rows`. The Dataset also holds every measure, steps, num_params and status. The status is 0 for a
        missing network, 1 if it ran to the end, 2 if it stopped early and 3 if it diverged. The losses of a network
        that diverged are +inf. There is a warning if every network that this call trained diverged. A curve keeps its
        last value once a network has stopped. There are accuracies only if there is a decision.

    Raises:
        ValueError: naming the argument, the value and what is allowed, before any training program compiles. It is also
            raised if the store holds another sweep, telling what differs, or is being written by another process.
            Without a store, it is raised if the result would take more than this machine's memory.
        OSError: if the store cannot be written, such as on a full disk. What was finished is kept.
    """
    asked, checked = request.check(
        data, hidden=hidden, width=width, depth=depth, activation=activation, output_activation=output_activation,
        init=init, bias_init=bias_init, solver=solver, learning_rate=learning_rate, schedule=schedule,
        decay_biases=decay_biases, loss=loss, batch_size=batch_size, order=order, seeds=seeds, num_steps=num_steps,
        record_every=record_every, judged_rows=judged_rows, measure=measure, early_stop=early_stop, patience=patience,
        decision=decision, model=model, keep_params=keep_params, dtype=dtype, layout=layout, padding=padding,
        compiler_options=compiler_options, **numbers,
    )  # fmt: skip
    asked = weights.given(asked, checked, start, mask)
    asked = replace(asked, seed_offset=hooks.seed_offset())
    records.remember(asked)
    how = _how(workers=workers, store=store, fresh=fresh, executor=executor, shard=shard, progress=progress)
    reasons = []
    if how.store is not None:
        what = "the store of nnjax.hooks.storing" if store is None else "store=..."
        reasons.append(f"{what} may be resumed by another process")
    if how.executor is not None:
        reasons.append("executor=... trains in other processes")
    for why in reasons:
        request.check_functions_have_names(asked, why)
    planned = planning.plan(asked, checked)
    for why in reasons:
        identity.storable(planned.traces, why)
    hooks.review(planned)
    with jax.enable_x64(asked.dtype == "float64"):
        if how.store is None:
            _check_memory(planned)
            return _in_memory(asked, planned, checked, how)
        return _on_disk(how.store, asked, planned, checked, how)


def plan(data: Examples | Mapping[str, Examples] | Grid, **asked: Any) -> Plan:
    """The plan of `sweep` with the same arguments. Nothing is trained, and no training program is compiled.

    Printing it shows the numbers of networks and programs, what is lost to padding, the memory and the expected time.
    Numbers and seeds are only counted, so a grid of a billion networks is planned as fast as one of ten.

    No store is opened, and none is needed. So `plan` accepts some arguments that `sweep` refuses. These are
    `fresh=True` or `shard=...` without a store, both of them together, and a store that cannot be written or that holds
    another sweep. With a store or an executor, it also accepts functions that another process would not find by their
    names.

    Raises:
        ValueError: as `sweep`, for everything else that it refuses before it trains: naming the argument, the value and
            what is allowed.
    """
    _checked_how(asked)
    checked, tasks = request.check(data, **asked)
    return planning.plan(weights.given(checked, tasks, asked.get("start"), asked.get("mask")), tasks)


class How(NamedTuple):
    """Where a sweep is trained and where its result goes; no number in the result depends on it."""

    num_workers: int
    executor: Executor | None
    store: Path | None
    fresh: bool
    shard: stores.Shard | None
    progress: bool


def _how(**given: Any) -> How:
    checked = _checked_how(given)
    path = hooks.next_store() if given["store"] is None else Path(given["store"])
    try:
        path = None if path is None else path.expanduser()
    except RuntimeError as error:
        raise ValueError(f"store={given['store']!r} must be a path: there is no such home folder") from error
    checked["store"] = path
    arguments.check_needs(checked)
    workers = checked.pop("workers") or machine.num_workers()
    return How(num_workers=workers, **checked)


def _checked_how(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the execution among those that are given, each checked by itself."""
    return {name: arguments.checked(name, given[name]) for name in arguments.OF_EXECUTION if name in given}


def _check_memory(planned: Plan) -> None:
    needed, there = planned.result_bytes, machine.memory_bytes()
    if there is not None and needed > there:
        raise ValueError(
            f"the result takes {planning.in_bytes(float(needed))}, and this machine has "
            f"{planning.in_bytes(float(there))} of memory: "
            f"give store=..., which keeps it on disk, or a smaller grid (it has {planned.num_networks:,} networks), or "
            "a larger record_every"
        )


def _in_memory(asked: Request, planned: Plan, data: Tasks, how: How) -> "xr.Dataset":
    arrays = Arrays(asked, planned)
    left = [program.num_networks for program in planned.programs]
    with Progress(planned, left, how.num_workers, how.progress) as progress:
        _train(asked, planned, data, jobs.jobs(planned, how.num_workers), arrays.write, how, progress)
    return arrays.dataset()


def _on_disk(path: Path, asked: Request, planned: Plan, data: Tasks, how: How) -> "xr.Dataset":
    """Train what the store does not hold yet."""
    with stores.opened(path, asked, planned, data, how.shard, how.fresh) as writer:
        try:
            if left := sum(writer.num_left()):
                done = writer.num_networks - left
                with Progress(writer.plan, writer.num_left(), how.num_workers, how.progress, done) as progress:
                    _train(writer.request, writer.plan, writer.data, writer.jobs(), writer.write, how, progress)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"stopped: {writer.how_to_resume()}") from None
        except Exception as error:
            error.add_note(writer.how_to_resume())
            raise
        return writer.dataset(asked)


def _train(
    asked: Request, planned: Plan, data: Tasks, left: jobs.Jobs, write: jobs.Write, how: How, progress: Progress
) -> None:
    # Programs with a trained network, with a network that took a step, and with one that did not diverge.
    seen, alive, finite = set(), set(), set()

    def watched(job: jobs.Job, found: jobs.Found, spent: jobs.Spent) -> None:
        seen.add(job.program)
        if (kept := planned.variables.get("params")) is not None:
            rows = found["params"]
            found["params"] = np.pad(rows, ((0, 0), (0, kept.shape[0] - rows.shape[1])))
        diverged = found["status"] == training.DIVERGED
        if not (diverged & (found["steps"] == 0)).all():
            alive.add(job.program)
        if not diverged.all():
            finite.add(job.program)
        write(job, found, spent)

    if how.executor is None:
        local.train(asked, planned, data, left, watched, progress, how.num_workers, how.store)
    else:
        remote.train(how.executor, asked, planned, data, left, watched, progress)
    if hopeless := sorted(seen - alive):
        spec = planned.programs[hopeless[0]].spec
        names = ", ".join(f"{name}={asked.label(name, getattr(spec, name))!r}" for name in ("activation", "loss"))
        warnings.warn(
            f"no network with sizes={spec.sizes}, {names} took a step: before the first one, the loss or a weight is "
            "not finite. Check what these functions return, init_scale or start, and the data",
            stacklevel=4,
        )
    elif seen and not finite:
        warnings.warn(
            "every network that this call trained diverged, so all their losses are inf. A smaller learning_rate or "
            "init_scale may help, or inputs and targets of order 1",
            stacklevel=4,
        )
