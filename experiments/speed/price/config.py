"""The settings of `speed.price`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import Allowed, at_least, one_of
from experiments.speed.shared.labels import LABELS, check_methods


@dataclass(frozen=True)
class Config:
    """How much is trained, and how often it is timed."""

    hidden: tuple[int, ...] = (2, 8)  # scientific: hidden neurons of the networks that learn XOR
    networks: int = 10_000  # scientific: trained at once
    num_steps: int = 1_000  # fixed: full-batch updates of each network
    loops: int = 1  # fixed: networks that a Python loop trains
    scans: int = 20  # fixed: networks that are trained by one jitted scan each
    batched_steps: int = 200  # fixed: steps of PyTorch's batched matmul
    turbanet_steps: int = 50  # fixed: steps of TurbaNet
    # fixed: rows of the square matrices whose products show the machine's peak
    peak_sizes: Annotated[tuple[int, ...], at_least(1, 20_000)] = (1_024, 1_536, 2_048)
    rounds: int = 15  # fixed: times that every method is timed
    # fixed: seconds; shorter calls are repeated until they take as long
    at_least: Annotated[float, Allowed(0, 60)] = 0.1
    # scientific: those of them that are installed are timed
    methods: Annotated[tuple[str, ...], one_of(LABELS)] = tuple(LABELS)


FULL = Config()
QUICK = Config(
    (2,), 1_000, 200, scans=5, batched_steps=20, turbanet_steps=3, peak_sizes=(512,), rounds=3, at_least=0.01
)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    check_methods(config)
