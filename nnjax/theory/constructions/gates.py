"""Networks of step units with explicit weights: logic gates, and XOR built from them.

Each function returns the parameters of an `mlp` of two inputs and one output, for inputs 0 and 1, to be applied with
step units:

    y = mlp.apply(xor_from_gates(), x, activation=step, output_activation=step)

A unit fires when its weighted sum *exceeds* its threshold; a threshold t is a bias -t.
"""

import jax.numpy as jnp

from nnjax.mlp import Layer, Params


def and_gate() -> Params:
    """AND: weights 0.5 and 0.5, threshold 0.7. Only both inputs together, with the sum 1, exceed it."""
    return (Layer(w=jnp.array([[0.5], [0.5]]), b=jnp.array([-0.7])),)


def or_gate() -> Params:
    """OR: weights 0.5 and 0.5, threshold 0.2. One input, with the sum 0.5, exceeds it."""
    return (Layer(w=jnp.array([[0.5], [0.5]]), b=jnp.array([-0.2])),)


def nand_gate() -> Params:
    """NOT AND: the AND unit with all signs flipped: weights -0.5 and -0.5, threshold -0.7.

    Flipping the signs negates a unit if its sum never equals its threshold; here the sums are 0, 0.5 and 1.
    """
    ((w, b),) = and_gate()
    return (Layer(w=-w, b=-b),)


def xor_from_gates() -> Params:
    """XOR = AND(NOT AND(x1, x2), OR(x1, x2)): two gates in the hidden layer, the third as the output."""
    (nand_layer,), (or_layer,), (and_layer,) = nand_gate(), or_gate(), and_gate()
    hidden = Layer(
        w=jnp.concatenate([nand_layer.w, or_layer.w], axis=1),
        b=jnp.concatenate([nand_layer.b, or_layer.b]),
    )
    return hidden, and_layer


def xor_multilayer_perceptron() -> Params:
    """XOR with every threshold 0.5.

    One hidden unit fires for the input (1, 0) only, the other for (0, 1) only, and the output fires if either does.
    """
    return (
        Layer(w=jnp.array([[1.0, -1.0], [-1.0, 1.0]]), b=jnp.array([-0.5, -0.5])),
        Layer(w=jnp.array([[1.0], [1.0]]), b=jnp.array([-0.5])),
    )
