"""What does a network learn from data: when does depth help, how much do features help, what does it find by itself?

sample_size    error of networks, forests and others by the number of training rows, and where the better one changes
lcdb           the same question in the protocol of LCDB 1.1, compared with its published learning curves
features       how much features made by hand help each method, networks included
codes          the symmetry network and the encoder: what their hidden neurons come to represent
probes         what a linear classifier reads from each hidden layer, through training
published      published results on spirals, the MONK's problems and small networks, repeated with many seeds
"""

CLAIMS = ("sample_size", "lcdb", "features", "codes", "probes", "published")
