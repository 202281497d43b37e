"""Does the time per network stay the same from a thousand to a million networks, and how much memory is needed?

The aims: times per network within 20% of each other, and at most 2 GiB of memory besides the result.

Protocol: networks of 2-2-1 that learn XOR (tanh, full batch, Adam at 0.01, float32); only their final values are kept.
Ensembles of 1, 10, ..., 10^6 are timed in turns, in the engine (from settings to labelled results, the fixed cost of a
call included) and in plain jit(vmap(scan)), which stops at 10^5. Flatness: the greatest time per network divided by the
least, among ensembles of 1,000 or more, within each round. Memory: the peak resident memory of a separate process,
minus the result.

    python -m experiments speed.ensembles                  # 6 s, a toy: too small for its targets
    python -m experiments speed.ensembles --preset full    # 3 minutes

Outputs: ensemble_size; table.csv has a row per size and method.
"""
