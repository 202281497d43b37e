"""The dimension of the input slows the approximation by fixed bases, but not by units that are drawn for the function.

Sources: Maurey (Pisier 1981), Barron 1993, lemma 1, theorems 1 and 6.

- Drawn units. A function that is the mean of a distribution of cosine units, in 1 to 32 dimensions. N units drawn from
  it, averaged, have an expected squared error that is known exactly, and is 1/N of |f|^2 in every dimension (see
  `drawn_units.py`). Measured on many draws, each with its own fresh inputs.
- Solved units. N units drawn from the distribution whose output weights are solved for by least squares.
- Trained units. Networks of N units on examples of the same function, by Adam, against both. All seeds of a d share its
  training set, which has many times more examples than a network has weights; each network is tested on fresh inputs
  of its own. The rate is tuned for each dimension, activation and N on seeds that are not reported.
- Fixed bases. All polynomials up to a total degree, and random features drawn once for all functions, on cosine sums
  with random lattice frequencies of C_f = 1 (see `cosine_sums.py`), in each d the same sums for all n. A sum of four
  cosines is a network of four units, but the bases need numbers of functions that grow as error^(-d/2). Distances are
  computed in closed form, and compared with what no basis can go below and with predicting 0.

Barron's own bound (2 r C_f)^2 / N is d / N here, so large that none of these errors can exceed it; the last figure says
up to which N it says no more than the bound of predicting 0.

    python -m experiments universal_approximation.dimension                  # 10 s
    python -m experiments universal_approximation.dimension --preset full    # 5 minutes on 2 cores

Outputs: units, fixed_bases, exponents; table.csv has a row for each number and error.
"""
