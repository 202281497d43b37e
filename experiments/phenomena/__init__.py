"""What every course on deep learning shows, measured on many networks: is it so, and how large is it?

double_descent       the test error peaks where a model has as many parameters as it needs to fit all rows
edge_of_stability    gradient descent raises the sharpness of the loss to 2 / rate
lazy_training        wide networks move their weights less and less
spectral_bias        how the time to learn a frequency grows with it
vanishing            thirty layers that do not learn, and what makes them learn
random_labels        networks also fit labels without any meaning
lottery_tickets      a fifth of the weights suffices, if these weights keep their initial values
adversarial          changes of the input that change the answer
grokking             test rows are known long after training rows
connected_minima     no barrier between two networks whose neurons are in the same order

Widths, rates and lengths were planned with pilots of a few networks. Rules and margins were written before the data.
FULL of all takes about four hours of one core.
"""

CLAIMS = (
    "double_descent", "edge_of_stability", "lazy_training", "spectral_bias", "vanishing", "random_labels",
    "lottery_tickets", "adversarial", "grokking", "connected_minima",
)  # fmt: skip
