"""Tuning of the two numbers of a method: a grid that grows where the best trial lies at one of its ends."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np


class Trial(NamedTuple):
    """The values of both numbers."""

    first: float
    second: float


class Number(NamedTuple):
    """The values of a number that are tried first. Beyond `least` and `most` it has no meaning: the grid does not grow
    beyond them, and they do not count as its ends.
    """

    values: tuple[float, ...]
    least: float = 0.0
    most: float = np.inf


def choice(*values: float) -> Number:
    """A number that takes one of these values and no other."""
    return Number(values, values[0], values[-1])


class Cost(NamedTuple):
    """What is compared: the share of wrong rows, and among equal shares a finer number; less is better."""

    error: float
    finer: float = 0.0


class Tuned(NamedTuple):
    """The best trial with its cost, and for each number -1 or 1 where it is the least or the greatest that was tried,
    else 0.
    """

    trial: Trial
    cost: Cost
    at_end: tuple[int, int]


type Costs = Callable[[Sequence[float], Sequence[float]], dict[Trial, Cost]]


def tuned(costs: Costs, numbers: tuple[Number, Number], grow: int) -> Tuned:
    """The best of every first number with every second.

    Where one of them lies at an end, the next value beyond is tried with every value of the other, up to `grow` times.
    """
    values = [sorted(one.values) for one in numbers]
    tried = costs(*values)
    for _ in range(grow):
        ends = _ends(tried, values, numbers)
        for i, end in enumerate(ends):
            if end:
                a, b = values[i][:2] if end < 0 else values[i][:-3:-1]
                more = [list(one) for one in values]
                more[i] = [float(np.clip(a * a / b, numbers[i].least, numbers[i].most))]
                values[i] = sorted([*values[i], *more[i]])
                tried |= costs(*more)
        if not any(ends):
            break
    best = min(tried, key=lambda one: (tried[one], one))
    return Tuned(best, tried[best], _ends(tried, values, numbers))


def _ends(
    tried: dict[Trial, Cost], values: Sequence[Sequence[float]], numbers: tuple[Number, Number]
) -> tuple[int, int]:
    """Which end each number of the best trial lies at; 0 if another, equally good trial has a value inside."""
    least = min(tried.values())
    best = [one for one, cost in tried.items() if cost == least]
    found = []
    for i, (own, number) in enumerate(zip(values, numbers, strict=True)):
        there = {one[i] for one in best}
        low, high = there == {own[0]} and own[0] > number.least, there == {own[-1]} and own[-1] < number.most
        found.append(0 if len(own) == 1 else -1 if low else 1 if high else 0)
    return found[0], found[1]
