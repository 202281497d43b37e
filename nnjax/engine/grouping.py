"""Which shapes share a program: a pure function of what compiling and running them costs.

Sharing saves compiling and wastes arithmetic on neurons that are not there. It starts from one program per shape
and joins, as long as that saves time, the two groups that save most; if one program for all is cheaper still, that
is taken. So it never costs more than either.
"""

import itertools
from collections.abc import Callable, Sequence

# Up to so many shapes every two groups are compared, beyond that neighbours alone.
MOST_COMPARED = 48

type Group = tuple[int, ...]


def grouped(shapes: Sequence[tuple[int, ...]], cost: Callable[[Group], float]) -> list[Group]:
    """Groups of positions in `shapes`, each sorted; `cost` gives the seconds of a group in one program."""
    order = sorted(range(len(shapes)), key=lambda i: (len(shapes[i]), shapes[i]))
    groups: list[Group] = [(i,) for i in order]
    known: dict[Group, float] = {}

    def costs(group: Group) -> float:
        if group not in known:
            known[group] = cost(group)
        return known[group]

    def saving(pair: tuple[int, int]) -> float:
        a, b = (groups[i] for i in pair)
        return costs(a) + costs(b) - costs(tuple(sorted(a + b)))

    while len(groups) > 1:
        count = len(groups)
        pairs = itertools.combinations(range(count), 2) if count <= MOST_COMPARED else itertools.pairwise(range(count))
        best = max(pairs, key=saving)
        if saving(best) <= 0:
            break
        a, b = best
        groups[a] = tuple(sorted(groups[a] + groups[b]))
        del groups[b]
    everything = tuple(range(len(shapes)))
    return [everything] if cost(everything) < sum(map(costs, groups)) else groups
