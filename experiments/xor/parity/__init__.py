"""The time to learn N-bit parity grows as 4^N, and it is learned more often with 2N hidden neurons than with N.

Source: Tesauro & Janssens 1988 (Complex Systems 2, 39-44): training time "roughly as 4^n" for n = 2 to 8, with rate
and momentum tuned for every n. Whether that counts epochs or presentations is open: an epoch has 2^N presentations,
so 4^N presentations are 2^N epochs. Also open: their criterion, initial weights and momentum (near 1 for large n).
cybertronai/hinton-problems (GitHub): of 5 networks with N hidden neurons none learns 6-bit or 7-bit parity.

Protocol: N-H-1 sigmoid networks with H = N and 2N, inputs -1 and +1, targets 0 and 1, mean squared error over all 2^N
rows, full batch, weights and biases U(-1, 1). Rate and momentum are tuned together for every N and H, in two rounds on
seeds that are not reported, the second for as long as those that are, for the least median epochs or, where half of
the networks fail at all values, the most successes. The grid is over rate / (1 - momentum), the step size under a
steady gradient. They are tuned eight times, each time on seeds of its own, and each tuning trains 25 of the reported
networks; the intervals of shares and of the growth are over the eight. A network stops once all rows are within 0.4 of
their target (`experiments/xor/shared/solved.py`); one that has not by the cap is censored.

    python -m experiments xor.parity                  # 5 s
    python -m experiments xor.parity --preset full    # 15 minutes beside other runs: N = 2 to 7

Outputs: parity_growth, parity_survival, parity_success; table.csv has a row per N and H.
"""
