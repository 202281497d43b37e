"""Rosenblatt's rule separates whatever can be separated; least squares and gradient descent need not.

Sources: Widrow & Hoff 1960; Brady, Raghavan & Slawny 1989 (separable data on which gradient descent on the squared
error of a sigmoid neuron has one minimum, and it does not separate; and four vectors in two dimensions with a local
minimum that has a large basin); Sontag & Sussmann 1991 (an error that is zero beyond the targets has no such minima,
and the exact gradient flow separates in finite time, however long that is); Soudry et al. 2018 (cross-entropy). Brady
et al.'s data could not be found, so the data here were made for this experiment, to show the same.

Protocol, three kinds of data:
- The fourteen gates that one neuron computes: every rule should learn them.
- A lone row. Rows -1 (false) and 1 (true), n of each, and one row -0.5 (true): separable for every n. The greater n is,
  the less a mean error gains from the lone row. Where the error has one finite minimum (least squares; cross-entropy
  with targets 0.1 and 0.9, which is convex), that minimum is computed and is the reference.
- Four vectors: (2, 1), (2, 3), (1, 0) true and (10, -8) false, no bias. With the squared error of a sigmoid and targets
  0.1 and 0.9 the weights (1.93, -0.58) are a local minimum that gets (10, -8) wrong.

Gradient descent uses float64 and the full batch, so that Widrow and Hoff's rule is averaged over the rows. For each
rule and data set the learning rate with the least error is chosen on seeds that are not reported.

    python -m experiments perceptron.rules                  # 12 s
    python -m experiments perceptron.rules --preset full    # 81 s on 2 cores

Outputs: lone_row, four_vectors; table.csv has a row for each rule and data set.
"""
