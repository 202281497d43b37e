"""Deep networks learn a sawtooth that they can express from starts near its solution, and not from random ones.

k hidden layers of 2 ReLUs express a sawtooth of 2^k straight pieces exactly (`expressible`). Four questions, in three
parts of the run:
- sawtooth: when every parameter of that solution is moved by noise (a share of its layer's root mean square) and the
  network is then trained, how often does it return?
- sawtooth: from random starts, with the same shape, wider layers, or one hidden layer of as many parameters, how often
  is the sawtooth learned?
- coarse: does a deep network learn a target as well as a shallow one could approximate it (Malach & Shalev-Shwartz
  2019, who show it of gradient descent on fractal distributions)? Targets have n levels of detail, with weights from
  mostly coarse to mostly fine: sums of sawtooths, and the Cantor set with gaps of all levels. How well a shallow
  network of the same width can do is computed and not trained: the best N + 1 free pieces, the best N + 2 runs of one
  answer. The rival explanation, that finer targets are harder, is compared with it.
- taught: does a shallow network that a deep one teaches (Ba & Caruana 2014) beat one that learns from the labels, where
  the deep one does? Points below a sawtooth or not, few labels and some of them wrong, many points without labels.

Sources: Telgarsky 2015; Malach & Shalev-Shwartz 2019, "Is deeper better only when shallow is good?"; Livni,
Shalev-Shwartz & Shamir 2014; Ba & Caruana 2014, "Do deep nets really need to be deep?".

Protocol: Adam, cosine schedule, batches of 128 in an order drawn once, float32. A network has learned a sawtooth when
less than 1% of its variance is left at test points. Learning rate, and from random starts the size of the first biases
(weights by He et al.), are tuned for every setting on seeds that are not reported; those of taught networks, which are
trained by AdamW, together with its weight decay on other draws of the data. The size of the first biases is a choice
between two and not a grid, so it has no ends. Shares have Wilson's intervals.

    python -m experiments wide_versus_deep.learnable                  # 4 s, mostly compiling; the sawtooth alone
    python -m experiments wide_versus_deep.learnable --preset full    # 37 minutes on 2 cores

Outputs: perturbed, random_starts, coarse, taught; table.csv has a row per setting.
"""
