"""The textbook's claims about neural networks, measured: a folder for each topic, and in it one for each claim.

`lab` holds what claims share. `python -m experiments --help` says how to run them, `experiments.lab.claims` what a
claim consists of.
"""

# In the order of the textbook; others follow alphabetically, and those on the engine come last.
TOPICS = ("xor",)
