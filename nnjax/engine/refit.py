"""`refit` trains one network of a finished sweep again, to get its parameters."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from nnjax import arguments, machine, provenance, training
from nnjax.engine import identity, padding, records
from nnjax.engine.plan import from_choices, traced
from nnjax.engine.request import Request, checked_data
from nnjax.engine.train import Trained, device_data, networks_at, train
from nnjax.machine import Options
from nnjax.spec import record_steps, run_of
from nnjax.tasks import Grid
from nnjax.tasks.data import Examples

if TYPE_CHECKING:
    import xarray as xr


def refit(
    runs: "xr.Dataset",
    data: Examples | Mapping[str, Examples] | Grid,
    *,
    seed: int | None = None,
    functions: Mapping[str, Any] | None = None,
    start: Any = None,
    mask: Any = None,
    **point: Any,
) -> training.Run:
    """Train one network of a finished sweep again, bit for bit, to get its parameters.

    Args:
        runs: what `sweep` returned, or any selection of it that still holds the network.
        data: the data of that sweep.
        seed: the network's seed; if each task has seeds of its own, the index of the seed, from 0.
        functions: what the sweep was given, by argument, for functions of yours: {"activation": {"mine": f},
            "measure": {"norm": g}}. Those of a sweep of this process are found without it, if they have a name.
            `refit` imports nothing that `runs` names, as that may come from a file of a stranger.
        start: what the sweep was given, if it was; `mask` likewise.
        **point: the network's value on every other axis: hidden=(3,), activation="tanh", ... Axes on which `runs` holds
            a single value may be left out, as may `seed`.

    Returns:
        A `training.Run` of NumPy arrays: params, losses, curves, measures, status, steps; and `settings`, the network's
        activations, for `nnjax.mlp.predict(run.params, x, **run.settings)`.

    Raises:
        ValueError: for other data than the sweep's, an unknown axis, and a value that is not on its axis. It is also
            raised if a function is missing or has changed since, and if the network does not come out as `runs` records
            it.
    """
    _check_attributes(runs)
    settings = runs.attrs["settings"]
    data, _ = checked_data(data, *records.classes_of(settings))
    data = records.tasks_in_order(settings, data)
    asked = records.request_from_json(settings, data, functions)
    asked = records.with_params(asked, data, settings, start, mask)
    plan = from_choices(asked, data, records.choices_from_json(runs.attrs["plan"]))
    chosen = _place(runs, asked, {**point, "seed": seed} if seed is not None else point)
    static, tasks = len(asked.axes), len(asked.task_shape)
    index, on_tasks, others = np.split(np.asarray(chosen), [static, static + tasks])
    member = (int(np.ravel_multi_index(on_tasks, asked.task_shape)) if tasks else 0, *others)
    program, cell = next((p, i) for p in plan.programs for i, cell in enumerate(p.cells) if cell.index == tuple(index))
    place = cell * program.networks_per_cell + np.ravel_multi_index(member, plan.member_shape)
    _check_options(program.options)
    precision = json.loads(runs.attrs.get("provenance", "{}")).get("matmul_precision")
    with machine.precision(asked.dtype, jax.config.jax_default_device, precision):
        (program,) = traced([program], asked)
        if different := identity.differences(records.traces_from_json(runs.attrs["plan"]), dict(program.traces)):
            raise ValueError("\n  ".join(["a function of this sweep has changed since it was trained:", *different]))
        networks = networks_at(plan, program, asked, np.asarray([place]))
        with machine.one_blas_thread(asked.may_call_lapack()):
            trained = train(program, networks, device_data(data, asked.dtype), keep_params=True)
        run = _run(trained, program.spec, program.cells[cell].sizes)
    _check_same(runs, run, asked, chosen)
    return run


def _check_attributes(runs: Any) -> None:
    """Check that the record of a sweep is there and can be read."""
    attrs = getattr(runs, "attrs", {})
    needed = {"settings": ("tasks", "shapes", "axes"), "plan": ("kinds", "programs"), "provenance": ()}
    for name, keys in needed.items():
        if name not in attrs and keys:
            raise ValueError(f"runs has no attribute {name!r}: it must be what nnjax.sweep returned, refit(runs, data)")
        try:
            found = json.loads(attrs.get(name, "{}"))
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(f"runs.attrs[{name!r}] is damaged: {error}") from None
        if not isinstance(found, dict) or not set(keys) <= set(found):
            raise ValueError(f"runs.attrs[{name!r}] is damaged: it must be an object with {', '.join(keys)}")


def _check_options(options: Options) -> None:
    """Check that recorded compiler options can be used here, and name no files, as xla_dump_to does."""
    for name, value in options:
        if isinstance(value, str):
            raise ValueError(
                f"runs was trained with compiler_options={{{name!r}: {value!r}}}: refit takes only True, False and "
                "numbers from a record, because a text may name files that the compiler writes"
            )
    arguments.checked("compiler_options", dict(options))


def _place(runs: "xr.Dataset", asked: Request, point: Mapping[str, Any]) -> list[int]:
    """The index of the network on every dimension of the sweep's grid."""
    axes = {**asked.axis_labels(), "seed": asked.seeds}
    fixed = {**asked.constants, **asked.numeric_constants}
    if not isinstance(point.get("model", ""), str):  # a module, or any other object with init and apply
        point = {**point, "model": arguments.checked("model", point["model"])}
    point = {
        name: value
        for name, value in point.items()
        if name not in fixed or value not in (fixed[name], asked.label(name, fixed[name]))
    }
    unknown = [name for name in point if name not in axes]
    if unknown:
        raise ValueError(
            f"{unknown[0]}={point[unknown[0]]!r} is not on an axis of this sweep: its axes are {', '.join(axes)}"
        )
    place = []
    for name in asked.dimensions():
        labels = list(axes[name])
        if name in point:
            wanted = point[name]
            if name == "hidden" and isinstance(wanted, int | list):  # (2,) is meant
                wanted = (wanted,) if isinstance(wanted, int) else tuple(wanted)
            if wanted is None or isinstance(wanted, tuple) or callable(wanted):
                wanted = asked.label(name, wanted)
        elif name in runs.coords and runs[name].size == 1:
            wanted = runs[name].values.reshape(()).item()
        else:
            raise ValueError(f"{name} must be given: this sweep holds {', '.join(map(str, labels))}")
        # A coordinate with hidden sizes or "all" holds strings, so that 2 may come as "2".
        known = [str(label) for label in labels] if isinstance(wanted, str) else labels
        if wanted not in known:
            raise ValueError(f"{name}={wanted!r} is not in this sweep, which holds {', '.join(map(str, labels))}")
        place.append(known.index(wanted))
    return place


