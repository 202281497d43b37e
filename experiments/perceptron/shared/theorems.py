"""A theorem that two claims cite."""

from experiments.lab.sources import MINSKY_PAPERT

CYCLING = (
    f"perceptron cycling theorem: {MINSKY_PAPERT}, chapter 11; Block & Levin (1970), On the boundedness of an "
    "iterative procedure for solving a system of linear inequalities, Proc. AMS"
)
