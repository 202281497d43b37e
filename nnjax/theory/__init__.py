"""Bounds and counts that theorems give: what can be said before anything is trained.

Here: one neuron. `nnjax.theory.approximation` is the best that so many pieces, units or powers can do.
"""

from nnjax.theory.perceptrons import cover_count, cover_fraction, novikoff_bound

__all__ = ["cover_count", "cover_fraction", "novikoff_bound"]
