"""Bounds and counts that theorems give: what can be said before anything is trained."""

from nnjax.theory.perceptrons import cover_count, cover_fraction, novikoff_bound

__all__ = ["cover_count", "cover_fraction", "novikoff_bound"]