def _check_same(runs: "xr.Dataset", run: training.Run, asked: Request, place: list[int]) -> None:
    """Check that the network has its recorded loss, if there is one and this machine would give the same numbers."""
    recorded = runs.get("train_loss")
    if recorded is None or not set(asked.dimensions()) <= set(recorded.coords):  # such as a mean over seeds
        return
    if provenance.differences(json.loads(runs.attrs.get("provenance", "{}")).get("numerics", {})):
        return
    labels = {**asked.axis_labels(), "seed": asked.seeds}
    try:
        there = recorded.sel({dim: labels[dim][i] for dim, i in zip(asked.dimensions(), place, strict=True)
                              if dim in recorded.dims})  # fmt: skip
    except KeyError:  # a selection whose labels were changed
        return
    if there.size == 1 and np.isfinite(there.item()) and there.item() != run.train_loss:
        raise ValueError(
            f"refit trained another network: its train_loss is {float(run.train_loss):.6g}, but {there.item():.6g} in "
            "runs; a function of the sweep, or something that it uses, has changed since, or the labels or numbers in "
            "runs were changed"
        )


def _run(trained: Trained, spec: training.Spec, sizes: tuple[int, ...]) -> training.Run:
    """The first of some trained networks as a Run, with parameters of these sizes."""
    found = {name: array[0] for name, array in trained.variables().items()}
    params = jax.tree.map(lambda leaf: leaf[0], trained.params)
    if sizes != spec.sizes:
        params = padding.unpad(params, sizes)
    return run_of(found, params, spec, np.asarray(record_steps(spec)))
