"""Many networks: settings (what was asked for) -> planning (programs and blocks) -> execution -> labels."""

from nnjax.engine.refit import refit
from nnjax.engine.sweep import plan, reviewing, sweep

__all__ = ["plan", "refit", "reviewing", "sweep"]
