"""Universal approximation: down to the best that is possible."""

CLAIMS = ("written_down", "trained", "machine_precision", "universal", "dimension", "your_target")
