"""Networks written down, not trained: gates, and XOR made of them.

Each function returns the parameters of an `mlp` of two inputs and one output, to be applied with step units:

    y = mlp.apply(xor_from_gates(), x, activation=step, output_activation=step)

on inputs 0 and 1. A unit fires when its weighted sum *exceeds* its threshold; a threshold t is a bias -t.
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
    """NOT AND: the unit of AND with every sign turned, so weights -0.5 and -0.5, threshold -0.7.

    Turning the signs negates a unit wherever its sum never equals its threshold; here sums are 0, 0.5 and 1.
    """
    ((w, b),) = and_gate()
    return (Layer(w=-w, b=-b),)


def xor_from_gates() -> Params:
    """XOR = AND(NOT AND(x1, x2), OR(x1, x2)): two hidden gates, side by side, and a third on top of them."""
    (nand_layer,), (or_layer,), (and_layer,) = nand_gate(), or_gate(), and_gate()
    hidden = Layer(
        w=jnp.concatenate([nand_layer.w, or_layer.w], axis=1),
        b=jnp.concatenate([nand_layer.b, or_layer.b]),
    )
    return hidden, and_layer


def xor_multilayer_perceptron() -> Params:
    """XOR with every threshold 0.5: one hidden unit fires on 1, 0 alone, the other on 0, 1 alone, and the
    output on either.
    """
    return (
        Layer(w=jnp.array([[1.0, -1.0], [-1.0, 1.0]]), b=jnp.array([-0.5, -0.5])),
        Layer(w=jnp.array([[1.0], [1.0]]), b=jnp.array([-0.5])),
    )
