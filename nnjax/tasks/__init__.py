"""Data sets `Data(x, y)`: from arrays or files, Boolean functions, functions of one or more variables, and digits.

Data stay on the host as NumPy arrays, in float64 unless they were given in float32. A sweep casts them to the dtype in
which it computes.
"""

from nnjax.tasks.boolean import BOOLEAN_NAMES, Levels, all_boolean, boolean, boolean_function, parity, xor
from nnjax.tasks.data import Data, data, validate
from nnjax.tasks.depth import Expansion, binary_tree, composition, radial, sawtooth, square, two_spirals
from nnjax.tasks.digits import mnist1d, mnist_5k
from nnjax.tasks.files import table
from nnjax.tasks.functions import (
    all_functions,
    boolean_inputs,
    essential_inputs,
    monomials,
    monotone_functions,
    permutations_of,
    regular_functions,
    symmetry_classes,
    truth_tables,
)
from nnjax.tasks.targets import TARGETS, Target, sampled, target

__all__ = [
    "BOOLEAN_NAMES",
    "TARGETS",
    "Data",
    "Expansion",
    "Levels",
    "Target",
    "all_boolean",
    "all_functions",
    "binary_tree",
    "boolean",
    "boolean_function",
    "boolean_inputs",
    "composition",
    "data",
    "essential_inputs",
    "mnist1d",
    "mnist_5k",
    "monomials",
    "monotone_functions",
    "parity",
    "permutations_of",
    "radial",
    "regular_functions",
    "sampled",
    "sawtooth",
    "square",
    "symmetry_classes",
    "table",
    "target",
    "truth_tables",
    "two_spirals",
    "validate",
    "xor",
]
