"""The functions of one variable that the claims approximate: their names in `nnjax.tasks.TARGETS`, and formulas."""

FORMULAS = {
    "sine": "sin 2 pi x",
    "square": "x^2",
    "exp": "e^x",
    "runge": "1/(1 + 25 x^2)",
    "exp_sin": "exp(sin pi x)",
    "exp_cos": "e^x cos 5x",
    "reciprocal_sin": "1/(2 + sin 3x)",
    "kink": "|x|",
    "jump": "sign(x - 1/pi)",
    "oscillating": "sin 12 pi x",
    "chirp": "sin 8 pi x^2",
    "weierstrass": "the sum of 2^(-k/2) cos(2^k pi x), k = 0 to 6",
}
TARGETS = tuple(FORMULAS)
