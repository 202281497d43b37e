"""`sweep` trains a grid of networks, `plan` says what that would take, `refit` trains one of them again."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from nnjax import mlp, training
from nnjax.engine import execution, labelling, planning, settings, values
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
    progress: bool = True,
    **numbers: Any,
) -> "xr.Dataset":
    """Train every network of a grid.

    A list, range or array is an axis; a tuple is one network's hidden sizes; a number may be a DataArray over
    other axes (the rate that was tuned for each of them); anything else is a constant.

    Args:
        data: Data (x [n, d], y [n, k]), or {name: Data} of equal shapes, which is an axis `task`.
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
    asked = settings.check(data, **_sorted(locals()))
    plan = planning.plan(asked, settings.first_of(data))
    with jax.enable_x64(asked.dtype == "float64"):
        return labelling.dataset(asked, plan, _train(asked, plan, data, progress))


def plan(data: Data | Mapping[str, Data], **arguments: Any) -> planning.Plan:
    """The plan of `sweep` with the same arguments: programs, networks, blocks. Nothing compiles, nothing runs."""
    defaults: dict[str, Any] = sweep.__kwdefaults__ or {}
    numbers = {name: value for name, value in arguments.items() if name not in defaults}
    known = {name: arguments.get(name, default) for name, default in defaults.items()}
    return planning.plan(settings.check(data, **_sorted({**known, "numbers": numbers})), settings.first_of(data))


def _sorted(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `sweep` as `settings.check` takes them: static ones, numbers, and the rest."""
    rest = ("seeds", "num_steps", "record_every", "measure", "early_stop", "model", "dtype")
    return {
        "static": {name: arguments[name] for name in values.STATIC},
        "numeric": {"learning_rate": arguments["learning_rate"], **arguments["numbers"]},
        **{name: arguments[name] for name in rest},
    }


def _train(
    asked: settings.Settings, plan: planning.Plan, data: Data | Mapping[str, Data], progress: bool
) -> dict[str, np.ndarray]:
    """Train all blocks into arrays of shape [*static axes, networks of a program, ...]."""
    on_device = execution.device_data(data, asked.dtype)
    arrays = {
        name: np.full((*plan.static_shape, plan.programs[0].num_networks, *shape), blank, kind)
        for name, (shape, kind, blank) in execution.variables(plan, on_device).items()
    }
    with Bar(plan.num_networks, progress) as bar:
        for program, first, real, members in execution.blocks(plan, asked):
            block = execution.train_block(program, members, on_device, lambda part, n=real: bar.add(part * n))
            for name, found in execution.outcome(block, program.spec).items():
                arrays[name][(*program.index, slice(first, first + real))] = found[:real]
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
    asked = settings.from_json(runs.attrs["settings"], data)
    plan = planning.with_lanes(planning.plan(asked, settings.first_of(data)), runs.attrs["plan"])
    chosen = _place(runs, asked, {**point, "seed": seed} if seed is not None else point)
    program_index = tuple(chosen[: len(asked.axes)])
    member = (*(() if asked.tasks else (0,)), *chosen[len(asked.axes) :])
    program = next(program for program in plan.programs if program.index == program_index)
    first = int(np.ravel_multi_index(member, plan.member_shape))
    with jax.enable_x64(asked.dtype == "float64"):
        members = execution.members(plan, program, asked, np.full(program.lanes, first))
        block = execution.train_block(program, members, execution.device_data(data, asked.dtype))
    return _run(block, program.spec)


def _place(runs: "xr.Dataset", asked: settings.Settings, point: Mapping[str, Any]) -> list[int]:
    """Where on every dimension of the sweep's grid the network lies."""
    axes = {**asked.axes, **asked.numeric_axes, "seed": asked.seeds}
    axes |= {"task": asked.tasks} if asked.tasks else {}
    unknown = [name for name in point if name not in axes]
    if unknown:
        raise ValueError(f"{unknown[0]}={point[unknown[0]]!r}: this sweep has the axes {', '.join(axes)}")
    place = []
    for name in labelling.dimensions(asked):
        labels = [values.label(name, value) for value in axes[name]]
        if name in point:
            wanted = values.label(name, point[name]) if isinstance(point[name], tuple) else point[name]
            wanted = values.label(name, wanted) if callable(wanted) else wanted
        elif runs[name].size == 1:
            wanted = runs[name].values.reshape(()).item()
        else:
            raise ValueError(f"{name} must be given: this sweep holds {', '.join(map(str, labels))}")
        if wanted not in labels:
            raise ValueError(f"{name}={wanted!r} is not in this sweep, which holds {', '.join(map(str, labels))}")
        place.append(labels.index(wanted))
    return place


def _run(block: execution.Block, spec: training.Spec) -> training.Run:
    """The network on the first lane of a block."""
    found = {name: array[0] for name, array in execution.outcome(block, spec).items()}
    return training.Run(
        params=jax.tree.map(lambda leaf: leaf[0], block.params),
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

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *exception: object) -> None:
        self.bar.close()

    def add(self, networks: float) -> None:
        """Count a part of a block's networks."""
        self.done += networks
        self.bar.update(round(self.done) - self.bar.n)
