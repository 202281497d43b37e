"""Published accuracies: the MLP of MNIST-1D ends at 64.6%, the mean of its authors' logs, logistic regression at 32%.

Source: Greydanus & Kobak 2020 (arXiv 2011.14439) and their repository greydanus/mnist1d (Apache 2.0). Its notebooks
have four logs of the MLP, 64.2, 64.6, 64.6 and 65.1% after 6,000 steps (mean 64.6), and two on shuffled inputs, 63.7
and 66.0; logistic regression has 31.5 and 31.7, shuffled 31.5. The table in its README gives one number for each model,
without a log: logistic regression 32%, the MLP 68%, plain and shuffled alike; plain, CNN 94, GRU 91, human 96%. Until
November 2026 this claim was judged against a range from 65 to 68%, which nobody had published, and against 66% as the
table's number for shuffled inputs, although it is that of a log.

Protocol of the notebooks, kept here: 40-100-100-10, ReLU; the second layer adds its input, h2 = relu(W h1 + b) + h1;
weights and biases U(-1, 1) / sqrt(fan in), as PyTorch draws them; Adam at 1e-2, constant; batches of 100 in the order
of the file; accuracy on the 1,000 test examples at the end of training, not the best on the way. The authors' loop
counts its steps from 0 and evaluates after each update, so their step 6,000 is the 6,001st update, on the first batch
again; within an epoch the accuracy swings by about a point. There are 32 seeds on the published draw, plain and
shuffled (by another permutation than theirs), and two seeds on each of 16 fresh draws. Seeds begin at 64: earlier ones
had been seen when the references, and later the number of updates, were corrected. Three more models are trained: the
same network without the added h1, logistic regression by the same protocol, and a plain MLP that is tuned (AdamW,
batches reshuffled). Its rate, weight decay and number of steps are those with the highest mean accuracy on 800 of the
4,000 training examples, on seeds that are not reported; it is then trained on all 4,000.

The mean of the logged runs, or a number of the table, is reproduced if it lies, give or take its rounding, in Student's
95% interval of prediction for one more network; it is not reproduced if it lies outside the wider interval that allows
for all numbers of this source, and not settled if it lies between the two. The logs share a seed and differ by machine
and version, so they count as one network, and their own spread is not used. The added h1 is shown to make no difference
if the interval of the difference lies within a point of 0.

    python -m experiments wide_versus_deep.published                  # 6 s; the two models with a published number
    python -m experiments wide_versus_deep.published --preset full    # 13 minutes on 2 cores

Outputs: accuracy, curves; table.csv has a row per model and data.
"""
