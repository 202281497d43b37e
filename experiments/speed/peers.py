"""Other libraries that train the same networks. Each is used where it is installed: pip install -e '.[peers]'.

As in `plain.py`, a method is a function `(problem, networks, steps) -> call`. The numbers of Adam are the same
everywhere (0.9, 0.999, 1e-8); initial weights follow each library's own distribution, which costs no time.
"""

import importlib
import itertools
import warnings
from importlib import metadata
from types import ModuleType
from typing import Any

import jax
import numpy as np
import optax

from experiments.speed.plain import Call, Problem

MODULES = {"scikit-learn": "sklearn", "torch": "torch", "turbanet": "turbanet"}
ACTIVATIONS = {"tanh": "tanh", "relu": "relu", "sigmoid": "logistic"}  # as scikit-learn calls them


def load(module: str) -> ModuleType:
    """Import a module of a peer; its warnings at import are not shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(module)


def versions() -> dict[str, str | None]:
    """The version of each package of a peer, None where it cannot be imported."""
    found: dict[str, str | None] = {}
    for package in MODULES:
        try:
            load(MODULES[package])
            found[package] = metadata.version(package)
        except (ImportError, metadata.PackageNotFoundError):
            found[package] = None
    return found


def sklearn(problem: Problem, networks: int, steps: int) -> Call:
    """scikit-learn's MLPClassifier or MLPRegressor, network by network: full batch, exactly `steps` epochs."""
    neural, failures = load("sklearn.neural_network"), load("sklearn.exceptions")
    classifies = problem.loss == "sigmoid_binary_cross_entropy"
    kind = neural.MLPClassifier if classifies else neural.MLPRegressor
    settings: dict[str, Any] = {"hidden_layer_sizes": problem.sizes[1:-1], "solver": "adam", "alpha": 0.0}
    settings |= {"activation": ACTIVATIONS[problem.activation], "learning_rate_init": problem.learning_rate}
    settings |= {"batch_size": len(problem.x), "shuffle": False, "max_iter": steps}
    settings |= {"tol": 0.0, "n_iter_no_change": steps + 1}  # never stops early
    y = problem.y[:, 0]

    def call() -> np.ndarray:
        with warnings.catch_warnings():  # it warns that it has not converged
            warnings.simplefilter("ignore", failures.ConvergenceWarning)
            # Its loss of a regression is half the squared error.
            trained = [kind(**settings, random_state=seed).fit(problem.x, y) for seed in range(networks)]
        return np.asarray([network.loss_ for network in trained]) * (1 if classifies else 2)

    return call


def torch_device() -> str:
    """Where PyTorch trains: on the GPU if JAX does and PyTorch can."""
    return "cuda" if jax.default_backend() == "gpu" and load("torch").cuda.is_available() else "cpu"


def _torch_loss(torch: Any, problem: Problem) -> Any:
    """The loss of every entry, for PyTorch."""
    functional = torch.nn.functional
    if problem.loss == "sigmoid_binary_cross_entropy":
        return lambda output, y: functional.binary_cross_entropy_with_logits(output, y, reduction="none")
    return lambda output, y: functional.mse_loss(output, y, reduction="none")


def torch_loop(problem: Problem, networks: int, steps: int) -> Call:
    """PyTorch as everybody writes it: nn.Sequential and torch.optim.Adam, network by network, step by step."""
    torch, device = load("torch"), torch_device()
    x, y = (torch.as_tensor(a, device=device) for a in (problem.x, problem.y))
    activation = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid}[problem.activation]
    loss = _torch_loss(torch, problem)

    def one() -> float:
        pairs = itertools.pairwise(problem.sizes)
        layers = [layer for i, o in pairs for layer in (torch.nn.Linear(i, o), activation())][:-1]
        model = torch.nn.Sequential(*layers).to(device)
        solver = torch.optim.Adam(model.parameters(), lr=problem.learning_rate)
        for _ in range(steps):
            solver.zero_grad()
            loss(model(x), y).mean().backward()
            solver.step()
        return loss(model(x), y).mean().item()

    def call() -> np.ndarray:
        torch.manual_seed(0)
        return np.asarray([one() for _ in range(networks)])

    return call


def torch_batched(problem: Problem, networks: int, steps: int) -> Call:
    """PyTorch's batched matrix product: weights [networks, in, out], one Adam on the sum of all losses."""
    torch, device = load("torch"), torch_device()
    x, y = (torch.as_tensor(a, device=device).expand(networks, -1, -1) for a in (problem.x, problem.y))
    activation, loss = getattr(torch, problem.activation), _torch_loss(torch, problem)

    def call() -> np.ndarray:
        torch.manual_seed(0)
        weights = [torch.randn(networks, i, o) / i**0.5 for i, o in itertools.pairwise(problem.sizes)]
        ws = [w.to(device).requires_grad_() for w in weights]
        bs = [torch.zeros(networks, 1, o, device=device, requires_grad=True) for o in problem.sizes[1:]]
        solver = torch.optim.Adam([*ws, *bs], lr=problem.learning_rate)

        def losses() -> Any:
            z = x
            for i, (w, b) in enumerate(zip(ws, bs, strict=True)):
                z = torch.baddbmm(b, activation(z) if i else z, w)
            return loss(z, y).mean((1, 2))

        for _ in range(steps):
            solver.zero_grad()
            losses().sum().backward()
            solver.step()
        with torch.no_grad():
            return losses().cpu().numpy()

    return call


def turbanet(problem: Problem, networks: int, steps: int) -> Call:
    """TurbaNet, an ensemble of flax networks: a jitted step under vmap, called step by step.

    Its networks are made beforehand: making them takes as long as many steps, and here few steps are timed.
    """
    library, nn = load("turbanet"), load("flax.linen")
    activation = getattr(nn, problem.activation)
    layers = [layer for size in problem.sizes[1:] for layer in (nn.Dense(size), activation)][:-1]
    solver = optax.adam(problem.learning_rate)
    first = library.TurbaTrainState.swarm(nn.Sequential(layers), solver, networks, problem.x)
    x, y = (jax.numpy.broadcast_to(jax.numpy.asarray(a), (networks, *a.shape)) for a in (problem.x, problem.y))
    loss = getattr(optax, problem.loss)

    def loss_of(params: Any, x: jax.Array, y: jax.Array, apply: Any) -> tuple[jax.Array, jax.Array]:
        output = apply({"params": params}, x)
        return loss(output, y).mean(), output

    def call() -> np.ndarray:
        state = first
        for _ in range(steps):
            state, _, _ = state.train(x, y, loss_of)
        return np.asarray(state.evaluate(x, y, loss_of)[0])

    return call
