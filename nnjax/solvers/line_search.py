"""The line search of optax's L-BFGS, made to end after its last trial.

Optax asks twice whether a trial is good enough: once to end the search, once to call it failed. XLA may compute the
slopes for the two questions in two ways, with sums in another order. Where a network has converged, slopes are
rounding alone: the answers can differ, and a search that is neither done nor failed would go on for ever. A finished
`optax.lbfgs(1.0)` keeps optax's own search.
"""

from functools import partial
from typing import Any

import jax
import optax
from optax._src.linesearch import ZoomLinesearchInfo, zoom_linesearch

# Trials of one line search of `bounded_lbfgs`. The first, a full step, is nearly always accepted.
FEW = 4
# Trials that `optax.lbfgs` allows.
USUAL = 20


def ending(most: int) -> optax.GradientTransformationExtraArgs:
    """`optax.scale_by_zoom_linesearch` from a full step, with at most `most` trials whatever rounding does."""
    begin, trial, goes_on = zoom_linesearch(most)

    def unfinished(search: Any) -> Any:
        return goes_on(search) & (search.count < most)

    def update(updates: Any, state: Any, params: Any = None, **given: Any) -> tuple[Any, Any]:
        tried = partial(trial, value_and_grad_fn=jax.value_and_grad(given["value_fn"]), fn_kwargs={})
        end = jax.lax.while_loop(unfinished, tried, begin(updates, params, value=given["value"], grad=given["grad"]))
        info = ZoomLinesearchInfo(end.count, end.decrease_error, end.curvature_error)
        new = state._replace(learning_rate=end.stepsize, value=end.value, grad=end.grad, info=info)
        return optax.tree.scale(end.stepsize, updates), optax.tree.cast_like(new, other_tree=state)

    init = optax.scale_by_zoom_linesearch(most, initial_guess_strategy="one").init
    return optax.GradientTransformationExtraArgs(init, update)


def bounded_lbfgs(learning_rate: Any) -> optax.GradientTransformationExtraArgs:
    """Optax's L-BFGS with at most 4 trials per line search; use a learning rate of 1.

    Optax allows 20, and all networks of a block wait for the one with the most trials. A single network that has become
    NaN takes all 20 at every step, and made a block of 16 networks seven times slower; with 4 trials it was one and a
    half times slower.
    """
    return optax.lbfgs(learning_rate, linesearch=ending(FEW))
