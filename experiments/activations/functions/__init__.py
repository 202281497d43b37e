"""Eleven activations: value, derivative, where they saturate, and how often their gradient is zero.

Step, sigmoid, tanh, ReLU, leaky ReLU, ELU, GELU, SiLU, softplus and sine act on one number each; softmax acts on all
numbers of a layer. A function saturates softly where its derivative tends to 0 without reaching it, and hard where it
is 0 (Gulcehre et al. 2016). Both terms are about exact numbers: in floating point 1 - tanh^2 and s (1 - s) round to 0.

Protocol: values and derivatives (by JAX, as networks are trained) on grids in float64, against closed forms written
separately in NumPy (their agreement is a test and no claim); derivatives in float32 and float64 out to 50; and the
share of normal pre-activations with a derivative of exactly 0, or below a tenth of the greatest, by their standard
deviation, in float32. Softmax: two classes, and three on the simplex at temperatures from 1/8 to 8.

Krizhevsky, Sutskever & Hinton (2012) say that ReLU does not saturate, and mean that its values are unbounded. How often
the derivatives of ReLU, sigmoid and tanh are small is drawn and not judged: ReLU's share is a half at every standard
deviation, the others' goes from none to all, so the choice of standard deviations decides which has fewer.

Sources: Gulcehre et al. 2016; the textbook.

    python -m experiments activations.functions                  # 2 s
    python -m experiments activations.functions --preset full    # 2 s

Outputs: functions, saturation; table.csv has a row per activation.
"""
