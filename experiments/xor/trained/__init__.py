"""A network with enough hidden neurons learns XOR by gradient descent, and more neurons make success more certain.

Source: the textbook; Rumelhart, Hinton & Williams 1986. One hidden neuron of a monotone activation cannot compute XOR
at all, whatever its weights: along the diagonal the inputs 00, {01, 10}, 11 need low, high, low.

Protocol: full batch, cross-entropy, biases zero at the start. For every combination of hidden neurons,
activation, solver and initialization the learning rate is tuned on seeds that are not reported; then fresh
seeds are counted. A network is solved when all four rows are within 0.4 of their target at the end
(`experiments/xor/shared/solved.py`).

    python -m experiments xor.trained                  # 9 s
    python -m experiments xor.trained --preset full    # 5 minutes: 420 settings x (7 rates x 100 + 1,000) networks

Outputs: success_by_width, success_by_rate, learning_curves; table.csv has a row per setting.
"""
