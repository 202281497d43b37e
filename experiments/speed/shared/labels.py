"""The methods that are compared: what figures and tables call them, and what they need. Loads no JAX."""

from typing import Any

from experiments.lab import checks

LABELS = {
    "engine": "nnjax.sweep",
    "cpp": "C++ for this shape alone",
    "vmap": "plain jit(vmap(scan))",
    "scan": "one jitted scan per network",
    "loop": "Python loop of jitted steps",
    "torch_batched": "PyTorch, batched matmul",
    "turbanet": "TurbaNet",
    "torch_loop": "PyTorch, one by one",
    "sklearn": "scikit-learn, one by one",
}
# Those that train networks of any shape.
ANY_SHAPE = tuple(name for name in LABELS if name != "cpp")
PACKAGE = {"torch_batched": "torch", "torch_loop": "torch", "turbanet": "turbanet", "sklearn": "scikit-learn"}
COMPILES = ("engine", "vmap", "scan", "loop", "turbanet")


def check_methods(config: Any) -> None:
    """A ValueError unless all fields are allowed and `methods` holds the engine, with which the others are compared."""
    checks.check(config)
    if "engine" not in config.methods:
        raise ValueError(f"methods={config.methods!r} must hold 'engine', which the others are compared with")
