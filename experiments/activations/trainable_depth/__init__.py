"""How deep a network can be and still learn follows the depth scale of mean-field theory at its initial weights.

Schoenholz et al. 2017: tanh networks learn to a depth of about 6 xi_c, where xi_c is the number of layers in which the
correlation of two inputs comes nearer to its fixed point by a factor of e. It is infinite where weights are critical.
For ReLU without biases the gradient's scale 1 / |ln(sigma_w^2 / 2)| takes its place, infinite for the weights of He.

Protocol: MNIST-1D and the MNIST digits, tanh (biases of variance 0.05) and ReLU (no biases), width 64, 8 variances of
the weights, 11 depths from 2 to 64, plain gradient descent in batches of 16. For every activation, variance, depth,
length of training and data set the learning rate is tuned by accuracy, among rates a factor of sqrt 10 apart, at full
length, on networks that are not reported and on other data: other draws of MNIST-1D, the other half of the digits. All
depths have networks of their own, and on MNIST-1D each network has a draw of its own. A network learns when it is right
on more than a fifth of 1,000 training rows, twice what chance gives. The boundary is the depth at which half of the
networks learn, by a logistic curve over the logarithm of the depth; beyond 64 layers it is only known to lie there.

Intervals: the claims are about the variances that are tried, so intervals are those of other networks at these
variances: each boundary is drawn by its likelihood, independently. So that a rank correlation is not due to the choice
of few variances, it must exceed what as many numbers in random order exceed in one of forty orders. The intervals do
not cover tuning: each cell is trained at one rate, which two networks chose.

Sources: Schoenholz et al. 2017; ghliu/mean-field-fcdnn; Greydanus & Kobak 2020.

    python -m experiments activations.trainable_depth                  # 10 s
    python -m experiments activations.trainable_depth --preset full    # 70 minutes on 2 cores

Outputs: learned, boundary; table.csv has a row per activation, data set, length of training and variance of the
weights.
"""
