"""A grid of shapes is trained end to end, compiling included, several times faster than with one program per shape.

The aims: more than 4 times as fast at 1,000 steps and 7 times at 200; and at 200 steps, more than 1.5 times as fast
with compiled programs that were saved on disk as without.

Protocol: widths x depths x activations x learning rates x seeds on one period of a sine (64 points, full batch, Adam,
float32). Every time is that of a fresh start, in a process of its own that has trained nothing before and saves no
compiled programs; starting Python and JAX is not counted.
`nnjax.sweep` with its defaults is compared with a plain jit(vmap(vmap(scan))) for each shape and activation, compiled
with default options and run, one after the other. With saved programs JAX finds them in a folder that
an earlier sweep has filled. There are few rounds: in each the plain programs take minutes.

    python -m experiments speed.grid                  # 5 s, a toy: too small for its targets
    python -m experiments speed.grid --preset full    # 44 minutes

Outputs: grid_end_to_end; table.csv has a row per way and number of steps.
"""
