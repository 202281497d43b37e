"""More hidden layers improve performance significantly, at equal numbers of parameters too.

Sources: the textbook ("more layers improve performance significantly", after Seide, Li & Yu 2011); against it, ten
seeds on MNIST at equal budgets, where depth gains nothing (tcotten-scrypted/persistent-stochastic-ablation-resmlp on
GitHub). Theorems promise that depth helps to express a sawtooth (Telgarsky 2016), x^2 (Yarotsky 2017), a composition
along a tree (Mhaskar & Poggio 2016) and a radial wave (Eldan & Shamir 2016); none says that it can be learned.

Protocol: ReLU networks of 1 to 8 equal hidden layers with as many parameters to within 5 % (one layer may differ,
`mlp.hidden_for_budget`), and the deepest once more with residual layers. Budgets from 250 to 16,000 parameters, 64,000
for MNIST-1D alone; each task from the smallest budget that leaves its deepest network a width of about 5. There are
twelve tasks (`shared/tasks.py`). The composition has a control with the same coefficients in an orthonormal basis and
their signs drawn anew. The sawtooth with many teeth has 2^k pieces, more than one hidden layer has neurons; that with
few teeth has 8 pieces, far fewer, so it tests optimization alone.

Adam, cosine schedule to 0, batches of 64. The rate and the scale of the first weights (LeCun's or He's; biases as in
PyTorch) are tuned for every shape and task, on seeds and draws of the data that are not reported, after a quarter of
the steps. The best depth is chosen on these too, with the tuned numbers after all the steps. Then there are 8 fresh
draws with two fresh seeds each: 16 networks. Deep minus shallow is a difference of log errors within a draw, a mean of
two seeds; intervals are Student's over draws. An error is the share of the variance left, or the share of test rows
that are wrong; a mean of logs is a geometric mean. A draw of the MNIST digits deals the same 4,000 rows anew into 3,000
and 1,000 (the other 1,000 are for tuning alone), so its draws are not independent: its intervals and tests take 1/8 +
1000/3000, not 1/8, of the variance between draws (Nadeau & Bengio 2003), and are 1.9 times as wide.

Equal seconds: a step of every shape is timed alone. All shapes get the time in which the fastest one ends. The others
are read before their end: on a line, in logs, between networks that had a quarter of the steps (with a schedule of
their own) and networks that had all. One that is more than four times slower is read after that quarter, which is in
its favour.

There are many comparisons, one for each task and budget, which Holm's rule corrects together. That depth brings no
gain is shown by an interval of the ratio of errors above 0.9, not by a test that finds nothing. A tuned rate at an end
of its grid leaves a comparison open where a rate beyond could undo it. In FULL this concerns many of the gains of
depth, as most one-layer networks chose the greatest rate. The scale of the first weights is a choice between two laws
and not a grid, so it has no ends.

    python -m experiments wide_versus_deep.equal_budgets                  # 8 s, mostly compiling; two spirals alone
    python -m experiments wide_versus_deep.equal_budgets --preset full    # 22 minutes on 2 cores

Each shape is one program; 114 of them compile in about 100 s on 2 cores and serve tuning, both lengths and all draws.

Outputs: map (the summary), by_depth, differences, seconds; table.csv has a row per task, budget and shape.
"""
