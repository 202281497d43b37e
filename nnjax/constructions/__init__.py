"""Networks written down, not trained: gates, XOR made of them, approximations of one variable, deep and shallow."""

from nnjax.constructions.approximation import relu_interpolant, relu_network, sigmoid_steps, step_bumps
from nnjax.constructions.depth import deep_sawtooth, deep_square, shallow_sawtooth, shallow_square
from nnjax.constructions.gates import and_gate, nand_gate, or_gate, xor_from_gates, xor_multilayer_perceptron

__all__ = [
    "and_gate",
    "deep_sawtooth",
    "deep_square",
    "nand_gate",
    "or_gate",
    "relu_interpolant",
    "relu_network",
    "shallow_sawtooth",
    "shallow_square",
    "sigmoid_steps",
    "step_bumps",
    "xor_from_gates",
    "xor_multilayer_perceptron",
]
