"""Is a network the right tool for your table, or do linear models, forest or boosting do as well? And how sure is that?

    python -m experiments your_table prices.csv --target price           # QUICK: 4 trials, 5 folds
    python -m experiments your_table prices.csv --target price --preset full --name prices
    python -m experiments your_table predict results/runs/prices/your_table/right_tool new.csv > predicted.csv

The file is CSV (commas, semicolons, tabs or |; UTF-8; a header), NPZ (x and y, or an array for each column), or Parquet
where pyarrow is installed; its name may also be that of a table of scikit-learn: breast_cancer, wine, diabetes.

Protocol: the table is described first, with what is left out and why, and the time and memory that the run will take
are printed before it begins. A fifth of the rows is the test part: drawn at random, stratified by class, with copies of
a row, or rows of one --group, on one side; it is used once, at the end. Everything else uses the other rows. In every
outer fold each method is tuned anew by a random search with the same number of trials, by the mean loss (log loss, or
squared error) over inner folds; the errors on the outer folds are ranked. Differences between methods are paired by
fold, and their intervals are those of the corrected resampled t-test, as folds share rows. The network is
`nnjax.sklearn`'s: a sweep over candidates, then the mean of several of the best. At last every method is tuned and
fitted once more on all rows outside the test part, and its error on the test part is reported. The network of this last
fit is saved.

Source of the test: Nadeau & Bengio 2003, Machine Learning 52, 239-281.

    python -m experiments your_table.right_tool                          # without a file: scikit-learn's wine
    python -m experiments your_table.right_tool --preset full            # and breast_cancer, about 3 min on 2 cores

Outputs: ranking, rows, columns, and calibration (classes) or predicted (numbers); table.csv has a row for each method;
report.md has all of it in words; model.npz, model.json and model.py are the network, which needs NumPy alone.
"""
