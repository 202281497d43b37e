"""What every course on deep learning shows, measured on many networks: is it so, and how large is it?

double_descent       the test error peaks where a model has as many parameters as it needs to fit all rows
edge_of_stability    gradient descent sharpens the loss until its steps are almost too long
lazy_training        wide networks move their weights less and less
spectral_bias        low frequencies are learned first
vanishing            thirty layers that do not learn, and what makes them learn
random_labels        networks also fit labels without any meaning
lottery_tickets      the few weights that are enough, if they start where they started
adversarial          small changes of the input that change the answer
grokking             the rule is found long after the examples are known
connected_minima     no barrier between two networks whose neurons are in the same order

Widths, rates and lengths were planned with pilots of a few networks. Rules and margins were written before the data.
FULL of all takes about four hours of one core.
"""

CLAIMS = (
    "double_descent", "edge_of_stability", "lazy_training", "spectral_bias", "vanishing", "random_labels",
    "lottery_tickets", "adversarial", "grokking", "connected_minima",
)  # fmt: skip
