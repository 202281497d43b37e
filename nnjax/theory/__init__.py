"""Bounds and counts: what theorems say of networks, computed with no network trained."""
