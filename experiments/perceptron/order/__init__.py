"""A neuron that sees products of its inputs computes more, but parity of n inputs needs products of all n.

Sources: Minsky & Papert 1969 (the order of a predicate, chapter 1; parity has order n, chapter 3; symmetric functions,
chapter 2); Aspnes, Beigel, Furst & Rudich 1994 (orders of a function and of its product with parity).

Protocol: the order of a function is the least k for which one neuron computes it from all products of up to k inputs.
A perceptron is trained on those products for every Boolean function of 2 to 4 inputs and every k. It learns, or its
weights return to earlier ones, which proves that no neuron of that order computes the function (see `census`). SciPy's
linear programming decides one function of each symmetry class again.

Only parity and its complement have order n. With inputs and values -1 and 1, any other function f agrees with parity p
only in part, |mean(f p)| < 1, so f - mean(f p) p has the sign of f and no product of all n inputs. Parity itself is
orthogonal to all smaller products, so all rows, each added once with its sign, sum to zero. A perceptron of order n - 1
finds this proof when its weights return.

A symmetric function depends only on how many inputs are true; its order is the number of times that it changes as that
number rises from 0 to n (Minsky & Papert's theorem on invariance, chapter 2, makes it a polynomial of that number,
which needs a root for each change). All symmetric functions are tried.

    python -m experiments perceptron.order                  # 3 s
    python -m experiments perceptron.order --preset full    # 10 s on 2 cores

Outputs: orders, symmetric; table.csv has a row for each number of inputs and order, and for each parity.
"""
