"""Points of the loss surface of a 2-2-1 network: outputs, gradient, curvature, and the kinds of failure on XOR."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from nnjax import activations, mlp
from nnjax.tasks import Data

# How the four outputs of a network look; their order gives the numbers in `kind`.
KINDS = (
    "solved",
    "all four at 1/2",
    "two right, two at 1/2",
    "one right, three at 1/3 or 2/3",
    "three right",
    "other",
)
SOLVED, ALL_AT_HALF, TWO_AT_HALF, THREE_AT_THIRD, THREE_RIGHT, OTHER = range(len(KINDS))
NEAR = 0.1  # an output within this distance of a level counts as being at it
MOVE, NUM_MOVES = 1e-6, 100  # random moves in search of a lower loss, too short to reach a kink


def parameters(params, data: Data) -> Float[Array, " 9"]:
    """All weights and biases of a 2-2-1 network: w [2, 2], b [2], w [2, 1], b [1], one after the other."""
    return jnp.concatenate([leaf.reshape(-1) for leaf in jax.tree.leaves(params)])


def network(flat: Float[Array, " 9"]) -> mlp.Params:
    """The inverse of `parameters`."""
    return mlp.Layer(flat[:4].reshape(2, 2), flat[4:6]), mlp.Layer(flat[6:8].reshape(2, 1), flat[8:])


def sum_of_weights(flat: Float[np.ndarray, "... 9"]) -> Float[np.ndarray, "..."]:
    """Sum of the absolute values of the six weights, biases left aside."""
    return np.abs(flat[..., [0, 1, 2, 3, 6, 7]]).sum(-1)


def kind(outputs: Float[np.ndarray, "... 4"], stuck: Bool[np.ndarray, "..."]) -> Int[np.ndarray, "..."]:
    """The index in KINDS of the outputs on the rows 00, 01, 10, 11 of XOR."""
    right = np.abs(outputs - np.array([0.0, 1.0, 1.0, 0.0])) <= NEAR
    half = (np.abs(outputs - 0.5) <= NEAR).sum(-1)
    third = np.abs(np.abs(outputs - 0.5) - 1 / 6) <= NEAR
    three = ((outputs < 0.5) & third).sum(-1), ((outputs > 0.5) & third).sum(-1)
    choices = (~stuck, half == 4, (half == 2) & (right.sum(-1) == 2))
    choices += ((np.maximum(*three) == 3) & (right.sum(-1) == 1), right.sum(-1) == 3)
    return np.select(choices, range(OTHER), OTHER)


class LossSurface:
    """Functions of the flattened parameters of 2-2-1 networks on one task."""

    def __init__(self, task: Data, activation: str, output_activation: str) -> None:
        acts = {"activation": activation, "output_activation": output_activation}
        self.functions = {name: activations.ACTIVATIONS[value] for name, value in acts.items()}
        self.x, self.y = jnp.asarray(task.x), jnp.asarray(task.y[:, 0])

    def outputs(self, flat: Array) -> Array:
        """Outputs [4] of one network [9]."""
        return jnp.asarray(mlp.predict(network(flat), self.x, **self.functions))[:, 0]

    def loss(self, flat: Array) -> Array:
        """Mean squared error of one network [9]."""
        return jnp.mean((self.outputs(flat) - self.y) ** 2)

    def evaluate(self, flat: np.ndarray) -> tuple[np.ndarray, ...]:
        """Outputs [n, r, 4], loss [n, r] and norm of its gradient [n, r] for parameters [n, r, 9]."""

        def one(flat: Array) -> tuple[Array, ...]:
            loss, gradient = jax.value_and_grad(self.loss)(flat)
            return self.outputs(flat), loss, jnp.linalg.norm(gradient)

        return tuple(np.asarray(a) for a in jax.jit(jax.vmap(jax.vmap(one)))(flat))

    def curvature(self, flat: np.ndarray) -> dict[str, np.ndarray]:
        """Four numbers of each network, all [n], for parameters [n, 9].

        `least_eigenvalue` is that of the Hessian. `newton_step` is the length of a Newton step, +inf where the Hessian
        is not positive definite. `greatest_fall` is by how much the best of some short random moves lowers the loss.
        `dead_units` is how many hidden neurons output 0 on every row.
        """
        moves = np.random.default_rng(0).normal(size=(NUM_MOVES, flat.shape[-1]))
        moves *= MOVE / np.linalg.norm(moves, axis=1, keepdims=True)

        def one(flat: Array) -> tuple[Array, ...]:
            loss, gradient = jax.value_and_grad(self.loss)(flat)
            moved = jax.vmap(lambda move: self.loss(flat + move))(jnp.asarray(moves))
            (w, b), _ = network(flat)
            hidden = self.functions["activation"](self.x @ w + b[None])
            dead = jnp.sum(jnp.all(hidden == 0, axis=0))
            return jax.hessian(self.loss)(flat), gradient, jnp.maximum(loss - jnp.min(moved), 0), dead

        hessian, gradient, fall, dead = (np.asarray(a) for a in jax.jit(jax.vmap(one))(flat))
        values, vectors = np.linalg.eigh(hessian)
        along = np.einsum("nij,ni->nj", vectors, gradient)
        convex = values[:, 0] > 0
        steps = np.divide(along, values, out=np.zeros_like(along), where=convex[:, None])
        newton = np.where(convex, np.linalg.norm(steps, axis=1), np.inf)
        return {"least_eigenvalue": values[:, 0], "newton_step": newton, "greatest_fall": fall, "dead_units": dead}
