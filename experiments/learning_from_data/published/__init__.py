"""Published results on spirals, the MONK's problems, a bottleneck and an adder are reproduced with their settings.

Source: OpenANN (GitHub), benchmarks/twospirals; fexed/neuralnetwork-from-scratch (GitHub) on the MONK's problems of
Thrun et al. 1991; yaroslavvb/hinton-problems (GitHub), distributed-to-local-bottleneck and binary-addition, after
Rumelhart, Hinton & Williams 1986 (PDP vol. 1, ch. 8). All data can be made offline. MNIST-1D is in
`wide_versus_deep.published`, in its authors' own protocol. Each published result is a row in `rows.py`; where its code
and its text differ, or one of them leaves something open, each version is a reading.

What the code of the sources says beyond their numbers:
- OpenANN's 192.49 and 192.66 of 193 test points are not numbers of right answers. The targets of that version are 0
  and 1 (its rescaling to -1 and 1 has no effect), and its code counts a point as right where the output is above 0 and
  the target is 1, and every point of target 0, whatever the output. Here a right answer is an output that is nearer to
  the point's own target than to the other one. OpenANN minimizes the sum of *fourth* powers: half of each squared error
  is given to a least-squares solver, which squares it. It takes up to 1,000 iterations. A later version has targets -1
  and 1 and counts those outputs that have the sign of their target, 188.25; it takes up to 10,000 iterations (mean 768,
  most 4,342). Here a network has 2,000 trials in the earlier version and 10,000 in the later; one that has not ended by
  then is cut off, and every finding tells how many were cut off.
- The MONK's networks have two hidden layers in the code and one in the text, and learn row by row. Each number is that
  of one run, which leaves intervals so wide that they could hardly rule out another protocol.
- The bottleneck's .007 / .167 / .553 / .971 is one network; the mean of 30 is .011 / .321 / .595 / .983. It is shaken
  whenever it is stuck for 300 epochs; without that, its text says, none of 30 networks solves the task. Whether ours do
  depends on when they are judged: they pass through a solution and leave it.
- The adder's gradient is that of the sum over its three outputs; its loss is their mean.

Protocol: a row's numbers are reproduced if they lie in the prediction intervals that our runs give for as many runs as
the source had; the numbers of one row share the 5%. The MONK's training sets are random subsets of the same sizes, a
new one for every network, as the published sets exist only as files.

    python -m experiments learning_from_data.published                  # 5 s: bottleneck and adder
    python -m experiments learning_from_data.published --preset full    # 15 minutes on 2 cores

Outputs: published, spirals; table.csv has a row per reading.
"""
