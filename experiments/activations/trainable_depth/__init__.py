"""How deep a network can be and still learn follows the depth scale of mean-field theory at its initial weights.

Schoenholz et al. 2017: tanh networks learn to a depth of about 6 xi_c, where xi_c is the number of layers in which the
correlation of two inputs comes nearer to its fixed point by a factor of e. It is infinite where weights are critical.
For ReLU without biases the gradient's scale 1 / |ln(sigma_w^2 / 2)| takes its place, infinite for the weights of He.

Protocol: MNIST-1D, tanh (biases of variance 0.05) and ReLU (no biases), width 64, 8 variances of the weights, depths
2 to 64, plain gradient descent in batches of 16. The learning rate of every activation, variance, depth and length of
training is tuned by accuracy on another seed and another draw of the data. A network learns when it is right on more
than a fifth of 1,000 training rows, twice what chance gives. The boundary is the depth at which half of the networks
learn, by a logistic curve over the logarithm of the depth; beyond 64 layers it is known to be beyond them. The MNIST
digits are trained at the rates of MNIST-1D.

Sources: Schoenholz et al. 2017; ghliu/mean-field-fcdnn; Greydanus & Kobak 2020.

    python -m experiments activations.trainable_depth                  # 8 s
    python -m experiments activations.trainable_depth --preset full    # 6 minutes on 2 cores

Outputs: learned, boundary; table.csv has a row per activation, variance of the weights and length of training.
"""
