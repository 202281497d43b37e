"""All weights that a perceptron can reach on rows in any order, and whether the best ones stay within its reach.

The pocket's limit depends on this. With rows drawn at random the weights are a Markov chain, which has finitely many
states as they stay bounded (Block & Levin 1970). If weights with the fewest errors can be reached from all reachable
ones, they are reached again and again, each time with the same chance of a run of right answers longer than the
pocket's; so with probability 1 the pocket with its ratchet holds such weights in the end (Gallant 1990; Muselli 1997).
"""

import itertools
from typing import NamedTuple

import numpy as np

MOST_WEIGHT = 60  # in absolute value: weights are coded by their digits in base 2 * 60 + 1


class Reach(NamedTuple):
    """For one function: whether the best weights can be reached from all reachable ones, the number of reachable
    weights, and the square of the greatest length of (w, b) among them."""

    best_again: bool
    states: int
    greatest: int


def reach(x: np.ndarray, table: np.ndarray, fewest: int) -> Reach:
    """Follow a perceptron from zero weights over rows x [n, d], -1 and 1, with targets [n], in every order.

    `fewest` is the number of rows that the best neuron gets wrong. All numbers are whole.

    Raises:
        ValueError: for weights beyond MOST_WEIGHT.
    """
    z = np.column_stack([x, np.ones(len(x), int)]).astype(np.int64)
    signs = np.where(table, 1, -1)
    base = (2 * MOST_WEIGHT + 1) ** np.arange(z.shape[1], dtype=np.int64)
    moves = signs[:, None] * z
    states = np.zeros((1, z.shape[1]), np.int64)
    codes, edges, errors = states @ base, [], []
    frontier = states
    while len(frontier):
        wrong = (frontier @ z.T > 0) != table
        errors.append(wrong.sum(axis=1))
        start, row = np.nonzero(wrong)
        after = frontier[start] + moves[row]
        if np.abs(after).max(initial=0) > MOST_WEIGHT:
            raise ValueError(f"a weight exceeds {MOST_WEIGHT}")
        edges.append(np.stack([frontier[start] @ base, after @ base]))
        new, place = np.unique(after @ base, return_index=True)
        fresh = ~np.isin(new, codes)
        frontier = after[place[fresh]]
        codes, states = np.append(codes, new[fresh]), np.concatenate([states, frontier])
    order = np.argsort(codes)
    start, end = (order[np.searchsorted(codes[order], one)] for one in np.hstack(edges))
    good = np.concatenate(errors) == fewest
    while True:
        found = start[good[end] & ~good[start]]
        if not len(found):
            return Reach(bool(good.all()), len(states), int((states**2).sum(axis=1).max()))
        good[found] = True


def representatives(tables: np.ndarray, num_inputs: int) -> tuple[np.ndarray, np.ndarray]:
    """The index of one function of each symmetry class [k], and the class of each [m], for functions [m, 2^n].

    Permuting and negating inputs turns the functions of one class into each other, and likewise the weights that a
    perceptron can reach on them.
    """
    x = np.array(list(itertools.product((-1, 1), repeat=num_inputs)))
    place = 2 ** np.arange(num_inputs)[::-1]
    weights = 2 ** np.arange(len(x), dtype=np.int64)
    least = np.full(len(tables), np.iinfo(np.int64).max)
    for order in itertools.permutations(range(num_inputs)):
        for signs in x:
            rows = (x[:, order] * signs > 0) @ place
            least = np.minimum(least, tables[:, rows] @ weights)
    _, first, label = np.unique(least, return_index=True, return_inverse=True)
    return first, label
