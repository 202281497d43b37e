"""A network no wider than its inputs cannot enclose a class, however deep it is; one neuron more is enough.

Johnson 2019: with d inputs, layers of width d or less, and an activation that is one-to-one or a limit of such
functions, as tanh and ReLU are, no decision region is bounded. If one class is a ball inside a ring, such a network
leaves a way out of the ball through the ring. Width d + 1 is enough; with sine or GELU, which are not one-to-one, width
d may be enough too.

Protocol: a ball of radius 1/2 inside a ring from 3/4 to 5/4, in two and in three dimensions; widths 1 to d + 3; Adam
with a cosine schedule, batches of 64. The rate is tuned for every activation, width and depth by accuracy, eight times,
each time with four seeds and 512 points of its own; each tuning has an eighth of the reported networks, on other seeds
and other 512 points. Intervals are over the eight, so they hold for other points, starts and tunings. A decision set is
judged by its topology on a grid over a box twice as wide as the ring (`topology.py`): it is closed if the part that
holds the inner ball does not reach the edge of the box. A set that seems closed is examined again on finer grids, up to
six times, around the place where it comes nearest to the outside.

Sources: Johnson 2019; Beise, Dias da Cruz & Schroeder 2021; Hanin & Sellke 2017; Lippmann 1987; Kim, Min & Park 2024.

    python -m experiments wide_versus_deep.minimal_width                  # 6 s
    python -m experiments wide_versus_deep.minimal_width --preset full    # 66 minutes beside other work

Outputs: decision_sets, closed, corridor; table.csv has a row per activation, number of inputs, depth and width.
"""
