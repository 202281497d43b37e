"""Sentences that the captions of several claims share."""

BOUND = (
    "E(N\u00a0+\u00a01): the error of the best N\u00a0+\u00a01 straight pieces, below which no network of N ReLUs "
    "can be."
)
