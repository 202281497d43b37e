"""Many networks: settings (what was asked for) -> planning (programs and blocks) -> execution -> labels."""

from nnjax.engine.refit import refit
from nnjax.engine.store import open_store
from nnjax.engine.surroundings import reviewing, storing
from nnjax.engine.sweep import plan, sweep

__all__ = ["open_store", "plan", "refit", "reviewing", "storing", "sweep"]
