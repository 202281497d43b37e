"""Bounds and counts from theorems, computed without training anything.

This package exports those for a single neuron. `nnjax.theory.approximation` has the best approximations by a given
number of pieces or units or a given degree, `nnjax.theory.depth` lower bounds for shallow networks,
`nnjax.theory.mean_field` how far signals and gradients go through random networks, and `nnjax.theory.regions` bounds on
the number of linear regions.
"""

from nnjax.theory.perceptrons import cover_count, cover_fraction, novikoff_bound

__all__ = ["cover_count", "cover_fraction", "novikoff_bound"]
