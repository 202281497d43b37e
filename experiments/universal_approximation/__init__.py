"""How well can a network with one hidden layer approximate a function, and do trained ones come near the best?

- written_down: how fast the error falls of networks whose weights a formula gives, without training
- trained: what training finds as neurons are added, by activation and solver
- near_the_best: how near ReLU networks come to the best of their size, and tanh networks to float64's precision
- universal: whether one hidden layer is universal if and only if its activation is not a polynomial
- dimension: how the error of chosen units, and of fixed bases, depends on the dimension of the input
- your_target: a tool for a function or points of your own, without statements
- against_kan: networks with learned splines on their edges (KANs) beside plain ones; needs the extra `peers` and two
  hours, so it runs when it is named in full
"""

CLAIMS = (
    "written_down", "trained", "near_the_best", "universal", "dimension", "your_target",
    "against_kan",
)  # fmt: skip
ON_REQUEST = ("against_kan",)
