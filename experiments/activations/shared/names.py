"""Names of the activations of `nnjax` in sentences and figures, and its solvers by their names there."""

NAMES = {
    "identity": "identity", "step": "step", "sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU",
    "leaky_relu": "leaky ReLU", "softplus": "softplus", "elu": "ELU", "selu": "SELU", "gelu": "GELU", "silu": "SiLU",
    "sin": "sine", "cos": "cosine",
}  # fmt: skip
SOLVERS = {"gradient descent": "sgd", "Adam": "adam"}
