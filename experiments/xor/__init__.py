"""Can a network learn XOR, how surely, and what goes wrong when it does not?

written_down   AND, OR and XOR as threshold units with weights written down by hand
trained        how often gradient descent learns XOR, by hidden neurons, activation, solver and initialization
two_neurons    how surely two hidden neurons learn XOR, in the best, the median and the worst of these settings
published      results that others published, repeated on many seeds
failures       where networks that fail are stuck, and whether they leave
parity         XOR of more bits: how the time to learn it grows
hidden_layer   the representation that the hidden layer makes
"""

CLAIMS = ("written_down", "trained", "two_neurons", "published", "failures", "parity", "hidden_layer")
