"""Deep learning needs no feature engineering: what features made by hand buy each method, the network included.

Source: the textbook. Features are given behind the inputs, so that none takes anything away: products of all pairs of
bits for the parity of 4 of 16 bits (the label is a product of two of them, and no feature); Fourier magnitudes and
autocorrelation, or the greatest correlation with each stretched and shifted template, for MNIST-1D; histograms of
oriented gradients for the MNIST digits. The templates are those of the generator of MNIST-1D, so these features know
what no method is told otherwise.

Protocol: methods of `sample_size` (neither extra trees nor a mean of networks; one and two hidden layers), tuned as
there, with features and without by itself, at 64, 256 and 1,024 training rows; 6 draws, two more for tuning; 4 seeds
of every network on each draw, whose mean error is that of the network. Each draw has 900 test rows. Draws of a parity
have no bit pattern on both sides. "The best" network or classical method is that with the least error in tuning, with
features and without by itself.

Rules: the error with features over that without is a geometric mean over draws, paired, with draws of the same digits
counted for less (see `sample_size`). That features buy the network nothing is shown by an interval within a factor of
1.1 to either side, and not by a test that finds nothing; the intervals of all kinds of features together have 95 %.

    python -m experiments learning_from_data.features                  # 4 s (estimate), one kind of features
    python -m experiments learning_from_data.features --preset full    # about 25 minutes on 2 cores (estimate)

Outputs: bought, errors; table.csv has a row per kind of features, number of rows and method.
"""
