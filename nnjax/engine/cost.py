"""What a program costs: seconds of one core, and bytes. Rough rules with constants from measurements.

They choose between plans and tell how long one takes; no result depends on them but through the plan. Measured on
one core of a Zen 5 with AVX-512 and jax 0.12 by training `width` x `depth` networks on 16, 64 and 256 rows; most
shapes are within a factor of 1.5.
"""

import itertools
import math
from dataclasses import replace

from nnjax import losses, mlp, objective, solvers, training

# Seconds to trace, lower and compile the functions of a program.
COMPILE_MATRICES, COMPILE_LAYER = 0.5, 0.045

# Nanoseconds of one step of one network. A solver takes so much for each parameter.
STEP_PARAM = 0.3
# Lanes, for each row: every hidden neuron, every weight, and fetching one of a mini-batch, beside each of its numbers.
LANES_NEURON, LANES_WEIGHT, LANES_FETCH_ROW = 0.22, 0.045, 27.0
# Matrices, for each network, and for each row and neuron. Below so many rows a step takes no less: 8 neurons took 152,
# 233 and 166 ns at 4, 8 and 16 rows. Losses with exponentials look at every output as an activation does.
NETWORK, NEURON, LEAST_ROWS = 25.0, 0.45, 24
# A softmax, for each row; a row of a mini-batch, and each of its numbers.
SOFTMAX_ROW, FETCH_ROW, FETCH = 15.0, 15.0, 1.4
# Products of matrices, three for every layer of hidden neurons after the first and for one of several outputs, two for
# a first layer of more than two inputs: floating-point operations each nanosecond, and what each layer costs besides,
# if it has more than two neurons.
FLOPS_PER_NS, PRODUCT, TINY_PRODUCT = 160.0, 600.0, 80.0
# A network with masked neurons looks twice at every neuron whether it is there. A layer that is passed by costs its
# solver's steps, and so much for each row and neuron.
MASKED, PASSED = 1.25, 0.05

# Variable projection: floating-point operations each nanosecond, and what the calls of LAPACK cost besides.
PROJECTION_FLOPS_PER_NS, PROJECTION = 25.0, 2e4
# Levenberg-Marquardt takes as long for each operation. Arrays of derivatives, of features and of curvature that are
# alive at a time.
DERIVATIVES_ALIVE, FEATURES_ALIVE, CURVATURES_ALIVE = 4, 3, 4

# Rows whose activations the layout of lanes has in memory at a time (8 are no faster).
LANES_ROWS = 16
# Arrays of a block's activations that are alive at a time, and of its parameters: gradient, two moments, a copy.
ACTIVATIONS_ALIVE, PARAMS_ALIVE = 3, 5


def seconds_to_compile(spec: training.Spec) -> float:
    """Of one core, with nothing in a cache."""
    return COMPILE_MATRICES + COMPILE_LAYER * (len(spec.sizes) - 1)


def seconds_per_step(spec: training.Spec, rows: int, masked: bool = False, depth: int | None = None) -> float:
    """Of one core, for one step of one network on its lane; `depth` is of one with fewer layers than the program."""
    if depth is not None and depth < len(spec.sizes) - 2:
        own = replace(spec, sizes=(*spec.sizes[: depth + 1], spec.sizes[-1]))
        passed_by = STEP_PARAM * (mlp.num_params(spec.sizes) - mlp.num_params(own.sizes))
        passed_by += PASSED * min(spec.batch_size or rows, rows) * sum(spec.sizes[depth + 1 : -1])
        return seconds_per_step(own, rows, masked) + 1e-9 * passed_by
    rows = min(spec.batch_size or rows, rows)
    hidden, weights = spec.sizes[1:-1], mlp.num_params(spec.sizes)
    solver = STEP_PARAM * weights
    if spec.solver is solvers.variable_projection:
        features, outputs, weights = hidden[-1] + 1, spec.sizes[-1], weights - (hidden[-1] + 1) * spec.sizes[-1]
        per_row = features**2 * 4 + features * outputs * weights * 4 + outputs * weights**2 * 2
        return 1e-9 * (PROJECTION + ((rows + features) * per_row + weights**3 / 3) / PROJECTION_FLOPS_PER_NS)
    if spec.solver is solvers.levenberg_marquardt:
        residuals = rows * spec.sizes[-1]
        smaller = min(residuals, weights)
        flops = 2 * residuals * weights * (smaller + 2) + smaller**3 / 3
        return 1e-9 * (PROJECTION + flops / PROJECTION_FLOPS_PER_NS)
    fetch = LANES_FETCH_ROW if spec.layout == "lanes" else FETCH_ROW
    fetched = rows * (fetch + FETCH * (spec.sizes[0] + spec.sizes[-1])) if spec.batch_size is not None else 0.0
    if spec.layout == "lanes":
        groups = -(-rows // LANES_ROWS)
        rows += -rows % groups
        return 1e-9 * (
            solver
            + fetched
            + rows * (LANES_NEURON * (MASKED if masked else 1.0) * sum(hidden) + LANES_WEIGHT * weights)
        )
    outputs, logits = spec.sizes[-1], spec.loss in losses.TAKE_LOGITS
    if spec.batch_size is None and rows > objective.FEW_ROWS:
        rows += -rows % objective.ROWS_TOGETHER
    looked_at = sum(hidden) * (MASKED if masked else 1.0) + (outputs if logits or outputs > 1 else 0)
    neurons = NEURON * max(rows, LEAST_ROWS) * looked_at
    softmax = SOFTMAX_ROW * rows if logits and outputs > 1 else 0.0
    products = sum(
        (PRODUCT if max(pair) > 2 else TINY_PRODUCT) + 6 * rows * math.prod(pair) / FLOPS_PER_NS
        for pair in itertools.pairwise((*hidden, *((outputs,) if outputs > 1 else ())))
    )
    if spec.sizes[0] > 2:  # whose input has no gradient
        products += PRODUCT + 4 * rows * math.prod(spec.sizes[:2]) / FLOPS_PER_NS
    return 1e-9 * (NETWORK + solver + fetched + neurons + softmax + products)


def block_bytes(spec: training.Spec, rows: int, lanes: int, rows_judged: int = 0) -> int:
    """Working memory of one block: activations, gradient and moments while it trains on `rows`, or what takes more,
    the activations while it is judged on so many.
    """
    rows = min(spec.batch_size or rows, rows)
    at_once = min(rows, LANES_ROWS) if spec.layout == "lanes" else rows
    training_ = ACTIVATIONS_ALIVE * at_once * sum(spec.sizes[1:])
    at_a_time = min(rows_judged, objective.ROWS_AT_ONCE)
    judging = 2 * max(at_a_time * max(spec.sizes[1:]), rows_judged * spec.sizes[-1])
    if spec.layout == "lanes":  # which judges as it trains
        judging = 0
    floats = max(training_, judging) + PARAMS_ALIVE * mlp.num_params(spec.sizes)
    if spec.solver is solvers.variable_projection:
        features, outputs = spec.sizes[-2] + 1, spec.sizes[-1]
        weights = mlp.num_params(spec.sizes) - features * outputs
        floats += DERIVATIVES_ALIVE * rows * outputs * weights + FEATURES_ALIVE * (rows + features) * features
        floats += CURVATURES_ALIVE * weights**2
    if spec.solver is solvers.levenberg_marquardt:
        residuals, weights = rows * spec.sizes[-1], mlp.num_params(spec.sizes)
        floats += DERIVATIVES_ALIVE * residuals * weights + CURVATURES_ALIVE * min(residuals, weights) ** 2
    return lanes * floats * (8 if spec.dtype == "float64" else 4)
