"""How `speech` tunes the learning rate and the weight decay of a network.

Rates, at the middle decay, and then decays, at the best rate, are first tried in short trainings. Then come full ones,
at the next rate below the best one, as most networks want a lower one there, and at both its neighbours. At the best of
these, the next lower decay is tried, and further ones as long as each gains more than FLAT. Where the next lower one
gains no more than that, higher ones are tried in the same way. Where the decay changes, be it down or up, both
neighbours of the rate are trained anew. Where a best value lies at an end of those tried, the next beyond is tried. The
chosen rate is the vertex of a parabola through the best three.

That costs 5.5 full trainings, and 2 or more with another decay.
"""

import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from experiments.lab.resume import Run
from experiments.lab.speech_corpus.examples import DEVELOPMENT, Examples
from experiments.wide_versus_deep import speech_training
from experiments.wide_versus_deep.speech_training import Found, Network
from nnjax import machine, tuning

RATIO = 2.0  # of a learning rate to the next
FLAT = 0.001  # share of frames: a decay at an end that gains no more over its neighbour does not count as at an end

type Cost = Callable[[float, float, int], float]  # the error at a rate and a decay, after so many frames


class Cell(NamedTuple):
    """A network, by its name, that is tuned for a number of frames, one of several times, and then trained with what
    was tuned: also for shares of these frames, and on fewer hours of speech."""

    network: str
    frames: int
    rates: tuple[float, ...]
    tuning: int = 0
    shares: tuple[float, ...] = ()
    fewer_hours: tuple[float, ...] = ()


class Search(NamedTuple):
    """What all cells have in common.

    That is the decays, how many times shorter the first trainings are, and how often a grid may grow. It is also the
    reported seeds, the size of a batch, and the hours of speech.
    """

    decays: tuple[float, ...]
    short: int
    grow: int
    seeds: int
    batch_size: int
    hours: float


class Numbers(NamedTuple):
    """A learning rate and a weight decay, and whether each lies at an end of those tried: -1, 0 or 1."""

    learning_rate: float
    weight_decay: float
    rate_at_end: int
    decay_at_end: int


class Tuned(NamedTuple):
    """The best numbers of short trainings, of full ones with the decay of the short ones, and of full ones."""

    short: Numbers
    same_decay: Numbers
    full: Numbers


def tune_and_train(
    cells: Sequence[Cell], networks: Mapping[str, Network], data: Examples, search: Search, run: Run
) -> list[dict[str, Any]]:
    """A row for each reported training of each cell; as many cells at a time as there are cores."""
    done, lock = [0], threading.Lock()

    def one(cell: Cell) -> list[dict[str, Any]]:
        rows = _rows(cell, networks[cell.network], data, search, run)
        with lock:
            done[0] += 1
            print(f"{cell.network}, {cell.frames:,} frames, tuning {cell.tuning + 1}: "
                  f"rate {rows[0]['learning_rate']:.2g}, {rows[0]['wrong'].mean():.1%} wrong "
                  f"({done[0]} of {len(cells)})", file=sys.stderr, flush=True)  # fmt: skip
        return rows

    with ThreadPoolExecutor(machine.num_workers()) as pool:
        waiting = [pool.submit(one, cell) for cell in cells]
        try:
            return [row for future in waiting for row in future.result()]
        finally:
            pool.shutdown(cancel_futures=True)


def _rows(cell: Cell, network: Network, data: Examples, search: Search, run: Run) -> list[dict[str, Any]]:
    """Tune a cell on the development voices, then train its reported networks."""

    def trained(rate: float, decay: float, frames: int, seed: int, hours: float = search.hours) -> Found:
        job = speech_training.job(network, frames, rate, decay, seed, hours, data, search.batch_size)
        return speech_training.train(job, data, run)

    def cost(rate: float, decay: float, frames: int) -> float:
        one = trained(rate, decay, frames, tuning.FIRST_SEED + cell.tuning)
        return float(one.wrong[:DEVELOPMENT].mean())

    best = tuned(cost, cell.rates, search.decays, cell.frames, search.short, search.grow)
    plan = [*((share, search.hours) for share in (1.0, *cell.shares)), *((1.0, hours) for hours in cell.fewer_hours)]
    rows = []
    for share, hours in plan:
        frames, numbers = round(cell.frames * share), of_share(share, best, search.short)
        row = {"network": cell.network, "frames": frames, "hours": hours, "tuning": cell.tuning} | numbers._asdict()
        for seed in range(cell.tuning * search.seeds, (cell.tuning + 1) * search.seeds):
            one = trained(numbers.learning_rate, numbers.weight_decay, frames, seed, hours)
            rows.append(row | one._asdict() | {"wrong": one.wrong[DEVELOPMENT:]})
    return rows


