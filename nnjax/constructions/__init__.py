"""Networks written down, not trained: gates, XOR made of them, approximations of functions of one variable, folds."""

from nnjax.constructions.approximation import relu_interpolant, relu_network, sigmoid_steps, step_bumps
from nnjax.constructions.gates import and_gate, nand_gate, or_gate, xor_from_gates, xor_multilayer_perceptron
from nnjax.constructions.montufar import montufar_folds, most_pieces

__all__ = [
    "and_gate",
    "montufar_folds",
    "most_pieces",
    "nand_gate",
    "or_gate",
    "relu_interpolant",
    "relu_network",
    "sigmoid_steps",
    "step_bumps",
    "xor_from_gates",
    "xor_multilayer_perceptron",
]
