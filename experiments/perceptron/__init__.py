"""One neuron: what can a perceptron compute, what can it not, and what does it learn?

gates      AND and OR by the textbook's weights and by learning, and why no neuron computes XOR
rules      which learning rules find a line where there is one, and how they fare where there is none
census     how many Boolean functions one neuron computes, and how many from products of its inputs
capacity   how many random points one neuron separates
"""

CLAIMS = ("gates", "rules", "census", "capacity")
