"""One neuron learns exactly 4, 14, 104, 1,882, 94,572, 15,028,134 and 8,378,070,864 functions of 1 to 7 inputs.

Sources: OEIS A000609 (counts), A000372 and A003182 (monotone functions); Novikoff 1962; Muroga 1971 (a proof needs
only four rows; regular functions).

Protocol: a perceptron is trained on every Boolean function of 1 to 4 inputs, -1 and 1, all of them at once. It either
learns the function, or its weights return to earlier ones: then the signed rows that it added in between sum to zero,
in whole numbers, which proves that no neuron computes the function. A second proof is also sought: two true and two
false rows of equal sum.

There are too many functions of more inputs, but symmetry leaves few that must be tried:
- A neuron's function is unate: it never both rises and falls with one input (if it rose from p to q and fell from r
  to s along that input, then q + r = p + s would be such a proof). Negating some of the inputs it depends on, in one
  way only, makes a unate function monotone. So for 5 inputs the 7,581 monotone functions are tried, and each counts
  2^(inputs it depends on) times; for 6, one of each of the 16,353 classes into which permutations divide 7,828,354.
- A neuron's function is regular once its inputs are in the order of their weights. So for 7 inputs the 44,315 regular
  functions are tried, and each counts for its permutations too. For 5 and 6 inputs this is a second way to count.
- SciPy's linear programming (HiGHS) decides all functions tried for 5 to 7 inputs again, and each answer is checked.

The mistakes of every neuron that learns are compared with Novikoff's bound for the widest margin of its own function.

    python -m experiments perceptron.census                  # to 5 inputs, 4 s
    python -m experiments perceptron.census --preset full    # 4 minutes on 2 cores

Outputs: census, mistakes, decided; table.csv has a row for every number of inputs.
"""
