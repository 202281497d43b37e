"""Deep networks learn a sawtooth that they can express from starts near its solution, and not from random ones.

k hidden layers of 2 ReLUs express a sawtooth of 2^k straight pieces exactly (`expressible`). Four questions, in three
parts of the run:
- sawtooth: when every parameter of that solution is moved by noise (a share of its layer's root mean square) and the
  network is then trained, how often does it return?
- sawtooth: from random starts, with the same shape, wider layers, or one hidden layer of as many parameters, how often
  is the sawtooth learned?
- coarse: does a deep network learn a target as well as a shallow one could approximate it (as Malach & Shalev-Shwartz
  2019 show for gradient descent on fractal distributions)? Targets have n levels of detail, with weights from mostly
  coarse to mostly fine: sums of sawtooths, and the Cantor set with gaps of all levels. The best that a shallow network
  of the same width can do is computed, not trained: the best N + 1 free pieces, or the best N + 2 runs of equal
  answers. This explanation is compared with a rival one, that finer targets are harder.
- taught: does a shallow network that a deep one teaches (Ba & Caruana 2014) beat one that learns from the labels, if
  the deep one does? A point lies below a sawtooth or not; labels are few and partly wrong, and many points have none.

Sources: Telgarsky 2015; Malach & Shalev-Shwartz 2019, "Is deeper better only when shallow is good?"; Livni,
Shalev-Shwartz & Shamir 2014; Ba & Caruana 2014, "Do deep nets really need to be deep?".

Protocol: Adam, cosine schedule, batches of 128 in an order drawn once, float32. A network has learned a sawtooth when
less than 1% of its variance is left at test points. The learning rate is tuned for every setting on seeds that are not
reported; so is, for random starts, the size of the first biases (weights by He et al.), a choice between two values and
not a grid with ends. The part `taught` uses AdamW; for each reported draw of the data, rate and weight decay are tuned
anew on a draw that is not reported, so its intervals (Student's, over draws) include the randomness of tuning. Shares
of networks have Wilson's intervals.

    python -m experiments wide_versus_deep.learnable                  # 4 s, mostly compiling; the sawtooth alone
    python -m experiments wide_versus_deep.learnable --preset full    # two hours beside other work

Outputs: perturbed, random_starts, coarse, taught; table.csv has a row per setting.
"""
