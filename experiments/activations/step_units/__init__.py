"""No gradient passes through a step, so only the output layer learns; two ways around that, and what continuity buys.

A network of step units under gradient descent is Rosenblatt's perceptron: a fixed random layer, and outputs that learn.
How often it learns XOR is then the probability that the corners' images in a random layer are linearly separable, which
`nnjax.theory.step_units` gives exactly: 53.4% with 8 units and inputs 0 and 1, say. Two ways to train the hidden
weights all the same are compared with it on the same seeds: the straight-through estimator, which takes the step for a
line (or for a line from -1 to 1) as it computes the gradient, and a sigmoid whose gain rises during the training, which
is judged as a network of steps in the end. Does the gain have to rise? Of sigmoid networks of gain 1 that have solved
XOR, those are counted that no longer do once they are cut into steps. A sigmoid network that stays one shows what a
continuous activation buys.

That a network can approximate any function does not need continuity: steps written down by hand do it, with an error
that falls as 1/N (in a test and a picture: it is so by construction).

Protocol: 2-H-1 networks on XOR, inputs 0 and 1 or -1 and 1, initial weights and biases N(0, 1), Adam, cross-entropy,
full batch. The rate (and the last gain) is tuned for every way, coding and H on other seeds (gains of 1 and more): of
the values whose share of solved networks is within a standard error of the best, the one nearest to the middle of the
grid. A network has solved XOR when all four rows are within 0.4 of their target. All ways are compared on the same
initial weights; of the trained output layer alone ten times as many networks are counted, for the share that is
computed. Networks nest: those of more units hold those of fewer, so that settings are not independent, which Holm's
correction allows.

Sources: Rosenblatt 1962; Bengio, Leonard & Courville 2013; Hubara et al. 2016; Hornik, Stinchcombe & White 1989.

    python -m experiments activations.step_units                  # 6 s
    python -m experiments activations.step_units --preset full    # about a minute on 2 cores

Outputs: success, added, rates, universal; table.csv has a row per way, coding and number of hidden units.
"""
