"""Does early stopping halve the time of training, as networks that have learned are no longer trained?

The aim: until the last network has learned, twice as fast as without early stopping, where both record the loss. Since
the first results were seen, the claim says what is recorded, and the finding has the other ratio as well.

Protocol: XOR, 2-8-1, tanh, full batch, Adam at 0.01, cross-entropy in float32. A network stops at a loss of 0.01,
which is computed every 20 steps. A first run tells at which step the last network stops; then that many steps are
timed, in turns: with early stopping, without it (the same records), and without any record but the last.

    python -m experiments speed.early_stopping                  # 4 s, a toy: too small for its target
    python -m experiments speed.early_stopping --preset full    # 11 s

Outputs: early_stopping; table.csv has a row per way.
"""
