"""A network finds a code of its own: weights 1:2:4 for symmetry, and a bit pattern for each row of an encoder.

Source: Rumelhart, Hinton & Williams 1986 (Nature 323; PDP vol. 1, ch. 8); yaroslavvb/hinton-problems (GitHub), symmetry
and encoder-backprop-8-3-8; S. Cordwell, "Training a neural network to detect symmetry", 2015 (GitHub). Both reruns
publish their code, so that all their settings are known; see `networks.py`.

Protocol, symmetry: 6-2-1 sigmoid networks, full batch, all 64 rows. hinton-problems has inputs -1 and 1, weights and
biases U(-.5, .5), half of the mean squared error, rate .3, momentum .95 and 5,000 sweeps; Cordwell has inputs 0 and 1,
U(-.3, .3), half of the *sum* of squares, rate .1, momentum .9 and no end. A network has solved the task as soon as
every output is on its target's side of one half; this is checked at every 20th sweep, so that our numbers of sweeps are
up to 19 too high. Each setting is run for 60,000 sweeps, and networks that have not solved the task by then are
censored (Kaplan-Meier). The two reruns were thought to disagree: one has a median of 1,230 sweeps (20 networks, from
972 to 2,025), the other of 2,715. So the numbers of each are compared with both settings, and settings in between
change one thing at a time. Whether weights have the ratio 1:2:4 is decided by the first source's own criterion, which
compares the sizes of all three mirrored pairs.

Protocol, encoder: 8-3-8 sigmoid, biases 0, weights U(-.1, .1), cross-entropy summed over the outputs and averaged over
the rows, rate .5, momentum .9. It ends when all rows are reconstructed and the eight codes (hidden activations above
one half) differ, or after 20,000 epochs. By chance, as at the start, eight codes differ in 8!/8^8 = 0.24% of networks.
An encoder that stops at eight codes has them at its end by construction, so whether training makes them is judged on
encoders that are trained through all epochs.

A published number is reproduced if it lies in the prediction interval that our networks give for as many runs as the
source had. All judged numbers of a source share the 5%: five of the first symmetry source, four of the second and two
of the encoder's (`experiments/learning_from_data/shared/prediction.py`).

    python -m experiments learning_from_data.codes                  # 4 s
    python -m experiments learning_from_data.codes --preset full    # 4 minutes on 2 cores

Outputs: sweeps, weights, codes; table.csv has a row per setting.
"""
