"""Tasks along several axes: one for each combination, such as of a noise and a draw."""

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from nnjax import naming
from nnjax.tasks.data import Examples


class Grid(dict[tuple, Examples]):
    """Tasks by their labels on several axes, such as (0.1, 3); `axes` holds the labels of each axis by its name."""

    def __init__(self, axes: Mapping[str, Iterable[Any]], found: Iterable[Examples]) -> None:
        self.axes = {name: tuple(labels) for name, labels in axes.items()}
        super().__init__(zip(itertools.product(*self.axes.values()), found, strict=True))


def grid(make: Callable[..., Any], /, **axes: Any) -> Grid:
    """Tasks along several axes; as data of a sweep, each is a dimension of the result, in place of `task`.

    >>> import nnjax
    >>> def noisy(noise, draw):
    ...     x = np.linspace(-1, 1, 16)
    ...     return x, np.sin(3 * x) + noise * np.random.default_rng(draw).normal(size=16)
    >>> runs = nnjax.sweep(grid(noisy, noise=[0.0, 0.1], draw=range(3)), hidden=(4,), seeds=2, num_steps=10)
    >>> dict(runs.train_loss.sizes)
    {'noise': 2, 'draw': 3, 'seed': 2}

    Args:
        make: a function that is called with one value of every axis by name, and returns Data or a tuple as
            `nnjax.sweep` takes it. All must have equal shapes.
        **axes: the values of each axis, in a list, a range or an array [n]: numbers, booleans or texts, which are the
            labels too; or {label: value}.

    Raises:
        ValueError: for an axis that is empty or holds a label twice, and for labels that are not all texts or all
            finite numbers.
    """
    if not axes:
        raise ValueError("no axis is given: give at least one, such as draw=range(8)")
    values = {}
    for name, given in axes.items():
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise ValueError(f"{name}={given!r:.80} must be a list, a range, an array or a dict of values by label")
        values[name] = list(given.values() if isinstance(given, Mapping) else given)
    labels = {name: _labels(name, list(given)) for name, given in axes.items()}
    combinations = itertools.product(*values.values())
    return Grid(labels, [make(**dict(zip(axes, one, strict=True))) for one in combinations])


def names_of(axes: Mapping[str, Iterable[Any]]) -> tuple[str, ...]:
    """One name for each combination of labels, such as "draw=3, noise=0.1", the last axis fastest.

    It does not depend on the order of the axes.
    """

    def written(label: Any) -> str:  # 1.0 as 1, because an axis of whole numbers may gain a fraction
        return str(int(label) if isinstance(label, float) and label.is_integer() else label)

    combinations = itertools.product(*axes.values())
    pairs = (sorted(zip(axes, map(written, labels), strict=True)) for labels in combinations)
    return tuple(", ".join(map("=".join, one)) for one in pairs)


def _labels(name: str, given: list[Any]) -> tuple[Any, ...]:
    """The labels of an axis as Python's numbers or strings."""
    kinds = {np.asarray(one).dtype.kind if np.ndim(one) == 0 else "O" for one in given}
    array = np.asarray(given) if kinds <= set("iuf") or kinds in ({"b"}, {"U"}) else np.zeros(0, object)
    if not given or array.dtype.kind not in "biufU" or (array.dtype.kind == "f" and not np.isfinite(array).all()):
        raise ValueError(
            f"{name}={given!r:.80} must hold at least one label, and texts, booleans or finite numbers alone; "
            "give other values as {label: value}"
        )
    found = array.tolist()
    if len(set(found)) < len(found):
        twice = next(one for i, one in enumerate(found) if one in found[:i])
        raise ValueError(f"{name} holds {twice!r:.80} twice; the values of an axis must differ")
    for one in found:
        if isinstance(one, str):
            naming.check_label(one, name)
    return tuple(found)
