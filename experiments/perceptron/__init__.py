"""One neuron: what a perceptron can do, what it cannot, and what it learns."""

CLAIMS = ("gates", "rules", "census", "capacity", "cycling", "order")
