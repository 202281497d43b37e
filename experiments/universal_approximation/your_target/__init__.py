"""More units, and variable projection in place of Adam, bring networks nearer to your own function or points.

Sources: Leshno et al. 1993 (enough units approximate any continuous function); Golub & Pereyra 1973 (variable
projection); the best that N ReLU units can do is computed without training (`nnjax.theory.approximation`).

    python -m experiments universal_approximation.your_target --function "exp(-x**2)*sin(9*x)" --low -2 --high 2
    python -m experiments universal_approximation.your_target --function package.module:name
    python -m experiments universal_approximation.your_target --data points.csv

A formula may hold x, numbers, + - * / **, pi, e and the usual functions; it is parsed, never evaluated as Python. A
function at an address takes a NumPy array. A file has a column of x and one of y; every fourth of its places, except
the two ends, is held out for testing, with all its points.

Protocol: networks of one hidden layer of N units, ReLU and tanh, from the same starts: by variable projection in
float64, and by Adam in float32. Rates are tuned for each solver, activation and N by the training loss, on seeds that
are not reported. Errors are root mean squares, as a share of the target's standard deviation: for a function integrals
over the interval, for a file means over the points that were held out. The table has them in the units of y as well.

    python -m experiments universal_approximation.your_target                  # a formula, about 8 s
    python -m experiments universal_approximation.your_target --preset full    # about 45 s on 2 cores

Outputs: error, seconds, fits; table.csv has a row for each solver, activation and N.
"""
