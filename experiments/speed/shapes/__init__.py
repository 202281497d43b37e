"""Wide networks are trained several times as fast as with plain vmap, deep ones at 45% of the peak of matrix products.

The aims: 6 times as fast as plain jit(vmap(scan)) at 1-16-1 and 4.2 times at 1-64-1; 15 and 18 times as fast as
PyTorch's batched matmul; and 45% of the machine's peak of float32 matrix products at 1-32-32-32-1, whose speed relative
to plain vmap is reported, not judged.

Protocol: one period of a sine, tanh, full batch, squared error, Adam at 0.01, float32. The methods of `speed.price`
that train any shape take turns in one process with products of large square matrices, the fastest of which is the peak
of that round. Only the operations of a step's matrix products are counted (`plain.flops`), not tanh, Adam and the loss.
Then width and depth are varied; the engine and plain jit(vmap(scan)) are timed on each, in turns.

    python -m experiments speed.shapes                  # 7 s, a toy: too small for its targets
    python -m experiments speed.shapes --preset full    # 6 minutes

Outputs: shapes_methods, shapes_lines; table.csv has a row per workload and method, then one per width and depth.
"""
