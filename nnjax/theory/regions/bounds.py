"""Bounds on the number of linear regions of a ReLU network, from its widths alone.

Networks in `nnjax.theory.constructions.montufar` attain such bounds.
"""

import math
from collections.abc import Sequence
from functools import cache

from nnjax.checks import whole_number


def hyperplane_regions(num_hyperplanes: int, num_inputs: int) -> int:
    """The greatest number of regions into which n hyperplanes divide d-dimensional space: sum_{j <= d} binom(n, j).

    A network with one hidden layer of n units has at most this many activation regions, and exactly this many in
    general position: n + 1 on a line, 1 + n + n (n - 1) / 2 in the plane. Source: Zaslavsky 1975.
    """
    whole_number(num_hyperplanes, "num_hyperplanes", 0)
    whole_number(num_inputs, "num_inputs")
    return sum(math.comb(num_hyperplanes, j) for j in range(num_inputs + 1))


def most_pieces_on_a_line(widths: Sequence[int]) -> int:
    """An upper bound on the pieces of a network along a line, prod_l (n_l + 1): a unit has one zero per piece at most.

    Some networks of one input attain it if every layer has three units or more (`constructions.most_pieces`).
    Source: Serra, Tjandraatmadja & Ramalingam 2018.
    """
    return math.prod(n + 1 for n in _widths(widths))


def montufar_lower_bound(num_inputs: int, widths: Sequence[int]) -> int:
    """A lower bound on the greatest number of regions: some network of these widths has this many.

    It is prod_{i < L} floor(n_i / n_0)^n_0 sum_{j <= n_0} binom(n_L, j).

    Source: Montufar, Pascanu, Cho & Bengio 2014, theorem 5, for layers of n_0 units or more.

    Raises:
        ValueError: for no layer, for numbers that are not whole numbers of 1 or more, and for a layer of fewer units
            than there are inputs.
    """
    *folding, last = _widths(widths)
    whole_number(num_inputs, "num_inputs")
    if min(widths) < num_inputs:
        raise ValueError(f"widths={widths!r} must all be at least num_inputs={num_inputs!r}")
    return math.prod((n // num_inputs) ** num_inputs for n in folding) * hyperplane_regions(last, num_inputs)


def serra_upper_bound(num_inputs: int, widths: Sequence[int]) -> int:
    """An upper bound on the number of regions of any network of these widths.

    It is the sum over (j_1, ..., j_L) of prod_l binom(n_l, j_l), where 0 <= j_l <= min(n_0, n_1 - j_1, ...,
    n_(l-1) - j_(l-1), n_l): the input of a layer has at most as many dimensions as any earlier layer has units that are
    on. With one input it is prod (n_l + 1) if every layer but the last has two units or more. Source: Serra,
    Tjandraatmadja & Ramalingam 2018, theorem 1.
    """
    sizes = tuple(_widths(widths))
    whole_number(num_inputs, "num_inputs")

    @cache
    def most(layer: int, rank: int) -> int:
        if layer == len(sizes):
            return 1
        n = sizes[layer]
        return sum(math.comb(n, j) * most(layer + 1, min(rank, n - j)) for j in range(min(rank, n) + 1))

    return most(0, num_inputs)


def _widths(widths: Sequence[int]) -> list[int]:
    if not widths:
        raise ValueError(f"widths={widths!r} must hold at least one hidden layer")
    return [whole_number(n, "widths") for n in widths]
