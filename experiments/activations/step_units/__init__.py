"""No gradient passes through a step, so only the output layer learns; two ways around that, and what continuity adds.

A network of step units under gradient descent is Rosenblatt's perceptron: a fixed random layer, and outputs that learn.
How often it learns XOR is then the probability that the corners' images in a random layer are linearly separable, which
`nnjax.theory.step_units` gives exactly: for example 53.4% with 8 units and inputs 0 and 1. Two ways to train the hidden
weights as well are compared with it on the same seeds: the straight-through estimator, which replaces the step by a
line (or by a line from -1 to 1) in the gradient, and a sigmoid whose gain rises during the training, which is judged as
a network of steps in the end. To see whether the gain has to rise, sigmoid networks of gain 1 that have solved XOR are
cut into steps, and those that no longer solve it are counted. A sigmoid network that is not cut shows what a continuous
activation adds.

A network can approximate any function without continuity: steps written down by hand do it, with an error that falls as
1/N (tested and drawn, but not judged: it holds by construction).

Protocol: 2-H-1 networks on XOR, inputs 0 and 1 or -1 and 1, initial weights and biases N(0, 1), Adam, cross-entropy,
full batch. The rate (and the last gain) is tuned for every way, coding and H on other seeds (gains of 1 and more): of
the values whose share of solved networks is within a standard error of the best, the one nearest to the middle of the
grid is taken. A network has solved XOR when all four rows are within 0.4 of their target. All ways are compared on the
same initial weights; where the output layer alone is trained, ten times as many networks are counted, to compare the
share with the computed one. Networks of more units contain those of fewer, so settings are not independent, which
Holm's correction allows.

Sources: Rosenblatt 1962; Bengio, Leonard & Courville 2013; Hubara et al. 2016; Hornik, Stinchcombe & White 1989.

    python -m experiments activations.step_units                  # 6 s
    python -m experiments activations.step_units --preset full    # about a minute on 2 cores

Outputs: success, added, rates, universal; table.csv has a row per way, coding and number of hidden units.
"""
