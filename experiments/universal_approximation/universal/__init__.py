"""One hidden layer is universal if and only if its activation is not a polynomial.

Source: Leshno, Lin, Pinkus & Schocken 1993, theorem 1: for an activation that is locally bounded and continuous almost
everywhere, networks of one hidden layer come arbitrarily near every continuous function if and only if the activation
is not, almost everywhere, a polynomial. The theorem says that such networks exist, not how to find them.

Only if: with a polynomial of degree k the whole network is such a polynomial, so its L2 error stops at that of the best
one, however many units it has. That floor is computed beforehand (`nnjax.theory.approximation`), for twelve functions;
all networks must come down to it (that none falls below is algebra, and a test). If: steps, sigmoids, ReLU, sines and
unusual squashing functions have no floor; nor has z^3 with one slight kink.

Protocol: hidden weights are drawn at random, and the output layer is the best for them (least squares in float64). The
scale of the weights is tuned for every activation, function and N, on other seeds and at other places than those
reported. A unit is left out if less than 1e-8 of it remains after projection on the units before it, or less than 1e-2
where units jump, as the nodes of the integrals resolve the place of a jump no more finely. At FULL, hidden weights are
trained as well, on one function, with the better of two first dampings: a choice between two and no grid.

The conditions of the theorem: without biases an odd activation expresses odd functions alone, so errors stop at a floor
too, which is computed; the exponential needs no biases. z^2 with one value changed is not a polynomial, but equals one
almost everywhere: such networks meet any training points and are parabolas between them. A unit 1/z with its pole in
the interval has no L2 norm, so such networks approximate nothing; with poles outside the interval they are universal.
(This does not show that networks of unbounded activations are not dense, only that they may leave the space.)

    python -m experiments universal_approximation.universal                  # 6 s
    python -m experiments universal_approximation.universal --preset full    # 35 s on 2 cores

Outputs: universal, floors, conditions; table.csv has a row per activation, target and N.
"""
