"""Where networks are stuck on XOR, and whether they leave: sigmoids near no finite minimum, ReLUs in flat ones.

Source: Hamey 1998 (Neural Networks 11, 669-681): with sigmoids and squared error 2-2-1 has no finite local minimum.
He does not say that a stuck network leaves: its weights may grow for ever. In sauljabin/ai-timeline (GitHub) 10 of 50
networks fail, trained row by row at rate 0.5, all with two outputs within 0.05 of 0.5; one of them is still stuck after
100,000 epochs. With ReLU the loss of such a network has flat local minima.

Protocol: 2-2-1, weights and biases U(-1, 1), squared error, full-batch gradient descent without momentum, float64.
Rates are those for half the sum of squares, as older papers count: 0.5 there is 1.0 on the mean over four rows.
Sigmoid networks (sigmoid output) run at the customary 0.5 and at a rate tuned on seeds that are not reported;
ReLU networks (linear output) run at a tuned rate. A network is stuck while some row is more than 0.4 off its target
(`experiments/xor/shared/solved.py`).

    python -m experiments xor.failures                  # 4 s
    python -m experiments xor.failures --preset full    # 7.6 s: 3 x 1,000 networks, 100,000 epochs each

Outputs: plateau_escape, where_stuck, growing_weights; table.csv has a row per setting and checkpoint.
"""
