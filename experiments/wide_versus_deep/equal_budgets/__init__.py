"""More hidden layers improve performance significantly, even at equal numbers of parameters.

Sources: the textbook ("more layers improve performance significantly", after Seide, Li & Yu 2011); against it, ten
seeds on MNIST at equal budgets, where depth gains nothing (tcotten-scrypted/persistent-stochastic-ablation-resmlp on
GitHub). Theorems promise that depth helps to express a sawtooth (Telgarsky 2016), x^2 (Yarotsky 2017), a composition
along a tree (Mhaskar & Poggio 2016) and a radial wave (Eldan & Shamir 2016); none says that these can be learned.

Protocol: ReLU networks of 1 to 8 equal hidden layers with as many parameters to within 5% (one layer may differ,
`mlp.hidden_for_budget`), and the deepest once more with residual layers. Budgets from 250 to 16,000 parameters, 64,000
for MNIST-1D alone; each task from the smallest budget that leaves its deepest network a width of about 5. There are
twelve tasks (`shared/tasks.py`). The composition has a control with the same coefficients in an orthonormal basis and
their signs drawn anew. The sawtooth with many teeth has 2^k pieces, more than one hidden layer has neurons; the one
with few teeth has 8 pieces, far fewer, so it tests optimization alone.

Training: 8,000 steps of Adam, cosine schedule to 0, batches of 64, He initialization, biases as in PyTorch. There are
12 fresh draws of the data with two fresh seeds each, 24 networks; 24 draws of the composition and its control, whose
draws differ most. Deep minus shallow is a difference of log errors within a draw, averaged over its seeds. An error is
the share of the variance left, or the share of test rows that are wrong; a mean of logs is a geometric mean.

Tuning: every shape and task has rates of its own, in factors of 2 from 2^-12 to 2^-3, and a weight decay of 0 or 0.1
(decoupled, AdamW). `nnjax.tuning.halve` makes equally many trials for every shape: all rates after a sixteenth of the
steps, four after a quarter, three after all. While the best lies at an end, the grid grows beyond it, up to six times;
if a deciding rate still lies at an end, the run stops and reports nothing. Rates are chosen by the mean log error after
all the steps, on two draws with two fresh seeds each, none of which is reported; so are the decay and the best depth.
All trials are in the data.

Chance in tuning: at the least and the greatest budget of each family everything is tuned again, on other draws and
seeds, and the reported draws are trained again with these rates. From the differences d between the two mean log
errors, pooled over the n shapes of a task, the variance of tuning is sum(d^2) / 2n with n degrees of freedom. Each
interval includes it once for each tuned network that is compared, beside the variance over draws
(`statistics.mean(..., also=)`, with the degrees of freedom of Welch and Satterthwaite). A draw of the MNIST digits
splits the same 4,000 rows anew into 3,000 and 1,000 (the other 1,000 are for tuning alone), so draws are dependent: the
variance of their mean is 1/12 + 1000/3000, not 1/12, times the variance between draws (Nadeau & Bengio 2003).

Rules: each pair of task and budget is read from the 95% interval of the ratio of errors, the best deep network over
one hidden layer. Depth helps if all of it lies below 1, and hurts if all of it lies above 1; else the two are equal if
all of it lies from 1/1.1 to 1.1, and otherwise the pair is not settled. A gain or loss within this margin is called
small. A sawtooth is left out at budgets at which no network explains half of it on the seeds of tuning. The tasks were
chosen by hand, so a count of pairs would say little: the map is the summary, and each interval stands for itself,
without a correction for their number.

Equal seconds: a step of every shape is timed alone. All shapes get the time that the fastest one takes for all its
steps. The errors of the others are interpolated, in logs, between networks that had a quarter of the steps (with a
schedule of their own) and networks that had all. A shape more than four times slower is read after that quarter, in
its favour.

    python -m experiments wide_versus_deep.equal_budgets                  # 15 s, mostly compiling; two spirals alone
    python -m experiments wide_versus_deep.equal_budgets --preset full    # 3.8 hours on 2 cores; can be resumed

Each shape is one program; it serves tuning, both lengths and all draws. One sweep has all draws, each with networks of
its own, both decays and both tunings.

Outputs: map (the summary), by_depth, differences, seconds; table.csv has a row per task, budget and shape.
"""
