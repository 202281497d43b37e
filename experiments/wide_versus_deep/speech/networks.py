"""The networks of `speech`: each is tuned for a number of frames, and trained with what was tuned."""

from collections.abc import Callable
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


class Tuned(NamedTuple):
    """The best rates and decays of short and of full trainings, and which of them lie at an end of those tried."""

    short_rate: float
    short_decay: float
    rate: float
    decay: float
    rate_at_end: int
    decay_at_end: int


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
    numbers = {"rate_at_end": best.rate_at_end, "decay_at_end": best.decay_at_end}
    plan = [(cell.frames, config.hours), *((round(cell.frames * share), config.hours) for share in cell.shares)]
    runs = []
    for frames, hours in [*plan, *((cell.frames, hours) for hours in cell.hours)]:
        rate = rate_at(frames / cell.frames, best, config)
        whole = frames == cell.frames
        decay = best.decay if whole else best.short_decay
        more = {"learning_rate": rate, "weight_decay": decay, "long_decay": whole and cell.long_decays}
        for seed in range(cell.tuning * config.seeds, (cell.tuning + 1) * config.seeds):
            one = found(rate, decay, frames, seed, hours)
            row = where | numbers | more | {"frames": frames, "hours": hours, "seed": seed}
            runs.append(row | one._asdict())
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
    rate, because longer trainings want lower ones, and both its neighbours. Where the best decay or the best rate of
    the full trainings lies at an end of those tried, the next beyond is tried. With `cell.long_decays`, decays are then
    tried in full trainings.
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
    found = Tuned(vertex(errors), decay, vertex(full), decay, at_end(full), at_end(decays, FLAT))
    return with_long_decays(found, full, sorted(decays), cost, cell, config) if cell.long_decays else found


def with_long_decays(
    found: Tuned,
    full: dict[float, float],
    tried: list[float],
    cost: Callable[[float, float, int], float],
    cell: Cell,
    config: Config,
) -> Tuned:
    """What was found, with the decay that is best in full trainings at the best of the rates there: the next lower one
    is tried, because longer trainings want lower ones, and further ones while the best lies at an end. At another decay
    both neighbours of the rate are trained anew, and further rates while the best lies at an end.

    Args:
        found: with the decay of short trainings.
        full: errors of full trainings with it, by rate.
        tried: the decays of short trainings.
    """
    rate, place = min(full, key=lambda one: full[one]), tried.index(found.decay)
    lower = tried[place - 1] if place else tried[0] ** 2 / tried[1]
    decays = {found.decay: full[rate], lower: cost(rate, lower, cell.frames)}
    decays = widened(decays, lambda decay: cost(rate, decay, cell.frames), config.grow, FLAT)
    decay = min(decays, key=lambda one: decays[one])
    if decay != found.decay:
        beside = {rate * RATIO**away: cost(rate * RATIO**away, decay, cell.frames) for away in (-1, 1)}
        full = widened(beside | {rate: decays[decay]}, lambda rate: cost(rate, decay, cell.frames), config.grow)
    return found._replace(rate=vertex(full), decay=decay, rate_at_end=at_end(full), decay_at_end=at_end(decays, FLAT))


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


def rate_at(share: float, best: Tuned, config: Config) -> float:
    """The rate for a share of the frames: on the straight line, in logarithms, from short to full trainings."""
    place = float(np.log(share) / np.log(1 / config.short))
    return float(best.rate * (best.short_rate / best.rate) ** place)
