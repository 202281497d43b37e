"""The dimension of the input slows the approximation by fixed bases, but not by units that are drawn for the function.

Sources: Maurey (Pisier 1981), Barron 1993, lemma 1, theorems 1 and 6.

- Drawn units. The target is the mean of a distribution of cosine units, in 1 to 32 dimensions. The average of N units
  drawn from it has an expected squared error that is known exactly, here 1/N of |f|^2 in every dimension (see
  `drawn_units.py`). It is measured on many draws, each with its own fresh inputs.
- Solved units. N units are drawn from the distribution, and their output weights are solved for by least squares.
- Trained units. Networks of N units learn the same function from examples by Adam, and are compared with both kinds
  above. All seeds of a d share a training set, with many times more examples than a network has weights; each network
  is tested on its own fresh inputs. The rate is tuned for each dimension, activation and N on seeds that are not
  reported.
- Fixed bases. All polynomials up to a total degree, and random features drawn once for all functions, approximate
  cosine sums with random lattice frequencies and C_f = 1 (see `cosine_sums.py`), in each d the same sums for all n. A
  sum of four cosines is a network of four units, but the bases need numbers of functions that grow as error^(-d/2).
  Distances are computed in closed form, and compared with a lower bound for all bases and with predicting 0.

Barron's own bound (2 r C_f)^2 / N is d / N here, so large that none of these errors can exceed it; the last figure says
up to which N it says no more than the bound of predicting 0.

    python -m experiments universal_approximation.dimension                  # 10 s
    python -m experiments universal_approximation.dimension --preset full    # 5 minutes on 2 cores

Outputs: units, fixed_bases, exponents; table.csv has a row for each number and error.
"""
