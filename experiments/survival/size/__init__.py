"""A million networks fit in 40 MB, memory grows little, and the store costs less than a twentieth of the time.

The aims: the final values of a million 2-2-1 networks take at most 40 MB as a store; the peak memory of a sweep with a
store, most of it the interpreter and JAX, grows by at most a quarter from 10,000 networks to a million; and writing
chunks of the usual size, about half a second's work, adds less than 5% to the time of a sweep of 80,000 networks and
8,000 steps.

Protocol: XOR, 2-2-1, tanh, Adam at 0.1, cross-entropy in float32, 200 steps, final values alone. Each number of
networks is trained in separate processes, nine with a store and nine without, which compile the program and report
their peak memory; the growth is the median ratio, with its rank-based interval. The bytes are those of all files of the
store. Overhead: 2-2-1 and 2-8-1, one program each, in chunks of the engine's own size, alternately with a new store and
without, in one process that has compiled the programs before; the interval is the rank-based one of the median ratio of
15 rounds.

    python -m experiments survival.size                  # 30 s, a toy: too small for its targets
    python -m experiments survival.size --preset full    # 7 minutes

Outputs: size; table.csv has a row per number of networks, and one for the overhead.
"""
