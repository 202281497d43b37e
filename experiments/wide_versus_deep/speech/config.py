"""The settings of `wide_versus_deep.speech`, and the networks and trainings that follow from them."""

import itertools
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from experiments.lab import checks
from experiments.lab.checks import Allowed, at_least
from experiments.wide_versus_deep.shared.microsoft import WIDEST

FRAMES, HOURS = at_least(1, 10**9), Allowed(most=1_000)
PARTS, CONTEXT = "parts", "context"  # thirds of phonemes, or those in the context of a neighbour


@dataclass(frozen=True)
class Config:
    """Which networks, on how much speech, and for how long."""

    neurons: Annotated[int, at_least(2)] = 256  # scientific: N, of every layer of a deep network
    deep: Annotated[int, at_least(2)] = 5  # scientific: the layers of the primary network
    layers: tuple[int, ...] = (1, 2, 3, 5, 7)  # scientific: L of the ladder
    # scientific: weights of the far wider layer over those of the primary network
    wider: Annotated[int, at_least(2)] = 4
    primary_frames: Annotated[int, FRAMES] = 25_000_000  # scientific: seen in training, of the primary networks
    ladder_frames: Annotated[int, FRAMES] = 12_000_000  # scientific: of the ladder
    # scientific: of the far wider layer, in as many seconds as the primary deep network takes for its frames
    wide_frames: Annotated[int, FRAMES] = 7_800_000
    # scientific: the ladder is also trained on these shares of its frames, the primary networks on the greatest
    shares: Annotated[tuple[float, ...], Allowed(most=0.99)] = (1 / 16, 1 / 8, 1 / 4)
    sigmoid_layers: Annotated[tuple[int, ...], Allowed(count=0)] = (1, 3, 5)  # scientific: L of the sigmoids
    sigmoid_frames: Annotated[int, FRAMES] = 6_000_000  # scientific
    growing: Annotated[int, at_least(2)] = 16  # fixed: pretraining adds a layer after such a share of the frames
    # scientific: with the neighbouring phoneme, such as 1,000; FULL has none, as it takes long enough
    context_classes: Annotated[int, at_least(0)] = 0
    hours: Annotated[float, HOURS] = 10.0  # scientific: of training speech
    fewer_hours: Annotated[float, HOURS] = 5.0  # scientific: of the control with equal frames
    voice_frames: int = 2_000  # fixed: of every development and every test voice
    batch_size: int = 256  # fixed
    rates: tuple[float, ...] = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016)  # nuisance: of ReLU
    sigmoid_rates: tuple[float, ...] = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032)  # nuisance
    decays: tuple[float, ...] = (0.1, 0.3, 1.0)  # nuisance: the second is tried with all rates
    short: Annotated[int, at_least(2)] = 16  # fixed: rates and decays are first tried on so many times fewer frames
    grow: Annotated[int, at_least(0)] = 4  # fixed: how often a grid grows where its best value lies at an end
    # fixed: of the primary networks and three of the ladder, each with seeds of its own
    tunings: Annotated[int, at_least(2)] = 2
    seeds: int = 3  # fixed: reported, for each tuning
    least_frames: int = 50  # fixed: training frames of a class; rarer ones are one class
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # fixed: of the speech


FULL = Config()
QUICK = Config(
    neurons=48, layers=(1, 5), primary_frames=100_000, ladder_frames=50_000, wide_frames=30_000, shares=(1 / 4,),
    sigmoid_layers=(), hours=0.08, fewer_hours=0.04, voice_frames=200, rates=(0.002, 0.004, 0.008),
    sigmoid_rates=(0.004, 0.008, 0.016), short=4, grow=1, seeds=1,
)  # fmt: skip


class Network(NamedTuple):
    """One of the networks: "relu 5" has five layers, "relu =5" one of as many weights, "relu wide" a far wider one."""

    activation: str
    kind: str
    pretrained: bool = False
    classes: str = PARTS

    @property
    def name(self) -> str:
        more = [*(["pretrained"] if self.pretrained else []), *([CONTEXT] if self.classes == CONTEXT else [])]
        return " ".join([self.activation, self.kind, *more])


class Cell(NamedTuple):
    """A network that is tuned for a number of frames, one of several times, and what is trained with what was tuned.

    `shares` are shares of the frames for which it is trained too, and `hours` are other hours of speech.
    """

    network: Network
    frames: int
    tuning: int = 0
    shares: tuple[float, ...] = ()
    hours: tuple[float, ...] = ()


def cells(config: Config) -> list[Cell]:
    """All that is tuned: the primary networks first, what could be cut last."""
    c, deep, equal = config, f"{config.deep}", f"={config.deep}"
    main = [Network("relu", kind) for kind in (deep, equal)]
    ladder = [Network("relu", kind) for kind in (*map(str, c.layers), equal)]
    wide = Network("relu", WIDEST)
    found = [Cell(one, c.primary_frames, 0, (max(c.shares),), (c.fewer_hours,)) for one in main]
    found += [Cell(one, c.primary_frames, again) for again in range(1, c.tunings) for one in main]
    found += [Cell(wide, c.ladder_frames, 0, c.shares), Cell(wide, c.wide_frames)]
    found += [Cell(one, c.ladder_frames, 0, c.shares) for one in reversed(ladder)]
    some = [Network("relu", kind) for kind in (deep, equal, "1")]
    found += [Cell(one, c.ladder_frames, again) for again in range(1, c.tunings) for one in some]
    if c.sigmoid_layers:
        plain = [Network("sigmoid", kind) for kind in (*map(str, c.sigmoid_layers), equal)]
        grown = [Network("sigmoid", f"{depth}", pretrained=True) for depth in c.sigmoid_layers if depth > 1]
        found += [Cell(one, c.sigmoid_frames) for one in (*plain, *grown)]
    if c.context_classes:
        found += [Cell(one._replace(classes=CONTEXT), context_frames(c)) for one in main]
    return found


def context_frames(config: Config) -> int:
    """Of the networks with classes in context: as many as the primary networks see in their shorter training."""
    return round(config.primary_frames * max(config.shares))


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    for name in ("layers", "sigmoid_layers"):
        given = getattr(config, name)
        if given and (given[0] != 1 or config.deep not in given):
            raise ValueError(f"{name}={given!r} must begin with 1, and hold deep={config.deep!r}")
    for name in ("rates", "sigmoid_rates"):
        given = getattr(config, name)
        if len(given) < 3 or any(not 1.99 < b / a < 2.01 for a, b in itertools.pairwise(given)):
            raise ValueError(f"{name}={given!r} must hold three or more, each twice the one before")
    if len(config.decays) < 3:
        raise ValueError(f"decays={config.decays!r} must hold three or more")
    if config.growing < max((0, *config.sigmoid_layers)):
        raise ValueError(f"growing={config.growing!r} must be {max(config.sigmoid_layers)}, the most layers, or more")
    if config.fewer_hours >= config.hours:
        raise ValueError(f"fewer_hours={config.fewer_hours!r} must be below hours={config.hours!r}")
    keys = [
        (one.network, one.tuning, frames)
        for one in cells(config)
        for frames in (one.frames, *(round(one.frames * share) for share in one.shares))
    ]
    if len(set(keys)) < len(keys):
        raise ValueError(f"shares={config.shares!r} must not train a network twice for equal frames")
    least = min(config.primary_frames, config.ladder_frames, config.wide_frames, config.sigmoid_frames)
    if least < config.short * config.growing * config.batch_size:
        raise ValueError(f"batch_size={config.batch_size!r} must leave a step to each part of {least:,} frames")
