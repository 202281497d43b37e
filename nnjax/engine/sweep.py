"""`sweep` trains a grid of networks, `plan` says what that would take, `refit` trains one of them again."""

import inspect
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from nnjax import mlp, training
from nnjax.engine import execution, labelling, planning, programs, records, settings, values
from nnjax.engine import workers as queue
from nnjax.tasks import Data

if TYPE_CHECKING:
    import xarray as xr


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
    measure: Mapping[str, Any] | None = None,
    early_stop: tuple[str, float] | None = None,
    model: Any = mlp,
    dtype: str = "float32",
    layout: str | None = None,
    workers: int | None = None,
    compiler_options: Mapping[str, Any] | None = None,
    progress: bool = True,
    **numbers: Any,
) -> "xr.Dataset":
    """Train every network of a grid.

    A list, range or array is an axis; a tuple is one network's hidden sizes; a number may be a DataArray over
    other axes (the rate that was tuned for each of them); anything else is a constant.

    Args:
        data: Data (x [n, d], y [n, k]), or {name: Data} of equal shapes, which is an axis `task`. What counts as
            a right answer is the same for all tasks, so there is an accuracy where they share two target values.
        hidden: hidden sizes such as (8, 8); or `width` and `depth` (1 when not given) in its place.
        activation: a name in `nnjax.activations`, or a module-level function; `output_activation` likewise.
        init: law of the first weights, a name in `nnjax.initializers`; `bias_init` that of the biases.
        solver: an optax name, or a module-level factory (learning_rate, **numbers) -> optax transformation.
        learning_rate: step size. `schedule`: "constant", "linear", "cosine" or "exponential".
        loss: a name in `nnjax.losses`, or a module-level function (output [k], target [k]) -> scalar.
        batch_size: rows per step, all when None; `order`: "shuffled", "sequential" or "random".
        seeds: how many networks of each setting (seeds 0, 1, ...), or the seeds themselves.
        num_steps: updates of the weights. `record_every`: steps between two points of the curves.
        measure: {name: f}, f(params, data) or f(params, data, predict) -> array, taken at recorded steps.
        early_stop: (recorded name, threshold): a network at or below it ("accuracy": at or above) stops there.
        model: any pair `init` / `apply` with the signatures of `nnjax.mlp`.
        dtype: "float32" or "float64".
        layout: "matrices", or "scalars" for a handful of neurons; chosen by the shape when None.
        workers: threads that train blocks; one per core when None. Changes no result.
        compiler_options: of XLA, {} for none; chosen for the processor when None.
        progress: whether a bar is shown on a terminal.
        **numbers: hyperparameters of the solver (momentum, b1, ...), weight_decay, clip_norm, clip_value,
            warmup_steps, schedule_steps, final_ratio, init_scale, bias_scale.

    Returns:
        A Dataset with a dimension for each axis, then `seed`: train_loss, test_loss, accuracy, train_curve and
        test_curve (with `step`), every measure, steps, num_params and status (0 missing, 1 ran to the end,
        2 stopped early, 3 diverged, whose losses are +inf). A curve keeps its last value once a network has
        stopped. Accuracy is counted on the test rows where there are any.

    Raises:
        ValueError: naming the argument, the value and what is allowed, before anything compiles.
    """
    asked, plan, data = _planned(data, locals())
    with jax.enable_x64(asked.dtype == "float64"):
        return labelling.dataset(asked, plan, _train(asked, plan, data, progress, workers))


def plan(data: Data | Mapping[str, Data], **arguments: Any) -> planning.Plan:
    """The plan of `sweep` with the same arguments: programs, networks, blocks. Nothing compiles, nothing runs."""
    parameters = inspect.signature(sweep).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    numbers = {name: value for name, value in arguments.items() if name not in defaults}
    return _planned(data, {**defaults, **arguments, "numbers": numbers})[1]


def _planned(data: Any, arguments: Mapping[str, Any]) -> tuple[settings.Settings, planning.Plan, settings.Tasks]:
    """The checked settings, the plan and the checked data."""
    checked = settings.checked_data(data)
    asked = settings.check(checked, **_sorted(arguments))
    layout, workers, options = (arguments[name] for name in ("layout", "workers", "compiler_options"))
    if layout not in (None, "matrices", "scalars"):
        raise ValueError(f"layout={layout!r} must be 'matrices', 'scalars' or None, which chooses by shape")
    if workers is not None:
        values.whole("workers", workers)
    if options is not None and not isinstance(options, Mapping):
        raise ValueError(f"compiler_options={options!r} must be a dict, or None for the usual ones")
    chosen = programs.default_options() if options is None else tuple(sorted(options.items()))
    return asked, planning.plan(asked, checked, layout, chosen), checked


