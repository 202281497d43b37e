"""Mean-field theory says how far signals and gradients travel through random networks, but not how far they spread.

In a network of infinite width the variance of a layer's sums, the correlation of two inputs and the mean square of the
gradient follow from those of the layer before (`nnjax.theory.mean_field`). Weights that keep all three are critical:
those of He for ReLU at every variance, those of Glorot for tanh once the signal has died away, neither for sigmoid.
At width N the logarithm of a ReLU network's variance spreads by sqrt(5 L / N) over L layers, and its mean falls.

Protocol: networks of Gaussian weights of variance sigma_w^2 / fan_in and Gaussian biases of variance sigma_b^2, 100
layers deep and 64 to 512 wide. The sums of the first layer have variance 1, and for two inputs the correlation 1/2. All
activations and variances share the weights of a network, times their sigma_w. Gradients start at the last layer as
random numbers. Means over networks are extrapolated to infinite width along 1 / width. The drift of the logarithm is
measured on networks whose layers are drawn without their weights: given the layer before, a layer's sums are
independent Gaussians (`networks.py`).

Where chi is below 1 and the signal grows all the same, as in softplus networks with weights of He, networks of width
512 are far from infinite, and extrapolation along 1 / width does not reach theory. Perhaps the part of the gradient
along the signal, 1 / N of it, does not fall as the others do; that was not tested.

Sources: Poole et al. 2016; Schoenholz et al. 2017; Sussillo & Abbott 2014; He et al. 2015; Glorot & Bengio 2010.

    python -m experiments activations.signal_propagation                  # 4 s
    python -m experiments activations.signal_propagation --preset full    # 4 minutes on 2 cores

Outputs: variance, correlation, gradient, critical_line, finite_width; table.csv has a row per activation and variances.
"""
