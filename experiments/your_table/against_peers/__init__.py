"""Networks chosen by one sweep against RealMLP and TabM, deep networks made for tables, all at their defaults.

`nnjax.sklearn` with its own defaults (60 candidates on five folds, then the mean of eight networks of the best five,
trained on all training rows) is compared with pytabkit's RealMLP-TD and TabM-D with theirs (one training on four fifths
of the training rows; the other fifth selects the best epoch) on the same random splits. The aims, for each of the two:
our error is more than a tenth above its error on at most three tables of eleven, and less than a tenth above it in the
geometric mean over tables.

Data: breast_cancer, wine, diabetes and digits of scikit-learn, and the seven tables of `experiments/lab/tables`.

Protocol: random splits in which equal rows lie on one side, drawn as in `your_table.against_search` with other seeds,
as those splits had been seen before the aim for the mean was set; at most 800 rows of a table are for training and at
most 2,000 for testing. The error is the share of wrong test rows, and 1 - R^2 for diabetes. Seconds are those of `fit`
times the cores that it had: ours has all cores, one fit after the other, and compiles anew for each; the others have
one thread each, with as many fits at once as there are cores.

Source: Holzmüller, Grinsztajn & Steinwart 2024, "Better by default: strong pre-tuned MLPs and boosted trees on tabular
data" (RealMLP, pytabkit); Gorishniy, Kotelnikov & Babenko 2025, "TabM: advancing tabular deep learning with
parameter-efficient ensembling".

    pip install -e '.[peers]'
    python -m experiments your_table.against_peers                   # wine alone, too small for its aims
    python -m experiments your_table.against_peers --preset full

Outputs: errors, seconds; table.csv has a row per table and method.
"""
