"""One threshold unit computes AND, OR or NOT AND, but not XOR; three units in two layers compute XOR.

Source: the textbook with its weights and thresholds: AND 0.5, 0.5 and 0.7; OR 0.5, 0.5 and 0.2;
XOR = AND(NOT AND, OR); the multilayer perceptron with every threshold 0.5. That no single unit computes XOR:
Minsky & Papert 1969. Nothing is trained: the networks come from `nnjax.theory.constructions` and are applied to the
four rows of the truth table, in single and in double precision.

Why one unit cannot compute XOR: if it fires where w.x > t, the two true rows of XOR give w.(0,1) + w.(1,0) > 2t and
the two false rows give w.(0,0) + w.(1,1) <= 2t; but (0,1) + (1,0) = (0,0) + (1,1), so both sums are the same number.
Such an equation between rows is a certificate, and it is searched for in integers.

    python -m experiments xor.written_down             # 2 s; --preset full is the same

Outputs: gates, xor; table.csv has a row for each network and precision, then one for each Boolean function.
"""
