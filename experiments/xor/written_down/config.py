"""The settings of `xor.written_down`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import one_of

# Each network: the Boolean function that it computes, and the claim.
NETWORKS = {
    "AND": ("and", "A threshold unit with weights 0.5, 0.5 and threshold 0.7 computes AND."),
    "OR": ("or", "A threshold unit with weights 0.5, 0.5 and threshold 0.2 computes OR."),
    "NOT AND": ("nand", "The AND unit with the signs of its weights and threshold turned computes NOT AND."),
    "XOR from gates": ("xor", "Three threshold units wired as AND(NOT AND, OR) compute XOR."),
    "XOR, thresholds 0.5": ("xor", "A multilayer perceptron of threshold units, all with threshold 0.5, computes XOR."),
}
DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Config:
    """Which networks are applied; nothing is random and nothing is tuned."""

    networks: Annotated[tuple[str, ...], one_of(NETWORKS)] = tuple(NETWORKS)  # scientific: the networks written down
    dtypes: Annotated[tuple[str, ...], one_of(DTYPES)] = DTYPES  # fixed: precisions in which they must be exact


QUICK = FULL = Config()
