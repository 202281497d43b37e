"""The settings of `speed.shapes`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import Allowed, any_order, at_least, one_of
from experiments.speed.shared.labels import ANY_SHAPE, check_methods


@dataclass(frozen=True)
class Config:
    """Which shapes, how much is trained, and how often it is timed."""

    one_layer: tuple[int, ...] = (16, 64)  # scientific: hidden neurons of networks with one hidden layer
    networks: int = 256  # fixed: of each of these shapes
    # scientific: hidden layers of the network that is compared with the peak
    deep: Annotated[tuple[int, ...], any_order(1)] = (32, 32, 32)
    deep_networks: int = 64  # fixed: of this shape
    rows: int = 256  # fixed: points of the sine
    num_steps: int = 1_000  # fixed: full-batch updates of each network
    # fixed: rows of the square matrices
    peak_sizes: Annotated[tuple[int, ...], at_least(1, 20_000)] = (1_024, 1_536, 2_048)
    widths: tuple[int, ...] = (2, 4, 8, 16, 32, 64, 128, 256)  # scientific: one hidden layer
    depths: tuple[int, ...] = (1, 2, 3, 4, 5, 6)  # scientific: hidden layers
    depth_width: int = 16  # fixed: neurons of each of them
    line_networks: int = 256  # fixed: networks, rows and steps where width and depth are varied
    line_rows: int = 64  # fixed
    line_steps: int = 300  # fixed
    loops: int = 1  # fixed: networks that a Python loop trains
    scans: int = 10  # fixed: networks that are trained by one jitted scan each
    batched_steps: int = 50  # fixed: steps of PyTorch's batched matmul
    turbanet_steps: int = 20  # fixed: steps of TurbaNet
    rounds: int = 7  # fixed: times that everything is timed
    # fixed: seconds; shorter calls are repeated until they take as long
    at_least: Annotated[float, Allowed(0, 60)] = 0.1
    # scientific: those of them that are installed are timed
    methods: Annotated[tuple[str, ...], one_of(ANY_SHAPE)] = ANY_SHAPE


FULL = Config()
QUICK = Config(
    one_layer=(16,), networks=32, deep=(8, 8), deep_networks=16, num_steps=50, peak_sizes=(512,), widths=(8,),
    depths=(1,), line_networks=32, line_steps=20, batched_steps=3, rounds=3, at_least=0.0,
    methods=("engine", "vmap", "torch_batched"),
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    check_methods(config)


def name(hidden: tuple[int, ...]) -> str:
    """The shape as text, such as 1-32-32-1."""
    return "-".join(map(str, (1, *hidden, 1)))
