"""Published results on learning XOR and parity come out again with the settings given, on up to 10,000 seeds.

Source: Rumelhart, Hinton & Williams 1986 (PDP vol. 1, ch. 8); sauljabin/ai-timeline, yaroslavvb/hinton-problems and
cybertronai/hinton-problems (GitHub). Each published result is a row in `rows.py`, with what its source leaves open.

Protocol: every row is repeated in a first reading, and then with one open choice at a time made differently.
Published counts are compared by Fisher's exact test, published medians by the exact probability that the median of as
many networks of ours lies as far out. Holm's correction is over all readings that decide, and within a row over its
others. A reading is consistent when its corrected p-value is 0.05 or more. The correction guards against calling a
source wrong by chance and so makes "consistent" easier: the p-values before it are in table.csv. A source of few runs
is consistent with almost everything, which settles nothing. A mean of an unknown number of runs (Chauvin's, told in
PDP) is compared by a margin: no sample is made up for it. Where the changes of several readings, multiplied, would come
to the margin, nothing is settled.

PDP says two things of 2-2-1, which are two rows: the authors met two local minima in hundreds of runs, and Chauvin
needed 245 presentations of each pattern on average, at a rate of 0.25 and to an error of 0.01. Until November 2026 both
were one row, as if the same 200 runs had a *median* of 245 epochs until every output was within 0.4.

The first reading decides, but for two rows. First readings were fixed before the code of the GitHub repositories was
read. For XOR hinton-problems leaves nothing open: its text and code name the mean over the rows, outputs within 0.5,
and when a run starts again. With its random numbers this setting gives its 25 of 30 runs and its median of 730 to the
epoch (a test holds it), so this reading decides, on 10,000 networks. Its parity networks have inputs -1 and +1, biases
spread over the range of the sums, and restarts, none of which is repeated here.

    python -m experiments xor.published                  # 5 s: two rows, in the reading that decides
    python -m experiments xor.published --preset full    # 100 s: all rows

Outputs: published; table.csv has a row per reading (older data also hold networks that repeat no published source).
Epochs are recorded every 10 or 20, so a time is too long by at most that.
"""
