"""Optimizers as pairs of pure functions, `init` and `step`, of the type Solver.

    solver = solvers.build("adam", {"learning_rate": 0.1, "b1": 0.8})
    state  = solver.init(params)
    params, state = solver.step(params, state, objective)      # objective(params) -> scalar

The solver is built from traced numbers inside the training function, so one compiled program serves all their values,
and each optimizer handles a single network. `build` and `get` know optax's optimizers by their names, and
"bounded_lbfgs", "levenberg_marquardt" and "variable_projection". A least-squares solver has `least_squares=True`, and
is given a `LeastSquares` problem in place of the scalar objective.
"""

from nnjax.solvers.by_name import (
    build,
    default_learning_rate,
    from_optax,
    get,
    hyperparameters,
    learning_rate_at,
)
from nnjax.solvers.form import LeastSquares, Solver
from nnjax.solvers.levenberg_marquardt import levenberg_marquardt
from nnjax.solvers.line_search import bounded_lbfgs
from nnjax.solvers.variable_projection import variable_projection

__all__ = [
    "LeastSquares",
    "Solver",
    "bounded_lbfgs",
    "build",
    "default_learning_rate",
    "from_optax",
    "get",
    "hyperparameters",
    "learning_rate_at",
    "levenberg_marquardt",
    "variable_projection",
]
