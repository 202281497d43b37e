"""The settings of `wide_versus_deep.speech`, and the columns of the table that follow from them."""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

from experiments.lab import checks
from experiments.lab.checks import Allowed, any_order, at_least, one_of
from experiments.wide_versus_deep.shared.microsoft import MOST_LAYERS, WIDEST

ACTIVATIONS = ("relu", "sigmoid")
HOURS = Allowed(most=1_000)


@dataclass(frozen=True)
class Config:
    """Which networks, on how much speech, and for how long."""

    # scientific: one for each column of the table
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS, repeated=True)] = ("relu", "sigmoid", "relu")
    neurons: Annotated[tuple[int, ...], any_order(1)] = (256, 256, 512)  # scientific: N of each column
    # scientific: L of each
    layers: Annotated[tuple[tuple[int, ...], ...], any_order(1)] = ((1, 2, 3, 4, 5, 6, 7), (1, 2, 3, 4, 5), (1, 5))
    steps: Annotated[tuple[int, ...], any_order(1)] = (3_000, 1_800, 800)  # scientific: of training, of each
    # scientific: all are also trained for so many times fewer steps
    shorter: Annotated[tuple[int, ...], any_order(2)] = (16, 4)
    # scientific: two networks of the first column are also trained for so many times more steps
    longer: Annotated[int, at_least(2)] = 4
    matched: Annotated[tuple[int, ...], at_least(2)] = (5,)  # scientific: the L whose weights are given to one layer
    # scientific: weights of the far wider layer over those of five layers, at the first N
    wider: Annotated[int, at_least(2)] = 4
    # scientific: at the first N also pretrained, layer by layer
    pretrained: Annotated[tuple[str, ...], one_of(ACTIVATIONS, count=0)] = ("sigmoid",)
    hours: Annotated[float, HOURS] = 5.0  # scientific: of training speech, for the table
    # scientific: less training speech, beside that of the table
    fewer_hours: Annotated[tuple[float, ...], HOURS] = (0.25, 1.0)
    growing: int = 16  # fixed: pretraining adds a layer after so many times fewer steps
    voice_frames: int = 2_000  # fixed: of every development and every test voice, twenty seconds
    batch_size: int = 256  # fixed
    rates: tuple[float, ...] = (0.001, 0.002, 0.004, 0.008, 0.016)  # nuisance: tuned for every network
    # nuisance: weight decays of AdamW, tuned after the rate
    decays: Annotated[tuple[float, ...], at_least(0)] = (0.1, 0.3)
    tuning_seeds: int = 1  # nuisance: seeds for tuning, never reported
    seeds: Annotated[int, at_least(2)] = 6  # fixed: reported
    hours_seeds: Annotated[int, at_least(2)] = 3  # fixed: reported, for fewer hours and for longer training
    least_frames: int = 50  # fixed: training frames of a class; rarer ones are one class together
    timed_steps: Annotated[int, at_least(10)] = 40  # fixed: steps that are timed
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # fixed: of the speech


FULL = Config()
QUICK = Config(
    activations=("relu",), neurons=(64,), layers=((1, 5),), matched=(5,), pretrained=(), hours=0.5,
    fewer_hours=(0.05,), steps=(160,), shorter=(4,), longer=2, voice_frames=200, rates=(0.004,), decays=(0.1,), seeds=2,
    hours_seeds=2, timed_steps=10,
)  # fmt: skip


class Column(NamedTuple):
    """One column of the table: L layers of N units with an activation, beside one layer of equal weights or more."""

    activation: str
    neurons: int
    layers: tuple[int, ...]
    steps: int

    @property
    def name(self) -> str:
        return f"{self.activation} {self.neurons}"


def columns(config: Config) -> list[Column]:
    return list(map(Column, config.activations, config.neurons, config.layers, config.steps))


def networks(column: Column, config: Config) -> list[str]:
    """The networks of a column by name: "5" for five layers, "=5" for one of as many weights, and "wide"."""
    names = [f"{depth}" for depth in column.layers]
    names += [f"={depth}" for depth in config.matched if depth in column.layers]
    return names + ([WIDEST] if column.neurons == config.neurons[0] else [])


def pretrains(column: Column, config: Config) -> bool:
    """Whether the deep networks of a column are also pretrained."""
    return column.activation in config.pretrained and column.neurons == config.neurons[0]


def counted(names: list[str]) -> list[str]:
    """Those of 1, 2, ... layers as far as each one helps in the original."""
    return [name for name in names if name.isdigit() and int(name) <= MOST_LAYERS]


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if not set(config.pretrained) <= set(config.activations):
        raise ValueError(f"pretrained={config.pretrained!r} must be some of activations={config.activations!r}")
    for name in ("neurons", "layers", "steps"):
        if len(getattr(config, name)) != len(config.activations):
            raise ValueError(f"{name}={getattr(config, name)!r} must hold as many as {config.activations!r}")
    pairs = list(zip(config.activations, config.neurons, strict=True))
    if len(set(pairs)) < len(pairs):
        raise ValueError(f"neurons={config.neurons!r} must be different where the activation is the same")
    for layers in config.layers:
        if list(layers) != sorted(set(layers)) or len(layers) < 2 or layers[0] != 1:
            raise ValueError(f"layers={config.layers!r} must hold rising numbers each: 1 first, and one more at least")
        if config.matched[0] not in layers:
            raise ValueError(f"matched={config.matched!r} must begin with one of the layers above 1, of {layers!r}")
    if not set(config.matched) <= set(config.layers[0]):
        raise ValueError(f"matched={config.matched!r} must be some of the layers {config.layers[0]!r}")
    if list(config.shorter) != sorted(set(config.shorter), reverse=True):
        raise ValueError(f"shorter={config.shorter!r} must fall, to 2 or more")
    if config.hours_seeds > config.seeds:
        raise ValueError(f"hours_seeds={config.hours_seeds!r} must be seeds={config.seeds!r} at most")
    deepest = max(layers[-1] for layers in config.layers)
    if config.growing < deepest:
        raise ValueError(f"growing={config.growing!r} must be {deepest}, the most layers, or more")
    most = max(*config.shorter, config.growing)
    if min(config.steps) < most:
        raise ValueError(f"steps={config.steps!r} must be {most} or more")
    if config.fewer_hours[-1] >= config.hours:
        raise ValueError(f"fewer_hours={config.fewer_hours!r} must end below hours={config.hours!r}")
