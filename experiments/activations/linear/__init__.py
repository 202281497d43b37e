"""Without a nonlinearity depth adds nothing to what a network computes, yet changes how it learns.

A network of linear layers is one affine map. On XOR that gives f(00) + f(11) = f(01) + f(10), so by Jensen's inequality
no depth gets below a mean cross-entropy of ln 2, nor more than three rows right. But gradient descent moves the factors
and not their product, and the product grows mode by mode: strong singular values of the target first, each after a
plateau (Saxe, McClelland & Ganguli 2014). Without a hidden layer there is no plateau and no order.

Depth is counted in layers of weights here: one more than there are hidden layers.

Protocol: on XOR, linear networks of every depth, and tanh networks of the same shapes; Adam at several rates, all of
which are reported. For the modes: whitened inputs of mean 0, a target of three distinct singular values, squared error,
gradient descent in small steps. The balanced start, for which the theory was made, has every mode at 0.001 at every
depth. Random starts, neither balanced nor aligned, are LeCun normal, scaled by the same factor in each layer: modes of
either sign, with a root mean square of about 0.0006. Theory is the integrated equation of one mode
(`nnjax.theory.linear_networks`), with nothing fitted.

Sources: Saxe, McClelland & Ganguli 2014; Minsky & Papert 1969; the textbook.

    python -m experiments activations.linear                  # 6 s, mostly compiling
    python -m experiments activations.linear --preset full    # a minute on 2 cores

Outputs: xor, modes, half_times; table.csv has a row per depth and quantity, with theory beside it.
"""
