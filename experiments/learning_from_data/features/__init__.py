"""Deep learning needs no feature engineering: how much features made by hand help each method, networks included.

Source: the textbook. Features are added to the inputs, so that no information is lost: products of all pairs of bits
for the parity of 4 of 16 bits (the label is a product of two of these features, but none of them); Fourier magnitudes
and autocorrelation, or the greatest correlation with each stretched and shifted template, for MNIST-1D; histograms of
oriented gradients for the MNIST digits. The templates are those of the generator of MNIST-1D, so these features hold
knowledge that no method has otherwise.

Protocol: the methods of `sample_size` (without extra trees and means of networks; one and two hidden layers), tuned
separately with features and without, at 64, 256 and 1,024 training rows; 6 draws, and two more for tuning; 4 networks
on each draw, whose mean error is that of the network. A draw has 16,384 test rows of the parity, 5,000 of MNIST-1D and
900 digits. In a draw of the parity, no bit pattern is both a training and a test row. Each method has two tuned numbers
(logistic regression and nearest neighbours one), such as the learning rate and the weight decay, whose grids grow up to
twice where the best lies at an end. Among trials with equally many mistakes, the one with the least loss is taken (for
classical methods, the least shortfall of the margin). "The best" network or classical method is the one with the least
error in tuning, chosen separately with features and without.

Rules: the ratio of the error with features to that without is a geometric mean over draws, paired by draw; draws of the
same digits count for less (see `sample_size`). Features do nothing, help or hurt if all of the interval lies within a
factor of 1.1 of 1, below that range, or above it; the intervals of all kinds of features together have 95%. Where
neither method errs on any test row of any draw, features do nothing; where this is so in some draws, a kind is not
settled, as 0/0 says nothing. It is not settled either if a tuned number of a method that counts still lies at an end of
the values tried; a weight decay of 0 is no decay, and does not count as an end.

    python -m experiments learning_from_data.features                  # 8 s (estimate), one kind of features
    python -m experiments learning_from_data.features --preset full    # 50 minutes on 2 cores

Outputs: bought, errors; table.csv has a row per kind of features, number of rows and method.
"""
