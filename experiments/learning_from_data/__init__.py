"""What does a network learn from data: when does depth help, how much do features help, what does it find by itself?

sample_size    error of networks, forests and others by the number of training rows
large_samples  from how many rows on a deep network errs less, on two data sets with 65,536 rows, one of speech
lcdb           a network and a forest in the protocol of LCDB 1.1, compared with its published learning curves
features       how much features made by hand help each method, networks included
codes          what hidden layers come to represent: symmetry, an encoder, and what a linear classifier reads
published      published results on spirals, the MONK's problems and small networks, repeated with many seeds
"""

CLAIMS = ("sample_size", "large_samples", "lcdb", "features", "codes", "published")
