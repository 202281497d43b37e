"""Many networks: settings (what was asked for) -> planning (programs and blocks) -> execution -> labels."""

from nnjax.engine.sweep import plan, refit, sweep

__all__ = ["plan", "refit", "sweep"]
