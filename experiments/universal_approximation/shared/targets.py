"""The functions of one variable that the claims approximate: the names in `nnjax.tasks.TARGETS`."""

TARGETS = (
    "sine", "square", "exp", "runge", "exp_sin", "exp_cos", "reciprocal_sin", "kink", "jump", "oscillating", "chirp",
    "weierstrass",
)  # fmt: skip
