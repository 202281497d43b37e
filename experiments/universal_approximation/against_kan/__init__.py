"""Networks with learned splines on their edges (KANs) are more accurate than plain networks of as many parameters.

Source: Liu et al. 2024, arXiv 2404.19756, sections 3.1 and 6: "KAN: Kolmogorov-Arnold Networks".

Its four toy functions of one to four variables, its shapes, its protocol: cubic splines whose grids become finer every
200 steps of L-BFGS, by the authors' own package in float64. Each grid is compared with a plain network of at most as
many parameters, twice:

- same solver: L-BFGS of the same memory, with as many iterations as the KAN had up to that grid;
- each its best: variable projection, which pykan does not have. pykan also has Adam, which is far behind its L-BFGS.

Both sides choose from eight settings, once for each function, on fresh validation points and a seed that is not
reported: KANs how their grids follow the data and the size of the first splines; plain networks one or two hidden
layers, tanh or GELU, and the size of the first weights (of two sizes each: a choice, no grid). Errors are root mean
squares on 10,000 fresh inputs; seconds are of the processor, so that other work on the machine counts little.

The paper knows the structure of each function and gives the KAN the shape that can represent it. The plain networks
have no such knowledge.

    pip install -e '.[peers]'
    python -m experiments universal_approximation.against_kan                  # 2 minutes
    python -m experiments universal_approximation.against_kan --preset full    # 86 minutes

It runs only when it is named, and is left out of `python -m experiments universal_approximation`.
Outputs: parameters, seconds; table.csv has a row for each function, network and size.
"""
