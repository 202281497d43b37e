"""Microsoft's table of deep and shallow networks, on digits: each layer helps, and one layer never catches up.

Source: Seide, Li & Yu, Interspeech 2011 (Microsoft Research), the evidence for depth that textbooks quote. It gives the
word error on Switchboard of L layers of 2,048 neurons, beside one layer of as many weights (3,772 neurons for five
layers, 4,634 for seven) and one layer of 16,000. Each layer helps up to five; one layer of equal weights is far behind;
the widest is hardly better than that. Two things to know: the deep networks there were pretrained layer by layer, and
that speech cannot be had here.

Protocol: the same table on MNIST-1D (N = 64) and on the MNIST digits that a package holds (N = 128), without
pretraining. There are L layers of N ReLU neurons; one layer of at most as many weights as five of them, and as seven;
and one four times as wide as the last (3.5 times in the original). Adam, batches of 100, softmax. The rate, the scale
of the first weights (LeCun's or He's) and the step at which to stop are chosen for every network: those of the least
mean error on draws of the data and seeds that are not reported. Then there are 8 fresh draws with two fresh seeds each,
the same for all networks. Differences are taken within a draw, as means of two seeds; intervals are Student's over
draws.
(A draw of MNIST-1D is generated anew. A draw of the MNIST digits deals the same 4,000 rows into 3,000 and 1,000, while
the other 1,000 are for tuning. So its draws are not independent, and its intervals and tests take 1/8 + 1000/3000, not
1/8, of the variance between draws: Nadeau & Bengio 2003.)

Differences are tested by Holm's rule: the steps of a task together, and all pairs of a deep and a shallow network
together. A difference stays open where the network that errs more was tuned to an end of the rates tried. In FULL this
concerns MNIST-1D, where eight of nine networks chose the greatest rate. The scale of the first weights is a choice
between two laws and not a grid, so it has no ends.

    python -m experiments wide_versus_deep.microsoft_table                  # 6 s; MNIST-1D, two layers, N = 16
    python -m experiments wide_versus_deep.microsoft_table --preset full    # 12 minutes on 2 cores

Outputs: tables (Microsoft's and these), weights; table.csv has a row per task and network.
"""
