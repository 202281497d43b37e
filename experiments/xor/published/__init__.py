"""Published results on learning XOR and parity are found again with the settings given, on up to 10,000 seeds.

Source: Rumelhart, Hinton & Williams 1986 (PDP vol. 1, ch. 8); sauljabin/ai-timeline, yaroslavvb/hinton-problems and
cybertronai/hinton-problems (GitHub). Each published result is a row in `rows.py`, with what its source leaves open.

Protocol: every row is repeated in a first reading of its source, and in others that make one or two of the open choices
differently. Published counts are compared by Fisher's exact test, published medians by the exact probability that the
median of as many networks of ours lies as far out. Holm's correction covers all readings that decide (those of parity
apart), and within a row its other readings. A reading is consistent when its corrected p-value is 0.05 or more. The
correction guards against calling a source wrong by chance and so makes "consistent" easier; the uncorrected p-values
are in table.csv. A source with few runs is consistent with almost everything, which settles nothing. A mean of an
unknown number of runs (Chauvin's, reported in PDP) is compared by a margin, as a test needs that number. If the factors
by which several readings bring our mean nearer to it, multiplied, would reach the margin, nothing is settled.

PDP says two things about 2-2-1, which are two rows: the authors met two local minima in hundreds of runs, and Chauvin
needed 245 presentations of each pattern on average, at a rate of 0.25 and to an error of 0.01. Until November 2026 both
were one row, as if the same 200 runs had a *median* of 245 epochs until every output was within 0.4.

The first reading decides, except for hinton-problems, which leaves nothing open: its text and code name the mean over
the rows, outputs within 0.5, the initial weights (for parity hidden biases that are spread over the sums of inputs of
-1 and 1), and when a run starts again. First readings were fixed before this code was read, but for
`hinton-direct-links`, which came later. With the source's random numbers its settings give exactly its 25 and 29 of
30 runs on XOR, its medians of 730 and 1,005 epochs, and the median and range of its five runs of parity for N = 2 and
3 (tests check it), so they decide, on many more networks. It has only five runs for each number of bits, so these are
judged together.

    python -m experiments xor.published                  # 5 s: two rows, in the first reading and the one that decides
    python -m experiments xor.published --preset full    # 8 minutes, beside other runs: all rows

Outputs: published; table.csv has a row per reading (older data also hold networks that repeat no published source).
Epochs are recorded every 10, 20 or 100 (`rows.py`), so a time is too long by at most that.
"""
