"""Convert class labels to one-hot targets."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from nnjax.tasks.binary import MAX_BYTES
from nnjax.tasks.data import EXACT


def one_hot(
    labels: Any, classes: Sequence[str] | Sequence[int] | None = None
) -> tuple[Float[np.ndarray, "n k"], tuple[Any, ...]]:
    """Targets for classification: a column for each class, 1 where a row is of that class and 0 elsewhere.

    >>> y, classes = one_hot(["oak", "elm", "oak"])
    >>> classes
    ('elm', 'oak')
    >>> y.tolist()
    [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    >>> [classes[i] for i in y.argmax(axis=1)]
    ['oak', 'elm', 'oak']

    Args:
        labels: [n] texts, whole numbers or booleans, in a list, an array or a column of a data frame.
        classes: the classes in the order of the columns; some may have no row. If None, the classes that occur,
            sorted.

    Returns:
        y [n, k] in float64, and the k classes.

    Raises:
        ValueError: for labels that are not all of one kind, missing (None, nan) or not in `classes`; for texts that
            differ only in capitals or spaces, unless `classes` is given; for fewer than two classes; for targets of
            more than 4 GiB.
    """
    found = labels_in(labels, "labels")
    names = sorted(set(found)) if classes is None else labels_in(classes, "classes")
    places = {name: i for i, name in enumerate(names)}
    if len(places) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(f"classes holds {twice!r:.40} twice: classes must differ")
    if len(names) < 2:
        raise ValueError(
            f"{'labels' if classes is None else 'classes'} holds only {names[0]!r:.40}: at least two classes are needed"
        )
    if classes is None:
        _check_spelling(names)
    elif type(names[0]) is not type(found[0]):
        raise ValueError(
            f"classes holds {names[0]!r:.40}, but labels holds {found[0]!r:.40}: both must be of the same type"
        )
    for i, label in enumerate(found):
        if label not in places:
            raise ValueError(
                f"labels[{i}]={label!r:.40} is not a class; classes holds {', '.join(map(repr, names)):.200}"
            )
    if len(found) * len(names) * 8 > MAX_BYTES:
        raise ValueError(
            f"labels has {len(names):,} classes in {len(found):,} rows, whose one-hot targets would take more than "
            f"{MAX_BYTES:,} bytes"
        )
    y = np.zeros((len(found), len(names)))
    y[np.arange(len(found)), [places[label] for label in found]] = 1
    return y, tuple(names)


def labels_in(value: Any, argument: str) -> list[Any]:
    """Labels [n] as a list of str, of int or of bool; whole numbers in floating point become int.

    Raises:
        ValueError: for anything else; the message names the argument, the place and what is there.
    """
    if np.ma.is_masked(value):
        raise ValueError(f"{argument} has masked entries: leave out those rows")
    try:
        # A list of texts and numbers would become an array of texts.
        array = np.asarray(value) if hasattr(value, "dtype") else np.asarray(value, dtype=object)
    except Exception as error:  # whatever the conversion of a foreign object raises
        raise ValueError(f"{argument} is not a list of labels: {error}") from None
    if array.ndim != 1 or array.dtype.kind not in "OUTbiuf" or not array.size:
        hint = f": give {argument}[:, 0]" if array.ndim == 2 and array.shape[1] == 1 else ""
        raise ValueError(
            f"{argument} of type {type(value).__name__} has shape {array.shape} and dtype {array.dtype}: it must hold "
            f"one label for each row, [n] strings or whole numbers{hint}"
        )
    found = [_label(one, f"{argument}[{i}]") for i, one in enumerate(array.tolist())]
    for i, one in enumerate(found):
        if type(one) is not type(found[0]):
            raise ValueError(
                f"{argument}[{i}]={one!r:.40}, but {argument}[0]={found[0]!r:.40}: all must be strings, or all numbers"
            )
    return found


def _label(value: Any, what: str) -> str | int | bool:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str | int):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return int(value)
    raise ValueError(f"{what}={value!r:.40} is not a label: it must be a string or a whole number")


def _check_spelling(names: list[Any]) -> None:
    """Check that no two texts differ in capitals or spaces alone, which is usually a mistake."""
    seen: dict[str, str] = {}
    for name in names:
        if isinstance(name, str):
            other = seen.setdefault(" ".join(name.casefold().split()), name)
            if other != name:
                raise ValueError(
                    f"labels holds {other!r:.40} and {name!r:.40}, which differ only in case or spaces: make them "
                    "one class, or give classes=[...] with both"
                )
