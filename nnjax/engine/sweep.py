"""`sweep` trains a grid of networks, `plan` says what that would take."""

import re
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import jax
import numpy as np

from nnjax import arguments, hooks, machine, mlp, training
from nnjax.engine import identity, jobs, local, remote, request
from nnjax.engine import plan as planning
from nnjax.engine import store as stores
from nnjax.engine.dataset import Arrays
from nnjax.engine.plan import Plan
from nnjax.engine.progress import Progress
from nnjax.engine.request import Request, Tasks
from nnjax.tasks import Data
from nnjax.typing import (
    Activation,
    Executor,
    Functions,
    Loss,
    Measure,
    MeasureOfOutputs,
    Model,
    Numbers,
    SolverFactory,
    Values,
)

if TYPE_CHECKING:
    import xarray as xr


# More threads than any machine has cores; each is one.
MOST_WORKERS = 4096


def sweep(
    data: Data | Mapping[str, Data],
    *,
    hidden: Values[tuple[int, ...]] | None = None,
    width: Values[int] | None = None,
    depth: Values[int] | None = None,
    activation: Functions[Activation] = "tanh",
    output_activation: Functions[Activation] = "identity",
    init: Values[str] | None = None,
    bias_init: Values[str] = "zeros",
    solver: Functions[SolverFactory] = "adam",
    learning_rate: Numbers = 0.01,
    schedule: Values[str] = "constant",
    loss: Functions[Loss] = "squared_error",
    batch_size: Values[int | None] = None,
    order: Values[str] = "shuffled",
    seeds: Values[int] | Mapping[str, Sequence[int] | np.ndarray | jax.Array] = 1,
    num_steps: int = 1000,
    record_every: int | None = None,
    judged_rows: int | None = None,
    measure: Mapping[str, Measure | MeasureOfOutputs] | None = None,
    early_stop: tuple[str, float] | None = None,
    decision: Literal["argmax"] | float | None = None,
    model: Model = mlp,
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

    What is an axis? A list, a range or an array, of any argument down to `seeds` and of any number; also a dict of
    functions by label, and of data by name. The grid holds all combinations. A tuple is one network's hidden sizes.
    Anything else is a constant.

    >>> import nnjax
    >>> runs = nnjax.sweep(
    ...     nnjax.tasks.xor(), hidden=[(2,), (4,)], learning_rate=[0.03, 0.3], seeds=100,
    ...     loss="sigmoid_binary_cross_entropy", num_steps=500,
    ... )

    What comes back? An xarray Dataset with a dimension for each axis, then `seed`.

    >>> dict(runs.accuracy.sizes)
    {'hidden': 2, 'learning_rate': 2, 'seed': 100}
    >>> solved = (runs.accuracy == 1).where(runs.status > 0).mean("seed")   # the share that solve XOR

    How do I get the best network? Choose it, then train it again, bit for bit, to have its parameters.

    >>> best = runs.isel(runs.train_loss.argmin(...))
    >>> run = nnjax.refit(best, nnjax.tasks.xor())
    >>> float(run.train_loss) == float(best.train_loss)
    True

    How do I save it? `nnjax.mlp.save("best.npz", run.params, **run.settings)` writes the network with its activations,
    `runs.to_netcdf("runs.nc")` the whole result. How do I go on? With `store="runs.zarr"`, finished networks are kept
    there; the same call resumes a sweep that was stopped, and trains what is new if an axis has grown.

    Args:
        data: Data (x [n, d], y [n, k]), or {name: Data} of equal shapes, which is an axis `task`.
        hidden: hidden sizes such as (8, 8), () for no hidden layer; or `width` and `depth` (1 if not given) instead.
        activation: a name in `nnjax.activations` or a function, see `nnjax.typing`; {label: function} is an axis with
            these labels. `output_activation`, `solver` and `loss` likewise.
        init: distribution of the initial weights, a name in `nnjax.initializers`; if None, "spread" with the solver
            "variable_projection" (where the model is `nnjax.mlp` and `bias_init` is not given) and otherwise
            "lecun_normal". `bias_init`: that of the biases.
        solver: an optax name, "variable_projection" or "levenberg_marquardt" (see `nnjax.solvers`), or a factory.
        learning_rate: step size. `schedule`: "constant", "linear", "cosine" or "exponential".
        loss: a name in `nnjax.losses`, or a function of (output [k], target [k]) in this order.
        batch_size: rows per step, all if None; `order`: "shuffled", "sequential" or "random".
        seeds: how many networks of each setting (seeds 0, 1, ...), or the seeds themselves. Seed s stands for the key
            jax.random.key(s); in float64 it draws other weights than in float32. Tasks that are draws of the data may
            each have their own: {name of a task: its seeds}, lists or ranges of one length. The dimension `seed` then
            counts them from 0, and the coordinate `task_seed` [task, seed] holds them.
        num_steps: updates of the weights. `record_every`: steps between two points of the curves.
        judged_rows: `train_loss` (and `accuracy` if there are no test rows) is taken over so many of the first training
            rows instead of all, which saves time if rows are very many. Training itself, and measures, see all rows.
        measure: {name: f} of functions f(params, data) or f(params, data, predict) -> array, taken at recorded steps.
        early_stop: (recorded name, threshold): a network at or below it ("accuracy": at or above) stops there.
        decision: which outputs count as right for the accuracy: "argmax" (the greatest output is that of the greatest
            target), or a threshold that every output must be on the same side of as its target. If None, "argmax" with
            softmax cross-entropy and with any loss on one-hot targets, otherwise the threshold 0 on the logits of
            sigmoid cross-entropy, or midway between the targets where all take two values. `accuracy.attrs` says it.
        model: `init` and `apply` with the signatures of `nnjax.mlp`.
        dtype: "float32" or "float64".
        layout: "matrices", or "lanes" (the networks on the last axis of every array) for narrow ones; chosen by
            shape and rows if None.
        padding: whether networks of different shapes share a program, the smaller ones padded with neurons that do
            nothing: if None, where that saves time; if True, wherever it can be done. Sharing changes the last bits of
            a network. If False, a network comes out the same whatever else is in the grid.
        workers: threads that train; if None, one per core, or one per device that is no CPU. Changes no result.
        compiler_options: of XLA, {} for none; chosen for the processor if None.
        store: a folder to which finished networks are written as Zarr, such as "runs.zarr"; `nnjax.open_store` and
            `xarray.open_zarr` open it. Functions must have a name by which another process finds them.
        fresh: whether a store that is there is renamed (to "runs.zarr.1") and a new one is begun.
        executor: trains in other processes or on other machines, see `nnjax.typing.Executor`; such as Dask's
            `client.get_executor()`. `workers` then means nothing.
        shard: (i, n): this process trains the i-th of n shares, counted from 0, and other processes the others, all
            into one store; what is returned holds as much as is there, and warns of what is missing, which is NaN.
        progress: whether a terminal or notebook shows a progress bar.
        **numbers: hyperparameters of the solver (momentum, b1, ...), weight_decay, clip_norm, clip_value,
            warmup_steps, schedule_steps, final_ratio, init_scale, bias_scale. A number, `learning_rate` too, may be a
            DataArray over other axes, such as the rate that was tuned for each width. `candidate` is a number that
            nothing reads: in a random search candidate=range(60) is the axis of tables of what was drawn.

    Returns:
        train_loss, test_loss, accuracy (on the test rows if there are any), train_curve and test_curve over `step`,
        every measure, steps, num_params, and status: 0 missing, 1 ran to the end, 2 stopped early, 3 diverged (its
        losses are +inf). A curve keeps its last value once a network has stopped. There is an accuracy if there is a
        decision.

    Raises:
        ValueError: naming the argument, the value and what is allowed, before any training program compiles; also if
            the store holds another sweep, telling what differs, or is being written by another process.
        OSError: if the store cannot be written, such as on a full disk. What was finished is kept.
    """
    asked, checked = request.check(
        data, hidden=hidden, width=width, depth=depth, activation=activation, output_activation=output_activation,
        init=init, bias_init=bias_init, solver=solver, learning_rate=learning_rate, schedule=schedule, loss=loss,
        batch_size=batch_size, order=order, seeds=seeds, num_steps=num_steps, record_every=record_every,
        judged_rows=judged_rows, measure=measure, early_stop=early_stop, decision=decision, model=model, dtype=dtype,
        layout=layout, padding=padding, compiler_options=compiler_options, **numbers,
    )  # fmt: skip
    asked = replace(asked, seed_offset=hooks.seed_offset())
    how = _how(workers, store, fresh, executor, shard, progress)
    reasons = []
    if how.store is not None:
        what = "the store of nnjax.hooks.storing" if store is None else "store=..."
        reasons.append(f"{what} is resumed by other processes")
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
    """The plan of `sweep` with the same arguments. Nothing is trained, and only an empty program is compiled.

    Printed, it tells programs, networks, what is lost to padding, memory and about how long it takes. Numbers and
    seeds are counted and not listed, so a grid of a billion networks is planned as fast as one of ten.
    """
    _check_how(workers, store, fresh, executor, shard, progress)
    return planning.plan(*request.check(data, **asked))


class How(NamedTuple):
    """Where a sweep is trained and where its result goes; no number depends on it."""

    num_workers: int
    executor: Executor | None
    store: Path | None
    fresh: bool
    shard: stores.Shard | None
    progress: bool


def _how(workers: Any, store: Any, fresh: Any, executor: Any, shard: Any, progress: Any) -> How:
    _check_how(workers, store, fresh, executor, shard, progress)
    path = hooks.next_store() if store is None else Path(store)
    path = None if path is None else path.expanduser()
    if shard is not None and path is None:
        raise ValueError(f"shard={shard!r} needs a store, where the shards come together")
    return How(
        machine.num_workers() if workers is None else workers,
        executor,
        path,
        fresh,
        stores.checked_shard(shard),
        progress,
    )


def _check_how(workers: Any, store: Any, fresh: Any, executor: Any, shard: Any, progress: Any) -> None:
    if workers is not None:
        arguments.whole("workers", workers, most=MOST_WORKERS)
    stores.checked_shard(shard)
    if store is not None and (not isinstance(store, str | PathLike) or not str(store)):
        raise ValueError(f"store={store!r} must be a path, or None to keep everything in memory")
    if store is not None and re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+://", str(store)):
        raise ValueError(f"store={store!r} is an address: a store needs a file system with locks, so give a path")
    for name, value in (("fresh", fresh), ("progress", progress)):
        if not isinstance(value, bool | np.bool_):
            raise ValueError(f"{name}={value!r} must be True or False")
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise ValueError(f"executor={executor!r:.80} must be an executor of concurrent.futures, which has submit")
    # JAX runs threads by now, of which a fork has the locks and not the threads: its first job would never end.
    context = getattr(executor, "_mp_context", None) if isinstance(executor, ProcessPoolExecutor) else None
    if context is not None and context.get_start_method() == "fork":
        raise ValueError(
            f"executor={executor!r:.80} forks this process, in which JAX runs already: use "
            "ProcessPoolExecutor(mp_context=multiprocessing.get_context('spawn'))"
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
    seen, alive = set(), set()  # programs of which networks were trained, and of which one took a step

    def watched(job: jobs.Job, found: jobs.Found, spent: jobs.Spent) -> None:
        seen.add(job.program)
        if not ((found["status"] == training.DIVERGED) & (found["steps"] == 0)).all():
            alive.add(job.program)
        write(job, found, spent)

    if how.executor is None:
        local.train(asked, planned, data, left, watched, progress, how.num_workers, how.store)
    else:
        remote.train(how.executor, asked, planned, data, left, watched, progress)
    if hopeless := sorted(seen - alive):
        spec = planned.programs[hopeless[0]].spec
        names = ", ".join(f"{name}={asked.label(name, getattr(spec, name))!r}" for name in ("activation", "loss"))
        warnings.warn(
            f"no network with sizes={spec.sizes}, {names} took a step: its loss or a weight is not finite before the "
            "first. Look at what these functions give, at init_scale and at the data",
            stacklevel=4,
        )
