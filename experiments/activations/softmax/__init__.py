"""What softmax says of classes, what a temperature changes, and what a squared error costs instead of cross-entropy.

Softmax makes positive numbers that sum to 1 out of logits; only differences of logits count, and with two classes it is
the sigmoid of their difference. Under cross-entropy the gradient of a logit is p - y: the more wrong an answer, the
harder it is pushed. Under the squared error of the same p the gradient vanishes when a network is confident and wrong.

Protocol: three noisy spirals of 256 points, 32 tanh units, full batch; the time is the number of steps to 95% of the
rows right, censored at the last step. Every reported draw of the data has a network of its own. The rate is tuned for
every solver, loss, start and temperature on other draws, on a grid that grows where its end is best, eight times, each
time on ten draws of its own; each of the eight rates trains twelve of the reported networks, and intervals are over the
eight. Starts: LeCun's, and the same with output weights 4 and 16 times as large, which make a network more and more
confident, and mostly wrong. Theory, for two bare logits: the slope of the loss and the time to unlearn an error
(`nnjax.theory.confident_errors`). Two classes: the same networks from the same start with two softmax outputs and with
one sigmoid output, float64; how their losses part follows from the algebra in `pairs.py`, so it is drawn and tested but
not judged.

Sources: Solla, Levin & Fleisher 1988; Agarwala et al. 2020; Guo et al. 2017; the textbook.

    python -m experiments activations.softmax                  # 10 s, mostly compiling
    python -m experiments activations.softmax --preset full    # 7 minutes on 2 cores

Outputs: confident_errors, times, courses, temperature, two_classes; table.csv has a row per solver, loss, start and
temperature.
"""
