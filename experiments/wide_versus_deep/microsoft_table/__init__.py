"""Microsoft's table of deep and shallow networks, on digits: each layer helps, and one layer never catches up.

Source: Seide, Li & Yu, Interspeech 2011 (Microsoft Research), the evidence for depth that textbooks quote. It gives the
word error on Switchboard of L layers of 2,048 neurons, beside one layer of as many weights (3,772 neurons for five
layers, 4,634 for seven) and one layer of 16,000. Each layer helps up to five; one layer of equal weights is far behind,
and the widest is hardly better. But the networks there were pretrained as belief networks, and their speech data are
not available here. On the other side are published networks of equal weights on MNIST (`published_mnist.py`),
for which depth gains nothing; a figure shows them beside the results measured here.

Protocol: the same table, without pretraining, on MNIST-1D, which is generated (40,000 rows to train, 10,000 to test),
and on the 5,000 MNIST digits that a package holds (3,000 and 1,000, and 1,000 for tuning alone). There are L = 1 to 5
layers of N = 128 ReLU neurons; one layer with at most as many weights as five of them; and one four times as wide as
that (4.2 times in the original). Softmax, 40 epochs of Adam, batches of 100 rows that are shuffled anew for each epoch,
cosine schedule to 0, He initialization, biases as in PyTorch; no weight decay and no early stop. There are 8 fresh
draws of the data with two fresh seeds each, the same for all networks. An error is the share of test rows that are
wrong; deep minus shallow is a difference of log errors within a draw, averaged over its two seeds.

Tuning: every network and task has a rate of its own, in factors of 2 from 2^-12 to 2^-5, by `nnjax.tuning.halve`, as in
`equal_budgets`: the winner and both its neighbours are trained at full length. While the best lies at an end, the grid
grows beyond it, up to six times; a rate that still lies at an end stops the run. Rates are chosen by the mean log error
of four networks for each setting on MNIST-1D (two draws, two seeds each) and of eight on the digits (four draws), none
of them reported. All trials are in the data.

Chance in tuning: all networks but the far wider one, which costs as much as all the others, are tuned again on other
draws and seeds, and the reported draws are trained again with these rates. From the differences d between the two mean
log errors, pooled over the n networks of a task, the variance of tuning is sum(d^2) / 2n with n degrees of freedom.
Each interval includes it once for each tuned network that is compared, beside the variance over draws
(`statistics.mean(..., also=)`). Each draw of MNIST-1D is generated anew. A draw of the MNIST digits splits the same
4,000 rows anew into 3,000 and 1,000, so draws are dependent: the variance of their mean is 1/8 + 1000/3000, not 1/8,
times the variance between draws (Nadeau & Bengio 2003). Then more draws can hardly halve an interval; verdicts say so.

Rules: each comparison is read from the 95% interval of the ratio of errors, as in `equal_budgets`: a layer, or depth,
helps if all of it lies below 1, and hurts if all of it lies above 1; else it is equal if all of it lies from 1/1.1 to
1.1, and otherwise not settled. A gain or loss within this margin is called small. Each interval stands for itself. What
is not settled comes with the least ratio that could have been shown, and with the cost of half the interval.

    python -m experiments wide_versus_deep.microsoft_table                  # 6 s; MNIST-1D, two layers, N = 16
    python -m experiments wide_versus_deep.microsoft_table --preset full    # 92 minutes on 2 cores, beside other work

It takes up to 2 GB of memory. The shuffle takes 4% of the time of five layers.

Outputs: tables (Microsoft's and these), weights, ratios; table.csv has a row per task and network.
"""
