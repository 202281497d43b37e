"""Networks written down, not trained: gates, XOR made of them, and approximations of functions of one variable."""

from nnjax.constructions.approximation import relu_interpolant, relu_network, sigmoid_steps, step_bumps
from nnjax.constructions.gates import and_gate, nand_gate, or_gate, xor_from_gates, xor_multilayer_perceptron

__all__ = [
    "and_gate",
    "nand_gate",
    "or_gate",
    "relu_interpolant",
    "relu_network",
    "sigmoid_steps",
    "step_bumps",
    "xor_from_gates",
    "xor_multilayer_perceptron",
]
