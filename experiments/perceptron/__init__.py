"""One neuron: what can a perceptron compute, what can it not, and what does it learn?

- gates: one neuron computes 14 of the 16 functions of two inputs, among them AND and OR, but not XOR and XNOR.
- rules: Rosenblatt's rule separates whatever can be separated; least squares and gradient descent need not.
- census: how many Boolean functions of 1 to 7 inputs one neuron computes.
- capacity: how many random points one neuron separates.
- cycling: what the perceptron, its average and the pocket algorithm do on functions that no neuron computes.
- order: what a neuron computes from products of its inputs, and why parity needs all of them.
"""

CLAIMS = ("gates", "rules", "census", "capacity", "cycling", "order")
STORE = False  # only `rules` has sweeps
