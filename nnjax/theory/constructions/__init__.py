"""Networks with explicit weights: gates, XOR, approximations of one variable, deep sawtooths, folding networks."""

from nnjax.theory.constructions.approximation import relu_interpolant, relu_network, sigmoid_steps, step_bumps
from nnjax.theory.constructions.depth import deep_sawtooth, deep_square, shallow_sawtooth, shallow_square
from nnjax.theory.constructions.gates import and_gate, nand_gate, or_gate, xor_from_gates, xor_multilayer_perceptron
from nnjax.theory.constructions.montufar import montufar_folds, most_pieces

__all__ = [
    "and_gate",
    "deep_sawtooth",
    "deep_square",
    "montufar_folds",
    "most_pieces",
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
