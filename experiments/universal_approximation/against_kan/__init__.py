"""Networks with learned splines on their edges (KANs) are more accurate than plain networks of as many parameters.

Source: Liu et al. 2024, arXiv 2404.19756, sections 3.1 and 6: "KAN: Kolmogorov-Arnold Networks".

We take the paper's four toy functions of one to four variables, its shapes and its protocol: cubic splines whose grids
become finer every 200 steps of L-BFGS, by the authors' own package (pykan) in float64. Each grid is compared with a
plain network of at most as many parameters, twice:

- same solver: L-BFGS of the same memory, with as many iterations as the KAN may take up to that grid (20 for each step;
  a KAN that gets no further takes fewer, which are recorded);
- variable projection, which pykan does not have and the paper did not use: an aim of ours, not the paper's claim.

Reported results come from 8 draws of all rows, each with its own seed and a network of every kind and size. Both sides
choose from eight settings, once for each function, on 3 other draws and seeds. KANs choose how their grids follow the
data and the size of the first splines, in 100 steps for each grid (pykan moves its grids in the first 50); plain
networks choose one or two hidden layers, tanh or GELU, and the size of the initial weights. (Each side chooses between
two sizes, which are not a grid with ends.) Settings, and the size at which KANs are compared, are chosen on validation
points; errors are root mean squares on 10,000 others.

Ratios of errors are paired by draw. Student's t over draws decides, after Holm's correction for all comparisons of a
kind: accuracy (all functions and both solvers), power (all functions), and stall (all functions). The power is the
slope of log error over log parameters, up to the KAN's best size. Whether plain networks stall is judged with L-BFGS,
the paper's solver, after as many iterations for each size as the KAN may take on all grids.

Seconds are processor time, so that other work on the machine matters little. The time of an iteration is compared for
both kinds of networks in PyTorch, as in the paper; the figure shows the plain networks of this library.

The paper knows the structure of each function and gives the KAN the shape that can represent it. The plain networks
have no such knowledge.

    pip install -e '.[peers]'
    python -m experiments universal_approximation.against_kan                  # 2 minutes
    python -m experiments universal_approximation.against_kan --preset full    # 2 hours on 2 cores

It runs only when it is named, and is left out of `python -m experiments universal_approximation`.
Outputs: parameters, seconds; table.csv has a row for each function, network and size.
"""
