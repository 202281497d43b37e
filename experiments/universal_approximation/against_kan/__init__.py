"""Networks with learned splines on their edges (KANs) are more accurate than plain networks of as many parameters.

Source: Liu et al. 2024, arXiv 2404.19756, sections 3.1 and 6: "KAN: Kolmogorov-Arnold Networks".

Its four toy functions of one to four variables, its shapes, its protocol: cubic splines whose grids become finer every
200 steps of L-BFGS, by the authors' own package in float64. Each grid is compared with a plain network of at most as
many parameters, twice:

- same solver: L-BFGS of the same memory, with as many iterations as the KAN might have up to that grid (20 for each
  step; where a KAN gets no further it takes fewer, which are recorded);
- variable projection, which pykan does not have and the paper did not use: an aim of ours, not the paper's claim.

What is reported comes from 8 draws of all rows, each with a network of its own seed of every kind and size. Both sides
choose from eight settings, once for each function, on 3 other draws and seeds: KANs how their grids follow the data and
the size of the first splines, in 100 steps for each grid (in the first 50 pykan moves its grids); plain networks one or
two hidden layers, tanh or GELU, and the size of the first weights (of two sizes each: a choice, no grid). Settings, and
the size at which KANs are compared, are chosen on validation points; errors are root mean squares on 10,000 others.

Ratios of errors are paired by draw. Student's t over draws decides, after Holm's correction for all comparisons of a
kind: accuracy on all functions with both solvers, the power of all functions, the stall of all. The power is the slope
over the sizes up to the KAN's best. That plain networks stall is judged by L-BFGS, the paper's solver, after as many
iterations for each size as the KAN may take on all grids.

Seconds are of the processor, so that other work on the machine counts little. The paper has both kinds of networks in
PyTorch, and so the time of an iteration is compared; the figure has the plain networks of this library.

The paper knows the structure of each function and gives the KAN the shape that can represent it. The plain networks
have no such knowledge.

    pip install -e '.[peers]'
    python -m experiments universal_approximation.against_kan                  # 2 minutes
    python -m experiments universal_approximation.against_kan --preset full    # 105 minutes

It runs only when it is named, and is left out of `python -m experiments universal_approximation`.
Outputs: parameters, seconds; table.csv has a row for each function, network and size.
"""
