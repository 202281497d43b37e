"""What activations and solvers of `nnjax` are called in sentences and figures."""

NAMES = {
    "step": "step", "sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU", "leaky_relu": "leaky ReLU", "elu": "ELU",
    "gelu": "GELU", "silu": "SiLU", "softplus": "softplus", "sin": "sine",
}  # fmt: skip
SOLVERS = {"gradient descent": "sgd", "Adam": "adam"}
