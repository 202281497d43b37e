"""ReLU units that are off for every example: born dead, killed by the learning rate, and their effect on the rank.

Born dead: a random ReLU network in which some hidden layer is all off passes no gradient. For one input, and weights
(and biases) that are symmetric about 0, the probability is exactly 1 - prod (1 - 2^-N_l); for a domain it is an upper
bound, which is approached with depth. Networks of width 1 to 8 are drawn and counted, at one input and on a circle of
inputs. Counts agree with the formula where their intervals lie nearer to it than to that of any other width.

Killed: networks with ReLU and with leaky ReLU are trained at learning rates over many decades, each on its own draw of
MNIST-1D; in the end the units that are off for all training examples are counted. ReLU is judged at its best rate and
at the highest at which it still learns, both chosen with other networks on other draws: above the latter, one of the
two equal layers is off altogether, which is half of the units whatever the rate.

Rank: examples in random directions go through random layers of He's variance. The rank of an output matrix is at most
the number of examples, and at most the number of units that are on for one of them. The mean rank is compared with this
bound, with the theory of wide layers, and with a published law by which it rises with depth, m (1 - (1 - 2 / pi)^l),
for several numbers of examples and units, and at several tolerances of what counts as 0.

Sources: Rister & Rubin 2020; Lu, Shin, Su & Karniadakis 2020; Karpathy 2015; Maas, Hannun & Ng 2013; Cho & Saul 2009;
Makwana 2025.

    python -m experiments activations.dead_units                  # 10 s
    python -m experiments activations.dead_units --preset full    # 6 minutes on 2 cores

Outputs: born_dead, killed, rank, law; table.csv has a row per law and width at one input, per activation, solver and
learning rate, and per shape of the output matrix.
"""
