"""Which activation learns fastest on five tasks, when each has its own learning rate and its own initial weights?

Time is the number of training steps to a level that was fixed for each task before any data:
- XOR, 2-8-1: all four outputs within 0.4 of their targets (Fahlman 1988);
- a smooth target, e^x cos 5x, and a kinked one, |x - 1/pi|, both 1-32-1: 1 % of the target's variance is left. The
  kink is not at 0, where all ReLU units bend at first, and neither target is an activation itself;
- two spirals, 2-32-32-1: every point on its side (Lang & Witbrock 1988);
- MNIST-1D, 40-64-64-10: 25 % training error (Krizhevsky et al. 2012).
The question is speed alone, on the training rows: how well the networks generalise is not looked at.
A network that has not arrived when its task's steps are over is censored: slower than all that have.

Sources: LeCun et al. 1998, "Efficient BackProp"; Sopena et al. 1999; Krizhevsky et al. 2012; Clevert et al. 2016;
Hendrycks & Gimpel 2016; Ramachandran et al. 2017; Goodfellow et al. 2016.

Protocol: gradient descent with momentum 0.9, as in most of these sources, and Adam; full batch, MNIST-1D in batches of
50; float32. Weights are LeCun's (variance 1 / fan_in) times `init_scale`: 1 is LeCun's law, sqrt 2 is He's, and where a
layer is as wide as the one before it 1 is Glorot's as well; biases begin at zero. For every activation, task and solver
the learning rate and `init_scale` together are tuned for the least mean log of steps on seeds that are not reported
(with all the steps allowed where a network does not arrive); where the best lies at an end of a grid, the grid grows,
up to three times. Fresh seeds are then compared in pairs: the same seed has the same draws under every activation.

Comparisons: in how many seeds is one activation there before the other (sign test; ties count for neither), with Holm's
correction over all pairs of all tasks and solvers; and the median over seeds of the ratio of steps, with the interval
that the sign test gives. Activations that the corrected test does not separate are tied.

What the intervals hold: whether a network is at the level is looked at after every step on XOR, every 5 on the smooth
and the kinked target and the spirals, and every 10 on MNIST-1D, where medians may be as short as that. So a recorded
step says only that the level was reached since the look before, and intervals are widened by this at both ends. (Of two
networks seen at different steps the order is certain, if none is at the level between two looks and leaves it again.)
What they do not hold: rate and scale are chosen by few tuning seeds. Each comparison is one of two tuned points, and
other tuning seeds may have chosen others.

    python -m experiments activations.fastest                  # 6 s; the kink, three activations, Adam
    python -m experiments activations.fastest --preset full    # 7 minutes on 2 cores

Outputs: ranking, claims, learning_curves, tuning; table.csv has a row per task, solver and activation.
"""
