"""Once compiled, ten thousand small networks are trained in the time that PyTorch or scikit-learn takes for one.

The time that the engine takes for 10,000 networks of 2-2-1 that learn XOR is compared with the time in which each
other method trains one, and the methods that train many at once are compared per network and step. One jitted scan
per network and a Python loop of jitted steps are shown in the table and the figures alone: the same aim for them was
dropped after the first results, which missed it. To train 10,000 networks in the time of one scan, a step of a network
would have to take less time than its matrix products at the machine's peak; to do so in the time of one loop, less than
it takes the program in C++ (table.csv has all of these times).

Protocol: tanh, full batch, Adam at 0.01, float32, 1,000 steps. The methods take turns in one process, each warmed up:
a Python loop of jitted steps, one jitted scan per network, plain jit(vmap(scan)) called once and, where installed
(`pip install -e '.[peers]'`), scikit-learn, PyTorch one by one, PyTorch's batched matmul and TurbaNet. Where there is a
C++ compiler, a program for this shape alone (shared/limit.cpp) shows what the processor allows. Methods that are too
slow for 10,000 networks train fewer, or fewer steps (table.csv tells how many, and how long a step's matrix products
take at the machine's peak). Ratios are taken within each round; reported are their median over the rounds and its
rank-based interval. Compile time is the first call minus a warm one, without saved programs, and is not counted.

    python -m experiments speed.price                  # 4 s, a toy: too small for its targets
    python -m experiments speed.price --preset full    # 2 minutes

Outputs: price_of_one, price_per_step; table.csv has a row per workload and method.
"""
