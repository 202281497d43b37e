"""Theorems about networks, proofs for given ones, and networks with written-down weights: nothing is trained.

This package exports bounds and counts for a single neuron, and three parts:

- `separability`: whether one neuron can tell two classes apart
- `regions`: the linear regions of ReLU networks, and bounds on their number
- `constructions`: networks with weights written down

The others are in its modules, each imported by its name, as in `import nnjax.theory.approximation`:

- `approximation`: the least errors of pieces, units and polynomials
- `depth`: lower bounds for shallow networks
- `mean_field`: signals and gradients in random networks
- `dead_units`, `step_units`, `linear_networks` and `confident_errors`
"""

from nnjax.theory import constructions, regions, separability
from nnjax.theory.perceptrons import cover_count, cover_fraction, novikoff_bound

__all__ = ["constructions", "cover_count", "cover_fraction", "novikoff_bound", "regions", "separability"]
