"""What softmax says of classes, what a temperature changes, and what a squared error costs in its place.

Softmax makes positive numbers that sum to 1 out of logits; only differences of logits count, and with two classes it is
the sigmoid of their difference. Under cross-entropy the gradient of a logit is p - y: an answer is pushed the more, the
more it is wrong. Under the squared error of the same p the gradient vanishes when the network is confident and wrong.

Protocol: three noisy spirals of 256 points, 32 tanh units, full batch; the time is the number of steps to 95% of the
rows right, censored at the last step. Every reported draw of the data has a network of its own. The rate is tuned for
every solver, loss, start and temperature on other draws, on a grid that grows where its end is best. Starts: LeCun's,
and the same with output weights 8 and 32 times as large, which make a network sure of what it says and mostly wrong.
Theory: of two bare logits, the slope of the loss and the time to unlearn (`nnjax.theory.confident_errors`). Two
classes: the same networks from the same start with two softmax outputs and with one sigmoid output, float64; how they
part follows from the algebra in `pairs`, so it is drawn and tested, and judged by no rule.

Sources: Solla, Levin & Fleisher 1988; Agarwala et al. 2020; Guo et al. 2017; the textbook.

    python -m experiments activations.softmax                  # 10 s, mostly compiling
    python -m experiments activations.softmax --preset full    # about a minute on 2 cores

Outputs: confident_errors, times, courses, temperature, two_classes; table.csv has a row per solver, loss, start and
temperature.
"""
