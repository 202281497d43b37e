"""Depth expresses with few neurons what one hidden layer needs exponentially many for: a sawtooth, and x^2.

Nothing is trained. k hidden layers of 2 ReLUs compute on [0, 1] a sawtooth of 2^k pieces (Telgarsky 2015), and m layers
of 3 ReLUs add such sawtooths up to x^2 with an error of 2^(-2m-2) (Yarotsky 2017). Both are plain networks of `mlp`,
and so are their equivalents with one hidden layer. It is measured
- whether the sawtooth is exact at all multiples of 2^-20 and at random places, in float32 and float64,
- how large the error of x^2 is in the middles of its pieces, where theory gives it exactly, and at which accuracy
  rounding sets in,
- how many neurons and parameters deep and shallow networks need for the same error, and from which depth the deep ones
  are smaller: the best n straight pieces for x^2 have an error of 1/(8 n^2), and a sawtooth of 2^k pieces needs 2^k,
- how many of 2^k points with alternating labels a network of N neurons in l layers must get wrong (Telgarsky's bound),
  the exact number for one hidden layer, and how many the networks that are written down get wrong,
- how rounding spoils the shallow sawtooth, a sum of large terms that cancel, for three orders of adding its neurons.

Sources: Telgarsky 2015, "Representation benefits of deep feedforward networks", and 2016, COLT; Yarotsky 2017, Neural
Networks 94, 103-114, proposition 2; Higham 1993, SIAM J. Sci. Comput. 14, 783-799, on the order of floating point sums.

    python -m experiments wide_versus_deep.expressible                  # 5 s
    python -m experiments wide_versus_deep.expressible --preset full    # 38 s on 2 cores

Outputs: networks, sawtooth, square, neurons, alternating, rounding; table.csv has a row per function and k or m.
"""
