"""Wide networks are trained several times as fast as by plain vmap, deep ones at 45% of the peak of matrix products.

The aims: 6 times as fast as plain jit(vmap(scan)) at 1-16-1, 4.2 times at 1-64-1, and 45% of the processor's peak of
float32 matrix products at 1-32-32-32-1. How many times as fast as plain vmap that one is trained is told, not judged.

Protocol: one period of a sine, tanh, full batch, squared error, Adam at 0.01, float32. The methods of `speed.price`
take turns in one process, and beside them products of large square matrices, the fastest of which is the peak of that
round. Operations are those of the matrix products of a step alone (`plain.flops`): tanh, Adam and the loss are not
counted. Then width and depth are varied, each timed in turns in the engine and in plain jit(vmap(scan)).

    python -m experiments speed.shapes                  # 7 s, a toy: too small for its targets
    python -m experiments speed.shapes --preset full    # 6 minutes

Outputs: shapes_methods, shapes_lines; table.csv has a row per workload and method, then one per width and depth.
"""
