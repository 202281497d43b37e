"""One neuron computes AND, OR and 12 more of the 16 gates and learns them by itself, but it cannot compute XOR.

Sources: the textbook (AND: weights 0.5, 0.5, threshold 0.7; OR: weights 0.5, 0.5, threshold 0.2; the perceptron learns
both by itself); Rosenblatt 1958; Novikoff 1962 (at most (R |w*| / margin)^2 mistakes); Minsky & Papert 1969 (XOR).

Protocol: all sixteen functions of two inputs are trained from zero weights by Rosenblatt's rule, in every order of the
four rows, with inputs 0 and 1 and with inputs -1 and 1. A perceptron that does not learn returns to weights that it had
before, and the signed rows that it added in between sum to zero. No neuron could be positive on all of them, so this
proves that none computes the function.

    python -m experiments perceptron.gates             # 1 s; --preset full is the same

Outputs: sixteen_gates, learning; table.csv has a row for each gate and kind of inputs.
"""
