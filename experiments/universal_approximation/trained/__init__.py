"""Training finds better approximations as neurons are added, which stay near the best of their size.

Cybenko (1989) and Hornik et al. (1989) prove that there are networks with one hidden layer that approximate any
continuous function as well as one likes; they do not say that training finds them. This claim measures what training
finds. For N ReLU neurons the error E(N + 1) of the best N + 1 free pieces is a hard bound, which falls like N^-2 on
smooth targets (de Boor 1973). The error of the best network of N neurons is computed up to N = 64; what a trained
network has beyond it is lost by training. For analytic targets there are networks of smooth neurons whose error falls
faster than any power of N (Mhaskar 1996).

Protocol: networks 1-N-1, twelve targets moved to [-1, 1], mean squared error, six activations: sigmoid, tanh, ReLU,
GELU, sine and ELU. (A step is left out: no gradient comes through it. ELU has a continuous slope but no continuous
curvature, so it stands between ReLU and the smooth ones.) Neurons begin centred all over the interval. The scale of the
first weights, and the learning rate of Adam, are tuned for every solver, activation, target and N on two seeds that are
not reported, by the error at points that are not reported; L-BFGS finds its step lengths by a line search, and variable
projection its damping. Errors are root mean squares over the interval: exact, piece by piece, for ReLU networks, and
for the others on 3,000 points between the training points. Slopes are those of medians; their intervals resample the
seeds, each with its errors at all N. A network that diverged counts as worst.

To keep FULL within its time, wide networks have fewer seeds and steps (the captions say how many). Adam (float32) takes
1,000 steps with batches of 64 rows: 32 seeds, but 16 at N = 128 and 8 at 256. L-BFGS (float64) has 32 seeds up to
N = 16, 8 up to 64, then 6, and takes 200, 150, 50 and (N = 256) 30 steps. Variable projection (float64) has 32, 16, 8
and 6 seeds at N up to 8, 16, 32 and 64, where it ends, and takes 50 steps (30 at N = 64). QUICK is ReLU alone, with
variable projection and, at N = 4, Adam (`--activations tanh relu` takes twice the time, nearly all of it compiling).

    python -m experiments universal_approximation.trained                  # 12 s, mostly compiling
    python -m experiments universal_approximation.trained --preset full    # 13 minutes on 2 cores

Outputs: error_by_target, rates, seconds, fits, film (an animation); table.csv has a row per solver, activation, target
and N.
"""
