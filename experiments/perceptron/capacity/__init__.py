"""One neuron with d weights separates about 2 d random points: the separable share lies on Cover's curve.

Source: Cover 1965. Of all ways to label N points in general position in d dimensions, a plane through the origin
separates exactly C(N, d) = 2 sum_{k < d} binom(N - 1, k), wherever the points lie; a bias adds one dimension. So the
share C(N, d) / 2^N of random labellings of random points is separable. It falls through one half at N = 2 d, and the
greater d is, the faster it falls with N / d.

Protocol: normal points get random labels. Each labelling is decided by linear programming, and each answer is checked
beyond rounding: either a neuron separates, or multipliers show that none can (`nnjax.theory.separability`). Training a
perceptron and giving up after some passes would miss separable labellings: the second figure shows how many of the
labellings a perceptron has learned after each number of passes.

    python -m experiments perceptron.capacity                  # 5 s
    python -m experiments perceptron.capacity --preset full    # 6 minutes on 2 cores

Outputs: capacity, time_out; table.csv has a row for each number of dimensions and points, with a bias and without.
"""
