"""The settings of `wide_versus_deep.speech`, and the columns of the table that follow from them."""

from dataclasses import dataclass
from typing import NamedTuple

from experiments.lab import checks
from experiments.wide_versus_deep.shared.microsoft import MOST_LAYERS, WIDEST

ACTIVATIONS = ("relu", "sigmoid")


@dataclass(frozen=True)
class Config:
    """Which networks, on how much speech, and for how long."""

    activations: tuple[str, ...] = ("relu", "sigmoid", "relu")  # scientific: one for each column of the table
    neurons: tuple[int, ...] = (256, 256, 512)  # scientific: N of each column
    layers: tuple[tuple[int, ...], ...] = ((1, 2, 3, 4, 5, 6, 7), (1, 2, 3, 4, 5), (1, 5))  # scientific: L of each
    steps: tuple[int, ...] = (3_000, 1_800, 800)  # scientific: of training, of each
    shorter: tuple[int, ...] = (16, 4)  # scientific: all are also trained for so many times fewer steps
    longer: int = 4  # scientific: two networks of the first column are also trained for so many times more steps
    matched: tuple[int, ...] = (5,)  # scientific: the L whose weights are given to one layer
    wider: int = 4  # scientific: weights of the far wider layer over those of five layers, at the first N
    pretrained: tuple[str, ...] = ("sigmoid",)  # scientific: at the first N also pretrained, layer by layer
    hours: float = 5.0  # scientific: of training speech, for the table
    fewer_hours: tuple[float, ...] = (0.25, 1.0)  # scientific: less training speech, beside that of the table
    growing: int = 16  # fixed: pretraining adds a layer after so many times fewer steps
    voice_frames: int = 2_000  # fixed: of every development and every test voice, twenty seconds
    batch_size: int = 256  # fixed
    rates: tuple[float, ...] = (0.001, 0.002, 0.004, 0.008, 0.016)  # nuisance: tuned for every network
    decays: tuple[float, ...] = (0.1, 0.3)  # nuisance: weight decays of AdamW, tuned after the rate
    tuning_seeds: int = 1  # nuisance: seeds for tuning, never reported
    seeds: int = 6  # fixed: reported
    hours_seeds: int = 3  # fixed: reported, for fewer hours and for longer training
    least_frames: int = 50  # fixed: training frames of a class; rarer ones are one class together
    timed_steps: int = 40  # fixed: steps that are timed
    seed: int = 0  # fixed: of the speech


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
    for name, known, least in (("activations", ACTIVATIONS, 1), ("pretrained", config.activations, 0)):
        values = getattr(config, name)
        if len(values) < least or not set(values) <= set(known):
            raise ValueError(f"{name}={values!r} must be some of {', '.join(known)}")
    for name in ("neurons", "layers", "steps"):
        if len(getattr(config, name)) != len(config.activations):
            raise ValueError(f"{name}={getattr(config, name)!r} must hold as many as {config.activations!r}")
    checks.positive(config, "neurons", "rates")
    pairs = list(zip(config.activations, config.neurons, strict=True))
    if len(set(pairs)) < len(pairs):
        raise ValueError(f"neurons={config.neurons!r} must be different where the activation is the same")
    for layers in config.layers:
        if list(layers) != sorted(set(layers)) or len(layers) < 2 or layers[0] != 1:
            raise ValueError(f"layers={config.layers!r} must hold rising numbers each: 1 first, and one more at least")
        if not config.matched or config.matched[0] not in layers or min(config.matched) < 2:
            raise ValueError(f"matched={config.matched!r} must begin with one of the layers above 1, of {layers!r}")
    if not set(config.matched) <= set(config.layers[0]) or list(config.matched) != sorted(set(config.matched)):
        raise ValueError(f"matched={config.matched!r} must rise, and be some of the layers {config.layers[0]!r}")
    checks.at_least(config, wider=2, voice_frames=1, batch_size=1, tuning_seeds=1, seeds=2, hours_seeds=2)
    checks.at_least(config, longer=2, least_frames=1, timed_steps=10, seed=0)
    falling = sorted(set(config.shorter), reverse=True)
    if not falling or list(config.shorter) != falling or falling[-1] < 2:
        raise ValueError(f"shorter={config.shorter!r} must fall, to 2 or more")
    if config.hours_seeds > config.seeds:
        raise ValueError(f"hours_seeds={config.hours_seeds!r} must be seeds={config.seeds!r} at most")
    deepest = max(layers[-1] for layers in config.layers)
    if config.growing < deepest:
        raise ValueError(f"growing={config.growing!r} must be {deepest}, the most layers, or more")
    most = max(*config.shorter, config.growing)
    if min(config.steps) < most:
        raise ValueError(f"steps={config.steps!r} must be {most} or more")
    rising = sorted({*config.fewer_hours, config.hours})
    if not config.fewer_hours or [*config.fewer_hours, config.hours] != rising or rising[0] <= 0:
        raise ValueError(f"fewer_hours={config.fewer_hours!r} must be above 0, rise, and end below {config.hours!r}")
    if not config.decays or min(config.decays) < 0:
        raise ValueError(f"decays={config.decays!r} must hold numbers of 0 or more")
