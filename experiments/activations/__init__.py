"""What does an activation do to a signal on its way through a network, and what to learning?

functions            what activations look like, where they saturate, and how often their gradient is zero
linear               without a nonlinearity depth adds nothing to what a network computes, yet changes how it learns
step_units           the step function under gradient descent: no gradient below it, and three ways around that
signal_propagation   how far a signal and a gradient travel through random networks, against mean-field theory
trainable_depth      how deep a network can be and still learn, against the depth that the theory predicts
dead_units           ReLU units that are always off: born dead, or killed by too large a learning rate
fastest              which activation learns fastest on five tasks, each with its own rate and initialization
softmax              softmax against sigmoid, its temperature, and what a squared error costs instead of cross-entropy
"""

CLAIMS = (
    "functions", "linear", "step_units", "signal_propagation", "trainable_depth", "dead_units", "fastest", "softmax",
)  # fmt: skip