def _sorted(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `sweep` as `settings.check` takes them: static ones, numbers, and the rest."""
    rest = ("seeds", "num_steps", "record_every", "measure", "early_stop", "model", "dtype")
    return {
        "static": {name: arguments[name] for name in values.STATIC},
        "numeric": {"learning_rate": arguments["learning_rate"], **arguments["numbers"]},
        **{name: arguments[name] for name in rest},
    }


def _train(
    asked: settings.Settings, plan: planning.Plan, data: settings.Tasks, progress: bool, workers: int | None
) -> dict[str, np.ndarray]:
    """Train all networks into arrays of shape [*static axes, networks of a program, ...]."""
    on_device = execution.device_data(data, asked.dtype)
    arrays = {
        name: np.full((*plan.static_shape, plan.programs[0].num_networks, *shape), blank, kind)
        for name, (shape, kind, blank) in labelling.variables(plan, on_device).items()
    }
    device, precision = jax.config.jax_default_device, jax.config.jax_default_matmul_precision
    with Bar(plan.num_networks, progress) as bar:

        def work(wave: queue.Wave, alive: Callable[[], None]) -> None:
            program, first, last = wave
            members = execution.members(plan, program, asked, np.arange(first, last))

            def after_call(networks: float) -> None:
                alive()
                bar.add(networks)

            # These settings belong to a thread.
            with (
                jax.enable_x64(asked.dtype == "float64"),
                jax.default_device(device),
                jax.default_matmul_precision(precision),
            ):
                trained = execution.train_wave(program, members, on_device, after_call)
            for name, found in labelling.outcome(trained, program.spec).items():
                arrays[name][(*program.index, slice(first, last))] = found

        queue.run(plan, work, queue.default_workers() if workers is None else workers)
    return arrays


def refit(
    runs: "xr.Dataset", data: Data | Mapping[str, Data], *, seed: int | None = None, **point: Any
) -> training.Run:
    """Train one network of a finished sweep again, bit for bit, to get its parameters.

    Args:
        runs: what `sweep` returned, or any selection of it that still holds the network.
        data: the data of that sweep.
        seed: the network's seed, and **point its value on every axis: hidden=(3,), activation="tanh", ...
            Axes on which `runs` holds a single value may be left out.

    Returns:
        A `training.Run` of NumPy arrays: params, losses, curves, measures, status, steps.

    Raises:
        ValueError: for data of another shape, an unknown axis, or a value that is not on it.
    """
    absent = [name for name in ("settings", "plan") if name not in runs.attrs]
    if absent:
        raise ValueError(f"runs has no attribute {absent[0]!r}: it must be what nnjax.sweep returned")
    data = records.in_order(runs.attrs["settings"], settings.checked_data(data))
    asked = records.settings_from_json(runs.attrs["settings"], data)
    plan = records.plan_from_json(runs.attrs["plan"], planning.plan(asked, data, "matrices"))
    chosen = _place(runs, asked, {**point, "seed": seed} if seed is not None else point)
    program_index = tuple(chosen[: len(asked.axes)])
    member = (*(() if asked.tasks else (0,)), *chosen[len(asked.axes) :])
    program = next(program for program in plan.programs if program.index == program_index)
    index = np.asarray([np.ravel_multi_index(member, plan.member_shape)])
    with jax.enable_x64(asked.dtype == "float64"):
        members = execution.members(plan, program, asked, index)
        on_device = execution.device_data(data, asked.dtype)
        trained = execution.train_wave(program, members, on_device, keep_params=True)
        return _run(trained, program.spec)


def _place(runs: "xr.Dataset", asked: settings.Settings, point: Mapping[str, Any]) -> list[int]:
    """Where on every dimension of the sweep's grid the network lies."""
    axes = {**asked.axes, **asked.numeric_axes, "seed": asked.seeds}
    axes |= {"task": asked.tasks} if asked.tasks else {}
    fixed = {**asked.constants, **asked.numeric_constants}
    point = {name: value for name, value in point.items() if name not in fixed or fixed[name] != value}
    unknown = [name for name in point if name not in axes]
    if unknown:
        raise ValueError(f"{unknown[0]}={point[unknown[0]]!r}: this sweep has the axes {', '.join(axes)}")
    place = []
    for name in labelling.dimensions(asked):
        labels = [values.label(name, value) for value in axes[name]]
        if name in point:
            wanted = point[name]
            if wanted is None or isinstance(wanted, tuple) or callable(wanted):
                wanted = values.label(name, wanted)
        elif name in runs.coords and runs[name].size == 1:
            wanted = runs[name].values.reshape(()).item()
        else:
            raise ValueError(f"{name} must be given: this sweep holds {', '.join(map(str, labels))}")
        # A coordinate of sizes and "all" is one of texts, so that 2 may come as "2".
        known = [str(label) for label in labels] if isinstance(wanted, str) else labels
        if wanted not in known:
            raise ValueError(f"{name}={wanted!r} is not in this sweep, which holds {', '.join(map(str, labels))}")
        place.append(known.index(wanted))
    return place


def _run(trained: execution.Outcome, spec: training.Spec) -> training.Run:
    """The first of some trained networks."""
    found = {name: array[0] for name, array in labelling.outcome(trained, spec).items()}
    params = jax.tree.map(lambda leaf: leaf[0], trained.params)
    return training.Run(
        params=jax.device_get(mlp.pack(params)) if spec.layout == "scalars" else params,
        train_loss=found["train_loss"],
        test_loss=found.get("test_loss"),
        accuracy=found.get("accuracy"),
        step=np.asarray(training.record_steps(spec)),
        train_curve=found["train_curve"],
        test_curve=found.get("test_curve"),
        measures={name: found[name] for name, _ in spec.measure},
        status=found["status"],
        steps=found["steps"],
    )


class Bar:
    """A progress bar over networks, shown on a terminal or in a notebook."""

    def __init__(self, num_networks: int, shown: bool) -> None:
        from tqdm.auto import tqdm

        # None shows the bar on a terminal only, which a notebook's stream does not claim to be.
        disable = (None if "ipykernel" not in sys.modules else False) if shown else True
        self.bar = tqdm(total=num_networks, unit=" networks", disable=disable, dynamic_ncols=True)
        self.done = 0.0
        self.lock = threading.Lock()

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *exception: object) -> None:
        self.bar.close()

    def add(self, networks: float) -> None:
        """Count a part of a block's networks."""
        with self.lock:  # workers count together
            self.done += networks
            self.bar.update(round(self.done) - self.bar.n)
