"""Networks chosen by one sweep against scikit-learn's searches on eleven tables, at equal trials and at equal seconds.

`nnjax.sklearn` trains all candidates of a fit on all folds together. It is compared with RandomizedSearchCV over
MLPClassifier and MLPRegressor, which draws from the same hidden sizes and learning rates, and with a search over
HistGradientBoosting. The aims: more than 10 times as many candidates per second as the search over scikit-learn's
networks, an error no worse on any table, and a lower one on at least half of them. The sweep trains all its candidates
for an eighth of their steps, and then the best eighth for all steps, but at least as many as its ensemble has networks;
with as few candidates as here that is most of them.

Data: breast_cancer, wine, diabetes and digits of scikit-learn, and the seven tables of `experiments/lab/tables`.

Protocol: random splits, the same for all methods, in which equal rows lie on one side; at most 800 rows of a table are
for training and at most 2,000 for testing. Every method searches with the same number of folds, then is fitted again to
all training rows as its estimator does by default: our network as the mean of eight networks of the better half of its
candidates, the others as their best one. So a lower error may come from the mean of eight, not from the sweep. At equal
trials each tries the same number of candidates. At equal seconds the network is given a number of seconds, and the
search over scikit-learn's networks goes on, with the same number of trials each time, until it has taken at least as
long as the network really did, on the same split and cores. The network's compiled programs are dropped before every
fit, so that compiling counts; scikit-learn's worker processes are started beforehand. The error is the share of wrong
test rows, and 1 - R^2 for diabetes. Runs at equal seconds cannot be repeated exactly: another machine may try other
candidates in the same time.

    python -m experiments your_table.against_search                  # wine alone, too small for its aims
    python -m experiments your_table.against_search --preset full    # 55 minutes on 2 cores

Outputs: errors, speed; table.csv has a row per table and method.
"""
