"""A network that solves XOR makes a representation in its hidden layer that one line can separate.

Source: the textbook ("the network makes its own intermediate representation"); Rumelhart, Hinton & Williams 1986;
Goodfellow, Bengio & Courville 2016, section 6.1, where two inputs of one class share a point of hidden space.

Protocol: 2-2-1 tanh networks, weights N(0, 1), biases 0, cross-entropy, Adam. A network is solved when all four rows
are within 0.4 of their target at the end (`experiments/xor/shared/solved.py`), otherwise it is stuck. The hidden
activations of the four inputs are separable when some line has one class strictly on each side, which is decided
exactly in integers. In a solved network they always are: its output unit is such a line. So the effect of training is
measured on all networks, solved and stuck: the shares with separable activations, and with inputs that share a point,
are compared at the end and at the start.

    python -m experiments xor.hidden_layer                  # 4 s
    python -m experiments xor.hidden_layer --preset full    # 4.4 s: 2,000 networks

Outputs: hidden_space, separable; table.csv has a row for the solved and one for the stuck networks.
"""
