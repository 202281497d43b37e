"""The networks of `speech`: each is tuned for a number of frames, and trained with what was tuned."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from experiments.wide_versus_deep.shared.microsoft import kind
from experiments.wide_versus_deep.speech import examples, trainings
from experiments.wide_versus_deep.speech.config import Cell, Config, Network
from experiments.wide_versus_deep.speech.examples import CHOOSING, Examples
from experiments.wide_versus_deep.speech.trainings import Found, Job, Places
from nnjax import mlp, tuning

RATIO = 2.0  # of a learning rate to the next
FLAT = 0.001  # share of frames: a decay at an end that gains no more over its neighbour does not count as at an end


class Numbers(NamedTuple):
    """A learning rate and a weight decay, and whether each lies at an end of those tried: -1, 0 or 1."""

    rate: float
    decay: float
    rate_at_end: int
    decay_at_end: int


class Tuned(NamedTuple):
    """The best numbers of short trainings, of full ones with the decay of the short ones, and of full ones."""

    short: Numbers
    same_decay: Numbers
    full: Numbers


def hidden(network: Network, config: Config, ends: tuple[int, int]) -> tuple[int, ...]:
    """The neurons of its hidden layers, with so many inputs and outputs."""
    if (what := kind(network.kind)) == "deep":
        return (config.neurons,) * int(network.kind)
    depth = config.deep if what == "wide" else int(network.kind[1:])
    weights = mlp.num_params((ends[0], *(config.neurons,) * depth, ends[1]))
    if what == "equal":
        return (mlp.width_for_budget(weights, 1, *ends),)
    return (mlp.width_for_budget(config.wider * weights, 1, *ends) + 1,)


def train(cell: Cell, data: Examples, config: Config, places: Places) -> tuple[list[dict], list[dict]]:
    """The reported trainings of a cell, and all that was tried in tuning, both as rows."""
    trials: list[dict[str, Any]] = []
    where = {"network": cell.network.name, "frames": cell.frames, "tuning": cell.tuning}

    def found(rate: float, decay: float, frames: int, seed: int, hours: float = config.hours) -> Found:
        return trainings.train(job(cell.network, frames, rate, decay, seed, hours, data, config), data, places)

    def cost(rate: float, decay: float, frames: int) -> float:
        """The share of wrong frames of the development voices, with the seed of this tuning."""
        one = found(rate, decay, frames, tuning.FIRST_SEED + cell.tuning)
        error = float(one.wrong[:CHOOSING].mean())
        row = {"seen": frames, "learning_rate": rate, "weight_decay": decay, "error": error, "seconds": one.seconds}
        trials.append(where | row)
        return error

    best = tuned(cost, cell, config)
    plan = [(cell.frames, config.hours), *((round(cell.frames * share), config.hours) for share in cell.shares)]
    runs = []
    for frames, hours in [*plan, *((cell.frames, hours) for hours in cell.hours)]:
        rate, decay, *ends = numbers(frames / cell.frames, best, config)
        row = where | {"frames": frames, "hours": hours, "learning_rate": rate, "weight_decay": decay}
        row |= dict(zip(("rate_at_end", "decay_at_end"), ends, strict=True))
        for seed in range(cell.tuning * config.seeds, (cell.tuning + 1) * config.seeds):
            runs.append(row | {"seed": seed} | found(rate, decay, frames, seed, hours)._asdict())
    return runs, trials


def job(
    network: Network, frames: int, rate: float, decay: float, seed: int, hours: float, data: Examples, config: Config
) -> Job:
    """The training of a network; one that is pretrained sees as many frames in all as one that is not."""
    layers = hidden(network, config, (examples.windows(data.train, np.zeros(1, int)).shape[1], len(data.classes)))
    a_while = frames // config.growing if network.pretrained else 0
    stages = [(layers[:depth], a_while) for depth in range(1, len(layers)) if network.pretrained]
    stages.append((layers, frames - a_while * len(stages)))
    heard = min(examples.frames(hours), len(data.train.answer))
    classes = f"{len(data.classes)} {network.classes}"
    return Job(tuple(stages), network.activation, rate, decay, seed, heard, classes, config.batch_size)


def tuned(cost: Callable[[float, float, int], float], cell: Cell, config: Config) -> Tuned:
    """Rates at the middle decay and then decays at the best rate, in short trainings; then in full ones the next lower
    rate, as most networks want a lower one there, and both its neighbours, and then decays at the best rate. Where the
    best decay or the best rate of the full trainings lies at an end of those tried, the next beyond is tried. Where
    full trainings want another decay than short ones, both neighbours of the rate are trained with it too.
    """
    rates = config.rates if cell.network.activation == "relu" else config.sigmoid_rates
    short, middle = cell.frames // config.short, len(config.decays) // 2
    errors = {rate: cost(rate, config.decays[middle], short) for rate in rates}
    best = min(errors, key=lambda rate: errors[rate])
    decays = {config.decays[middle]: errors[best]}
    decays |= {decay: cost(best, decay, short) for decay in config.decays if decay not in decays}
    decays = widened(decays, lambda decay: cost(best, decay, short), config.grow, FLAT)
    decay = min(decays, key=lambda one: decays[one])
    full = {best * RATIO**away: cost(best * RATIO**away, decay, cell.frames) for away in (-2, -1, 0)}
    full = widened(full, lambda rate: cost(rate, decay, cell.frames), config.grow)
    found = Numbers(vertex(errors), decay, at_end(errors), at_end(decays, FLAT))
    then = Numbers(vertex(full), decay, at_end(full), found.decay_at_end)
    rate = min(full, key=lambda one: full[one])
    longer = walked(decay, full[rate], decays, lambda one: cost(rate, one, cell.frames), config.grow)
    if longer.decay == decay:
        return Tuned(found, then, then._replace(decay_at_end=longer.at_end))
    full = {rate: longer.error} | {one: cost(one, longer.decay, cell.frames) for one in (rate / RATIO, rate * RATIO)}
    full = widened(full, lambda one: cost(one, longer.decay, cell.frames), config.grow)
    return Tuned(found, then, Numbers(vertex(full), longer.decay, at_end(full), longer.at_end))


class Walked(NamedTuple):
    """The best decay, its error, and -1 or 1 where the one beyond would have to be tried, else 0."""

    decay: float
    error: float
    at_end: int


def walked(decay: float, error: float, tried: Iterable[float], cost: Callable[[float], float], grow: int) -> Walked:
    """From one of the decays that were tried before to the next lower one and so on, or else to the next higher one
    and so on, as long as each gains more than FLAT. Beyond those tried before, their ratio there goes on.
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


def numbers(share: float, best: Tuned, config: Config) -> Numbers:
    """Those for a share of the frames. Shorter trainings have the decay of the short ones, and the rate on the straight
    line, in logarithms, from short to full trainings with this decay.
    """
    if share == 1:
        return best.full
    short, same = best.short, best.same_decay
    place = float(np.log(share) / np.log(1 / config.short))
    rate = float(same.rate * (short.rate / same.rate) ** place)
    return short._replace(rate=rate, rate_at_end=same.rate_at_end or short.rate_at_end)
