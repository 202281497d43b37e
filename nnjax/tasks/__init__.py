"""What a network has to learn: examples `Data(x, y)`, from arrays or files, Boolean functions and functions of x.

Data stay on the host as NumPy arrays in float64. The sweep casts them to the dtype it computes in.
"""

from nnjax.tasks.boolean import BOOLEAN_NAMES, Levels, all_boolean, boolean, boolean_function, parity, xor
from nnjax.tasks.data import Data, data, validate
from nnjax.tasks.files import table
from nnjax.tasks.targets import TARGETS, Target, sampled, target

__all__ = [
    "BOOLEAN_NAMES",
    "TARGETS",
    "Data",
    "Levels",
    "Target",
    "all_boolean",
    "boolean",
    "boolean_function",
    "data",
    "parity",
    "sampled",
    "table",
    "target",
    "validate",
    "xor",
]