def tuned(cost: Cost, rates: Sequence[float], decays: Sequence[float], frames: int, short: int, grow: int) -> Tuned:
    """The best numbers; short trainings see frames // short, and a grid grows so many times at most."""
    few, middle = frames // short, decays[len(decays) // 2]
    errors = {rate: cost(rate, middle, few) for rate in rates}
    best = min(errors, key=lambda rate: errors[rate])
    tried = {middle: errors[best]}
    tried |= {decay: cost(best, decay, few) for decay in decays if decay not in tried}
    tried = widened(tried, lambda decay: cost(best, decay, few), grow, FLAT)
    decay = min(tried, key=lambda one: tried[one])
    full = {best * RATIO**away: cost(best * RATIO**away, decay, frames) for away in (-2, -1, 0)}
    full = widened(full, lambda rate: cost(rate, decay, frames), grow)
    found = Numbers(vertex(errors), decay, at_end(errors), at_end(tried, FLAT))
    then = Numbers(vertex(full), decay, at_end(full), found.decay_at_end)
    rate = min(full, key=lambda one: full[one])
    longer = walked(decay, full[rate], tried, lambda one: cost(rate, one, frames), grow)
    if longer.decay == decay:
        return Tuned(found, then, then._replace(decay_at_end=longer.at_end))
    full = {rate: longer.error} | {one: cost(one, longer.decay, frames) for one in (rate / RATIO, rate * RATIO)}
    full = widened(full, lambda one: cost(one, longer.decay, frames), grow)
    return Tuned(found, then, Numbers(vertex(full), longer.decay, at_end(full), longer.at_end))


class Walked(NamedTuple):
    """The best decay, its error, and -1 or 1 where the one beyond would have to be tried, else 0."""

    decay: float
    error: float
    at_end: int


def walked(decay: float, error: float, tried: Iterable[float], cost: Callable[[float], float], grow: int) -> Walked:
    """Walk from one of the decays that were tried before, as long as each further one gains more than FLAT.

    The walk goes to the next lower decay and so on, or else to the next higher one and so on. Beyond the decays tried
    before, their ratio there goes on.
    """
    start, grid = decay, sorted(tried)
    for side in (-1, 1):
        for _ in range(1 + grow):
            place = grid.index(decay) + side
            if not 0 <= place < len(grid):
                end, inner = (grid[0], grid[1]) if side < 0 else (grid[-1], grid[-2])
                grid = sorted([*grid, end**2 / inner])
                place = max(place, 0)
            if error - (next_error := cost(grid[place])) <= FLAT:
                break
            decay, error = grid[place], next_error
        else:
            return Walked(decay, error, side)
        if decay != start:
            break
    return Walked(decay, error, 0)


def widened(
    errors: dict[float, float], cost: Callable[[float], float], grow: int, flat: float = 0.0
) -> dict[float, float]:
    """With the next value beyond, so many times at most, where the best of those tried lies at an end."""
    for _ in range(grow):
        end, tried = at_end(errors, flat), sorted(errors)
        if not end:
            break
        beyond = tried[0] ** 2 / tried[1] if end < 0 else tried[-1] ** 2 / tried[-2]
        errors = errors | {beyond: cost(beyond)}
    return errors


def at_end(errors: dict[float, float], flat: float = 0.0) -> int:
    """-1 where the best value, the lowest of equals, is the least tried, 1 where it is the greatest, else 0; 0 too
    where it gains no more than `flat` on its neighbour.
    """
    tried = sorted(errors)
    best = min(tried, key=lambda one: errors[one])
    end = -1 if best == tried[0] else int(best == tried[-1])
    neighbour = errors[tried[1]] if end < 0 else errors[tried[-2]]
    return 0 if flat and neighbour - errors[best] <= flat else end


def vertex(errors: dict[float, float]) -> float:
    """Where the parabola through the best rate and both its neighbours is least, over the logarithm of the rate; the
    lower neighbour where all three are equal, and the best one where it has no two neighbours.
    """
    tried = sorted(errors)
    place = tried.index(min(tried, key=lambda one: errors[one]))
    if not 0 < place < len(tried) - 1:
        return tried[place]
    low, middle, high = (errors[one] for one in tried[place - 1 : place + 2])
    curvature = low - 2 * middle + high
    return tried[place] * RATIO ** ((low - high) / (2 * curvature) if curvature > 0 else -1.0)


def of_share(share: float, best: Tuned, short: int) -> Numbers:
    """The numbers for a share of the frames.

    Shorter trainings have the decay of the short ones. Their rate is the one on the straight line, in logarithms, from
    short to full trainings with this decay.
    """
    if share == 1:
        return best.full
    place = float(np.log(share) / np.log(1 / short))
    rate = float(best.same_decay.learning_rate * (best.short.learning_rate / best.same_decay.learning_rate) ** place)
    at_an_end = best.same_decay.rate_at_end or best.short.rate_at_end
    return best.short._replace(learning_rate=rate, rate_at_end=at_an_end)
