"""The regions of ReLU networks, exactly: along a line and in a plane, layer by layer and not on a grid.

A network of ReLU units with a linear output is affine wherever each of its units is on or off. So it cuts its inputs
into **activation regions**: the sets of inputs of one pattern of units that are on. These are convex, so a line or a
plane meets each in one piece. On two neighbouring pieces the network may still be the same affine map, as where the
unit that differs is not heard by any unit that is on. **Affine regions** are neighbouring pieces joined where their
affine maps are the same; there are at most as many.

All is counted in NumPy, in float64. Networks of one shape are counted together: their parameters are stacked, w
[n, fan_in, fan_out] and b [n, fan_out], as `jax.vmap` of `mlp.init` or of `training.fit` gives them.
"""

from nnjax.regions.line import LinePieces, along_lines
from nnjax.regions.plane import Tiling, tile

__all__ = ["LinePieces", "Tiling", "along_lines", "tile"]
