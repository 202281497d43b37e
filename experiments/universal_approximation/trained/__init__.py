"""Training finds better approximations as neurons are added; how fast the error falls depends on the solver.

Cybenko (1989) and Hornik et al. (1989) prove that there are networks with one hidden layer that approximate any
continuous function as well as one likes; they do not say that training finds them. This claim measures what training
finds. For N ReLU neurons the error E(N + 1) of the best N + 1 free pieces is a hard bound, which falls like N^-2 on
smooth targets (de Boor 1973). The error of the best network of N neurons is computed too; the error of a trained
network beyond it is lost by training. How near a search can come is another claim, `near_the_best`. For analytic
targets there are networks of smooth neurons whose error falls faster than any power of N (Mhaskar 1996).

Protocol: networks 1-N-1, N up to 64, twelve targets moved to [-1, 1], mean squared error, six activations: sigmoid,
tanh, ReLU, GELU, sine and ELU. (A step is left out: no gradient comes through it. ELU has a continuous slope but no
continuous curvature, so it stands between ReLU and the smooth ones.) Neurons start with centres all over the interval.
The scale of the initial weights, and the learning rate of Adam, are tuned for every solver, activation, target and N on
two seeds that are not reported, by the error at points that are not reported; a value at an end of its grid is taken
only if it is better than all inside by a tenth. L-BFGS finds its step lengths by a line search, and variable projection
its damping. Errors are root mean squares over the interval: exact, piece by piece, for ReLU networks, and for the
others on 3,000 points between the training points. Slopes are those of medians; their intervals, and those of the
ratio of two medians, resample the seeds, each with its errors at all N. A network that diverged counts as worst.

Every solver takes the same number of steps at every N, and all is judged after these: 120 steps of variable projection,
1,600 of L-BFGS (both float64), 8,000 of Adam (float32, batches of 64 rows, cosine schedule). It is also reported at how
many settings training had ended: where the second half of the steps lowered the median error by a tenth at most. With
equal seconds the steps would fall with N, and a greater error could be due to the budget. Until November 2026 L-BFGS
took 200 steps at N = 16 and 30 at N = 256, and its error rose with N for that reason. There are 16 seeds up to N = 16
(Adam: at every N), then 8. QUICK is ReLU alone, with variable projection and, at N = 4, Adam
(`--activations tanh relu` takes twice the time, nearly all of it compiling).

    python -m experiments universal_approximation.trained                  # 12 s, mostly compiling
    python -m experiments universal_approximation.trained --preset full    # 66 minutes on 2 cores

Outputs: error_by_target, rates, seconds, fits, film (an animation); table.csv has a row per solver, activation, target
and N.
"""
