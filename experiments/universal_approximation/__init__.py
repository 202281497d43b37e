"""Universal approximation: down to the best that is possible."""

CLAIMS = (
    "written_down", "trained", "near_the_best", "machine_precision", "universal", "dimension", "your_target",
    "against_kan",
)  # fmt: skip
ON_REQUEST = ("against_kan",)  # needs the extra `peers`, and most of an hour
