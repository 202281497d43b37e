"""One neuron: what can a perceptron compute, what can it not, and what does it learn?

- gates: AND, OR and 12 more of the 16 functions of two inputs are one neuron each; XOR and XNOR are none.
- rules: Rosenblatt's rule separates whatever can be separated; least squares and gradient descent need not.
- census: how many Boolean functions of 1 to 7 inputs one neuron computes.
- capacity: how many random points one neuron separates.
- cycling: what the perceptron, its average and its pocket do on what no neuron computes.
- order: what a neuron computes from products of its inputs, and why parity needs all of them.
"""

CLAIMS = ("gates", "rules", "census", "capacity", "cycling", "order")
STORE = False  # `rules` alone has sweeps
