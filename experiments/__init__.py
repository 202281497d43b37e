"""What a textbook, papers and theorems say about small networks, measured: a folder for each topic, a file for a claim.

`lab` holds what claims share. `python -m experiments --help` says how to run them, `experiments.lab.claims` what a
claim consists of.
"""

# In the order of the textbook; others follow alphabetically.
TOPICS = (
    "perceptron", "xor", "activations", "universal_approximation", "wide_versus_deep", "learning_from_data",
    "phenomena", "your_table",
)  # fmt: skip
