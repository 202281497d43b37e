"""What does a network learn from data: when does depth pay, what do features buy, what does it see for itself?

sample_size    error of networks, forests and others by the number of training rows, and where the better one changes
lcdb           the same question in the protocol of LCDB 1.1, held against its published learning curves
features       what features made by hand buy each method, the network included
codes          the symmetry network and the encoder: what their hidden neurons come to stand for
probes         what a linear classifier reads from each hidden layer, through training
published      results on spirals, the MONK's problems and small encoders that others published, on many seeds
"""

CLAIMS = ("sample_size", "lcdb", "features", "codes", "probes", "published")
