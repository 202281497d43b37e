"""Tanh networks, and chains of them that are trained on residuals, come near machine precision on smooth targets.

Source: Wang & Lai (2023) train networks in stages, each on the residual of those before, scaled to 1 and with a
frequency of its own; there single networks hardly get below 1e-5.

Every network is 1-32-1 in float64 on [-1, 1]. Its units start with |w| from 1.5 to 3 and centres from -1.3 to 1.3, and
are trained by variable projection: Levenberg-Marquardt on the hidden layer, with the output layer solved for. The error
is the root mean square at points between the training rows. It is compared with cheaper ways:

- the same units untrained, with one least-squares solve (SVD) for the output layer;
- Chebyshev interpolants of degree 31 (32 coefficients, one per unit) and of degree 96 (97, one per number of the
  network).

A chain is a network whose output weights are held small by a ridge, and up to two more, each trained on the residual of
those before it, scaled to 1. The scale of the initial weights of a further network (its frequency) is tuned for each
target and stage on chains that are not reported, by the residual at points that are not reported. The first damping of
the solver is tuned in the same way for single networks, and fixed for chains. Eight networks and eight chains choose
(with two of each, as at first, a second run took another damping for every target). Chains of equal and of growing
width are reported separately. Because of the ridge, the first network of a chain is not a single network as above; and
no single network with as many units as a chain is trained, so the gain from further networks cannot be separated from
the gain from more units.

    python -m experiments universal_approximation.machine_precision                  # 10 s
    python -m experiments universal_approximation.machine_precision --preset full    # 11 minutes, beside other work

Outputs: errors, stages, residuals; table.csv has a row for each target and way.
"""
