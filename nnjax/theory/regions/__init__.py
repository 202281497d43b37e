"""Linear regions of ReLU networks: exact ones along lines and in planes, and bounds on their number.

A network of ReLU units with a linear output is affine wherever each of its units stays on or off. So it divides its
inputs into **activation regions**: sets of inputs with the same units on. These are convex, so a line or a plane meets
each in one piece. On two neighbouring pieces the network may still be the same affine map, for example if the unit that
differs feeds only units that are off. **Affine regions** are neighbouring pieces joined where their affine maps are the
same; there are at most as many.

The regions of a given network are computed layer by layer rather than on a grid, in NumPy and float64. Networks of the
same shape are processed together: their parameters are stacked, w [n, fan_in, fan_out] and b [n, fan_out], as
`jax.vmap` of `mlp.init` or of `training.fit` returns them.
"""

from nnjax.theory.regions.bounds import (
    hyperplane_regions,
    montufar_lower_bound,
    most_pieces_on_a_line,
    serra_upper_bound,
)
from nnjax.theory.regions.line import LinePieces, along_lines
from nnjax.theory.regions.plane import Tiling, tile

__all__ = [
    "LinePieces",
    "Tiling",
    "along_lines",
    "hyperplane_regions",
    "montufar_lower_bound",
    "most_pieces_on_a_line",
    "serra_upper_bound",
    "tile",
]
