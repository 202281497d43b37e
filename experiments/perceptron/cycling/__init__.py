"""On functions that no neuron computes, a perceptron's weights cycle; pocket and average get fewer rows wrong.

Sources: Minsky & Papert 1969, chapter 11, and Block & Levin 1970 (the weights stay bounded, so that on whole numbers
they must return); Gallant 1990 (the pocket: keep the best weights seen, which in the limit are the best that exist);
Freund & Schapire 1999 (the average of all weights).

Protocol: XOR is followed step by step. Then every Boolean function of n inputs, -1 and 1, that no neuron computes is
given to four rules: the perceptron as it stands when it is stopped, the pocket with its ratchet and without, and the
average. The pocket visits rows at random, the others in order, as their authors describe. For each rule the rows that
it gets wrong are counted, minus those that the best possible neuron gets wrong, which is found by comparing with every
function that one neuron learns. The pocket's limit is far beyond these visits. It is decided in whole numbers, for one
function of each symmetry class: `reachable.py` follows all weights that a perceptron can reach on rows in any order.

    python -m experiments perceptron.cycling                  # 3 inputs, 6 s
    python -m experiments perceptron.cycling --preset full    # 4 inputs, 4 minutes on 2 cores

Outputs: orbit, inseparable; table.csv has a row for each rule and number of rows visited.
"""
