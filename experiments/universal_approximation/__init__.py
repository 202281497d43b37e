"""Universal approximation: down to the best that is possible."""

CLAIMS = ("written_down", "trained", "universal", "dimension", "your_target")
