"""Bounds and counts from theorems, computed without training anything.

This package exports those for a single neuron. The others are in its modules, each imported by its name, as in
`import nnjax.theory.approximation`: `approximation` (the least errors of pieces, units and polynomials), `depth` (lower
bounds for shallow networks), `mean_field` (signals and gradients in random networks), `regions` (bounds on the number
of linear regions), `dead_units`, `step_units`, `linear_networks` and `confident_errors`.
"""

from nnjax.theory.perceptrons import cover_count, cover_fraction, novikoff_bound

__all__ = ["cover_count", "cover_fraction", "novikoff_bound"]
