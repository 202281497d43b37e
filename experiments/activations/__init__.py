"""What does an activation do to a signal on its way through a network, and what to learning?

functions            what activations look like, where they saturate, and how often their gradient is zero
linear               without a nonlinearity depth adds nothing to what a network computes, yet changes how it learns
step_units           the step function under gradient descent: no gradient below it, and three ways around that
signal_propagation   how far a signal and a gradient travel through random networks, and which weights keep them
trainable_depth      how deep a network can be and still learn, against the depth scale of theory
dead_units           ReLU units that are always off: killed by too high a learning rate, born dead, and the rank
fastest              which activation learns fastest on five tasks, each with its own rate and initialization
softmax              what a squared error of softmax costs, and whether its probabilities are true
"""

CLAIMS = (
    "functions", "linear", "step_units", "signal_propagation", "trainable_depth", "dead_units", "fastest", "softmax",
)  # fmt: skip
