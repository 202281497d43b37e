"""Deep learning needs no feature engineering: what features made by hand buy each method, the network included.

Source: the textbook. Features are given behind the inputs, so that none takes anything away: products of all pairs of
bits for the parity of 4 of 16 bits (the label is a product of two of them, and no feature); Fourier magnitudes and
autocorrelation, or the greatest correlation with each stretched and shifted template, for MNIST-1D; histograms of
oriented gradients for the MNIST digits. The templates are those of the generator of MNIST-1D, so these features know
what no method is told otherwise.

Protocol: methods of `sample_size` (neither extra trees nor a mean of networks; one and two hidden layers), with
features and without tuned by itself, at 64, 256 and 1,024 training rows; 6 draws, two more for tuning; 4 networks on
each draw, whose mean error is that of the network. A draw has 16,384 test rows of the parity, 5,000 of MNIST-1D and 900
digits. Draws of a parity have no bit pattern on both sides. Each method has two tuned numbers (logistic regression and
nearest neighbours one), such as the learning rate and the weight decay, whose grids grow up to twice where the best
lies at an end. Of trials that err on equally many rows the one with the least loss is taken (of classical methods, with
the least shortfall of the margin). "The best" network or classical method is that with the least error in tuning, with
features and without by itself.

Rules: the error with features over that without is a geometric mean over draws, paired, with draws of the same digits
counted for less (see `sample_size`). Features do nothing, help or hurt where all of the interval lies within a factor
of 1.1 to either side, below it or above it; the intervals of all kinds of features together have 95%. Of a kind
nothing is said where in some draw neither method errs on any test row, as 0/0 says nothing, or where a tuned number of
a method that counts lies at an end of the values tried even then; a weight decay of 0 is none, and no end.

    python -m experiments learning_from_data.features                  # 8 s (estimate), one kind of features
    python -m experiments learning_from_data.features --preset full    # about 50 minutes on 2 free cores (estimate)

Outputs: bought, errors; table.csv has a row per kind of features, number of rows and method.
"""
