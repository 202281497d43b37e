"""Does early stopping halve the time of training, since networks that have learned are no longer trained?

The aim: until the last network has learned, training is more than twice as fast with early stopping as without, if both
record the loss. What is recorded was added to the claim after the first results were seen; the finding also gives the
ratio to training without records.

Protocol: XOR, 2-8-1, tanh, full batch, Adam at 0.01, cross-entropy in float32. A network stops at a loss of 0.01,
which is computed every 20 steps. A first run finds the step at which the last network stops. Then that many steps are
timed in three ways, in turns: with early stopping, without it but with the same records, and with final values alone.

    python -m experiments speed.early_stopping                  # 4 s, a toy: too small for its target
    python -m experiments speed.early_stopping --preset full    # 11 s

Outputs: early_stopping; table.csv has a row per way.
"""
