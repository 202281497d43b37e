"""Data sets `Data(x, y)`: from arrays or files, Boolean functions, functions of one or more variables, and digits.

`data` makes them of arrays or a DataFrame. Classes are one-hot targets, see `one_hot` and `class_table`; `split` and
`folds` hold rows out; `grid` makes tasks along several axes.

Data stay on the host as NumPy arrays, in float64 unless they were given in float32. A sweep casts them to the dtype in
which it computes.
"""

from nnjax.tasks.axes import Grid, grid
from nnjax.tasks.boolean import BOOLEAN_NAMES, Levels, all_boolean, boolean, boolean_function, parity, xor
from nnjax.tasks.classes import one_hot
from nnjax.tasks.data import Data, validate
from nnjax.tasks.depth import Expansion, binary_tree, composition, radial, sawtooth, square, two_spirals
from nnjax.tasks.digits import mnist1d, mnist_5k
from nnjax.tasks.examples import data
from nnjax.tasks.files import class_table, table
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
from nnjax.tasks.held_out import folds, split
from nnjax.tasks.targets import TARGETS, Target, sampled, target

__all__ = [
    "BOOLEAN_NAMES",
    "TARGETS",
    "Data",
    "Expansion",
    "Grid",
    "Levels",
    "Target",
    "all_boolean",
    "all_functions",
    "binary_tree",
    "boolean",
    "boolean_function",
    "boolean_inputs",
    "class_table",
    "composition",
    "data",
    "essential_inputs",
    "folds",
    "grid",
    "mnist1d",
    "mnist_5k",
    "monomials",
    "monotone_functions",
    "one_hot",
    "parity",
    "permutations_of",
    "radial",
    "regular_functions",
    "sampled",
    "sawtooth",
    "split",
    "square",
    "symmetry_classes",
    "table",
    "target",
    "truth_tables",
    "two_spirals",
    "validate",
    "xor",
]
