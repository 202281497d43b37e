"""A grid of shapes is trained end to end, compiling included, several times faster than by one program per shape.

The aims: 4 times as fast at 1,000 steps and 7 times at 200; and at 200 steps, 1.5 times faster where the compiled
programs have been saved by an earlier process.

Protocol: widths x depths x activations x learning rates x seeds on one period of a sine (64 points, full batch, Adam,
float32). Every time is that of a fresh start: all compiled programs are dropped beforehand, and none are saved.
`nnjax.sweep` with its defaults is compared with a plain jit(vmap(vmap(scan))) for each shape and activation, compiled
with default options and run, one after the other. With saved programs: those in memory are dropped as well, and found
in a folder that an earlier run has filled. There are few rounds, as the plain programs take minutes in each.

    python -m experiments speed.grid                  # 5 s, a toy: too small for its targets
    python -m experiments speed.grid --preset full    # 44 minutes

Outputs: grid_end_to_end; table.csv has a row per way and number of steps.
"""
