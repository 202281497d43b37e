"""The expected cost of a program in seconds of one core and in bytes: rough rules with measured constants.

They choose between plans and tell how long a plan takes; results depend on them only through the plan. Measured on
one core of a Zen 5 with AVX-512 and jax 0.12 by training `width` x `depth` networks on 16, 64 and 256 rows; most
shapes are within a factor of 1.5.
"""

import itertools
import math
from dataclasses import replace

from nnjax import losses, mlp, objective, solvers, training
from nnjax.solvers import by_name

# Seconds to trace, lower and compile the functions of a program.
COMPILE_MATRICES, COMPILE_LAYER = 0.5, 0.045

# Seconds for a network whatever its steps: to draw, begin, record and write it.
NETWORK_SECONDS = 5e-7

# Nanoseconds for one step of one network. A solver takes STEP_PARAM for each parameter.
STEP_PARAM = 0.3
# In the layout of lanes, for each row: each hidden neuron, each weight, and fetching the row if it is in a mini-batch.
LANES_NEURON, LANES_WEIGHT, LANES_FETCH_ROW = 0.22, 0.045, 27.0
# In the layout of matrices: each network, and each row and neuron. Fewer rows take as long as LEAST_ROWS: 8 neurons
# took 152, 233 and 166 ns at 4, 8 and 16 rows. In losses with exponentials an output costs as much as a neuron.
NETWORK, NEURON, LEAST_ROWS = 25.0, 0.45, 24
# A softmax, for each row; fetching a row of a mini-batch; and, in both layouts, fetching each number of such a row.
SOFTMAX_ROW, FETCH_ROW, FETCH = 15.0, 15.0, 1.4
# Products of matrices, three for each hidden layer after the first and for a layer of several outputs, two for a first
# layer of more than two inputs: floating-point operations per nanosecond, and what each layer costs besides, which is
# TINY_PRODUCT for a layer of at most two inputs and two neurons.
FLOPS_PER_NS, PRODUCT, TINY_PRODUCT = 160.0, 600.0, 80.0
# With masked neurons, each neuron is masked twice and takes MASKED times as long. A skipped layer costs its share of
# the solver's step, and PASSED for each row and neuron.
MASKED, PASSED = 1.25, 0.05

# Variable projection: floating-point operations per nanosecond, and what the calls of LAPACK cost besides.
PROJECTION_FLOPS_PER_NS, PROJECTION = 25.0, 2e4
# Levenberg-Marquardt takes as long for each operation. How many arrays of derivatives, features and curvature are in
# memory at a time.
DERIVATIVES_ALIVE, FEATURES_ALIVE, CURVATURES_ALIVE = 4, 3, 4

# Rows whose activations the layout of lanes has in memory at a time (8 are no faster).
LANES_ROWS = 16
# How many arrays like a block's activations are in memory at a time, and how many like its parameters: parameters,
# gradient, two moments, a copy.
ACTIVATIONS_ALIVE, PARAMS_ALIVE = 3, 5


def seconds_to_compile(spec: training.Spec) -> float:
    """Expected seconds of one core to compile a program, with nothing in a cache."""
    return COMPILE_MATRICES + COMPILE_LAYER * (len(spec.sizes) - 1)


def seconds_per_step(spec: training.Spec, rows: int, masked: bool = False, depth: int | None = None) -> float:
    """Expected seconds of one core for a step of a network with `depth` hidden layers (None: those of the program)."""
    if depth is not None and depth < len(spec.sizes) - 2:
        own = replace(spec, sizes=(*spec.sizes[: depth + 1], spec.sizes[-1]))
        passed_by = STEP_PARAM * (mlp.num_params(spec.sizes) - mlp.num_params(own.sizes))
        passed_by += PASSED * min(spec.batch_size or rows, rows) * sum(spec.sizes[depth + 1 : -1])
        return seconds_per_step(own, rows, masked) + 1e-9 * passed_by
    rows = min(spec.batch_size or rows, rows)
    hidden, weights = spec.sizes[1:-1], mlp.num_params(spec.sizes)
    solver = STEP_PARAM * weights
    if by_name.unwrapped(spec.solver) is solvers.variable_projection:
        features, outputs, weights = hidden[-1] + 1, spec.sizes[-1], weights - (hidden[-1] + 1) * spec.sizes[-1]
        per_row = features**2 * 4 + features * outputs * weights * 4 + outputs * weights**2 * 2
        return 1e-9 * (PROJECTION + ((rows + features) * per_row + weights**3 / 3) / PROJECTION_FLOPS_PER_NS)
    if by_name.unwrapped(spec.solver) is solvers.levenberg_marquardt:
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
    if spec.sizes[0] > 2:  # no gradient is computed for the inputs
        products += PRODUCT + 4 * rows * math.prod(spec.sizes[:2]) / FLOPS_PER_NS
    return 1e-9 * (NETWORK + solver + fetched + neurons + softmax + products)


def params_bytes(spec: training.Spec) -> int:
    """The parameters of a network before and after its training, in bytes."""
    return 2 * mlp.num_params(spec.sizes) * (8 if spec.dtype == "float64" else 4)


def block_bytes(spec: training.Spec, rows: int, lanes: int, rows_judged: int = 0) -> int:
    """Working memory of one block in bytes: parameters, gradient, moments, and the activations while it is trained on
    `rows` or judged on `rows_judged`, whichever takes more.
    """
    rows = min(spec.batch_size or rows, rows)
    at_once = min(rows, LANES_ROWS) if spec.layout == "lanes" else rows
    training_ = ACTIVATIONS_ALIVE * at_once * sum(spec.sizes[1:])
    at_a_time = min(rows_judged, objective.ROWS_AT_ONCE)
    judging = 2 * max(at_a_time * max(spec.sizes[1:]), rows_judged * spec.sizes[-1])
    if spec.layout == "lanes":  # networks are judged on as few rows at a time as in training
        judging = 0
    floats = max(training_, judging) + PARAMS_ALIVE * mlp.num_params(spec.sizes)
    if by_name.unwrapped(spec.solver) is solvers.variable_projection:
        features, outputs = spec.sizes[-2] + 1, spec.sizes[-1]
        weights = mlp.num_params(spec.sizes) - features * outputs
        floats += DERIVATIVES_ALIVE * rows * outputs * weights + FEATURES_ALIVE * (rows + features) * features
        floats += CURVATURES_ALIVE * weights**2
    if by_name.unwrapped(spec.solver) is solvers.levenberg_marquardt:
        residuals, weights = rows * spec.sizes[-1], mlp.num_params(spec.sizes)
        floats += DERIVATIVES_ALIVE * residuals * weights + CURVATURES_ALIVE * min(residuals, weights) ** 2
    return lanes * floats * (8 if spec.dtype == "float64" else 4)
