"""How fast is the engine, against other ways to train the same networks, by shape, by number, and for a whole grid?

Benchmarks print tables and make no statements: times differ between machines by more than any claim would allow.

- `command`: `python -m experiments speed`, the benchmarks one by one, their tables and the figure
- `plain`: the problems, and methods that train them with JAX and optax alone; `engine` is this library
- `peers`: other libraries (extra `peers`)
- `limit`: a program in C++ for one shape, and large products at the peak of the machine
- `timing`: methods take turns in rounds
- `child`: what needs a process of its own
"""
