"""A search that moves, removes and adds knots finds ReLU networks nearly as good as the best of their size.

References, computed without training (`nnjax.theory.approximation`): the best network of N units and an output bias,
over knots and directions, and E(N + 1), the error of the best N + 1 free pieces, which no such network can beat. Errors
are exact L2 norms, piece by piece. Targets are moved to [0, 1], which changes no ratio of errors.

A search costs the same for every seed:

1. start: one knot in each of N equal parts, units that face left or right at random;
2. descent: Levenberg-Marquardt on the hidden layer, with the output layer solved for (variable projection);
3. moves, between rounds of descent: the knots that help least, and those that have left the interval, are put where the
   error is; then units turn round, to the directions that cost least on these knots. A round that ends no lower is
   undone;
4. rows: half of them lie closer where the target bends more; the last descent is on more of them.

Each ingredient is left out in turn, to measure its effect. Adam and L-BFGS start from the same kind of start and take
as many steps as fit into the seconds of the search, by a trial in the same process; so their steps, and the errors they
reach, differ from machine to machine. Adam's rate is tuned for every target and width, at full length, on seeds that
are not reported; rates at an end of those tried are counted, and leave their target and width undecided.

    python -m experiments universal_approximation.near_the_best                  # 10 s
    python -m experiments universal_approximation.near_the_best --preset full    # 12 minutes on 2 cores

Outputs: ratios, fits, ingredients; table.csv has a row for each target, width and way of training.
"""
