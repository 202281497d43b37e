"""Training makes each hidden layer easier to read for a linear classifier than random features of the same width are.

Source: the textbook ("the network makes its own intermediate representation"); Alain & Bengio 2016, Understanding
intermediate layers using linear classifier probes (arXiv 1610.01644): linear separability rises with every layer.

Protocol: four hidden layers of 64 units on MNIST-1D, Adam, batches of 100, 3,000 steps; each of 16 networks has its own
draw of the data, so n counts draws. Of 4,000 training examples 800 are held out. At every 100th step a probe reads each
hidden layer, and the inputs: ridge regression of the ten one-hot targets on the layer's standardized activations of the
3,200 training rows, with its penalty chosen on the 800 and its accuracy measured on the 1,000 test rows. The probes do
not change the network. Controls: the same layer before training, which is a stack of random features of equal width,
and the first layer before training, which is a single layer of them. Rates are tuned on draws that are not reported.
Penalties go from 1e-7 to 1e4 times the number of rows; nothing is settled if the penalty of a probe before or after
training lies at an end. (In a first run they went up to 10, which a quarter of the last ReLU layers chose.)

    python -m experiments learning_from_data.probes                  # 5 s
    python -m experiments learning_from_data.probes --preset full    # a minute on 2 cores

Outputs: probes, unfolding and a film (two spirals in hidden space); table.csv has a row per activation and layer.
"""
