"""Sentences that the captions of several claims share."""

BOUND = (
    "E(N\u00a0+\u00a01) is the error of the best N\u00a0+\u00a01 straight pieces; no network of N ReLU units has a "
    "smaller one."
)
