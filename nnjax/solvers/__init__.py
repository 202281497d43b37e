"""Optimizers in one form: a Solver is a pair of pure functions, `init` and `step`.

    solver = solvers.build("adam", {"learning_rate": 0.1, "b1": 0.8})
    state  = solver.init(params)
    params, state = solver.step(params, state, objective)      # objective(params) -> scalar

The solver is built from traced numbers inside the training function, so one compiled program serves every value,
and no optimizer ever sees two networks at once. One that solves least squares says so, and gets in place of the
scalar objective what the squares are made of (`LeastSquares`).
"""

from nnjax.solvers.by_name import (
    COMMON,
    DEFAULT_FINAL_RATIO,
    ELEMENTWISE,
    KEEPS_ZEROS,
    NO_SCHEDULE,
    OPTAX,
    OPTIONAL_NUMBERS,
    SCHEDULES,
    SOLVERS,
    bounded_lbfgs,
    build,
    from_optax,
    get,
    hyperparameters,
    learning_rate_at,
)
from nnjax.solvers.form import LeastSquares, Solver
from nnjax.solvers.variable_projection import variable_projection

__all__ = [
    "COMMON",
    "DEFAULT_FINAL_RATIO",
    "ELEMENTWISE",
    "KEEPS_ZEROS",
    "NO_SCHEDULE",
    "OPTAX",
    "OPTIONAL_NUMBERS",
    "SCHEDULES",
    "SOLVERS",
    "LeastSquares",
    "Solver",
    "bounded_lbfgs",
    "build",
    "from_optax",
    "get",
    "hyperparameters",
    "learning_rate_at",
    "variable_projection",
]
