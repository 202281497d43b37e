"""Mean-field theory predicts how far signals and gradients travel in random networks, but not how networks vary.

In a network of infinite width the variance of a layer's sums, the correlation of two inputs and the mean square of the
gradient follow from those of the layer before (`nnjax.theory.mean_field`). Weights that keep all three are critical:
those of He for ReLU at every variance, those of Glorot for tanh once the signal has died away, neither for sigmoid.
At width N the logarithm of a ReLU network's variance has a spread of sqrt(5 L / N) after L layers, and its mean falls.

Protocol: networks of Gaussian weights of variance sigma_w^2 / fan_in and Gaussian biases of variance sigma_b^2, 100
layers deep and 128 to 1,024 wide. The sums of the first layer have variance 1, and for two inputs the correlation 1/2.
Gradients start at the last layer as random numbers. The weights themselves are not drawn: given the layer below, a
layer's sums are Gaussian, and so is what it passes back, except for the part along the signal, which follows from the
sums. So the cost of a network grows with its neurons and not its weights, and the distribution is the same
(`networks.py`; a test compares it with networks that have weights). All activations and variances share the draws of a
network, times their sigma_w and sigma_b; networks of different widths share none. Means over networks are extrapolated
to infinite width by a parabola in 1 / width. The drift of the logarithm is measured on more networks, in which only the
variance is followed.

Where chi is below 1 but the signal still grows, as in softplus networks with weights of He, width 1,024 is far from
infinite, and a line and a parabola in 1 / width extrapolate to different values. There the part of the gradient along
the signal, about 1 / N of it at first, does not fall as the rest does: without that part gradients follow theory (a
test checks this).

Sources: Poole et al. 2016; Schoenholz et al. 2017; Sussillo & Abbott 2014; He et al. 2015; Glorot & Bengio 2010.

    python -m experiments activations.signal_propagation                  # 4 s
    python -m experiments activations.signal_propagation --preset full    # 6 minutes on 2 cores

Outputs: variance, correlation, gradient, critical_line, finite_width; table.csv has a row per activation and variances.
"""
