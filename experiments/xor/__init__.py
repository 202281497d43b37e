"""XOR: written down, learned, compared with what was published, and where learning fails."""

CLAIMS = ("written_down", "trained", "published", "failures", "parity", "hidden_layer")
