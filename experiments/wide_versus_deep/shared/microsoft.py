"""The table of deep and shallow networks of Seide, Li & Yu (2011): word errors on Switchboard.

The numbers are those that later works and talks repeat; the paper itself was not at hand.
"""

from experiments.lab.sources import SEIDE

SOURCE = f"{SEIDE}, table of word errors of deep networks beside single layers"
# Word error in percent by the names of our networks: "5" has five layers, "=5" one layer of as many weights, "wide" one
# of 16,000 neurons, 3.5 times those of "=7".
WORD_ERRORS = {"1": 24.2, "2": 20.4, "3": 18.4, "4": 17.8, "5": 17.2, "7": 17.1, "=5": 22.5, "=7": 22.6, "wide": 22.1}
WIDEST = "wide"
NEURONS = 2_048  # of every layer of the deep networks
WIDTHS = {"=5": 3_772, "=7": 4_634, WIDEST: 16_000}
ENDS = (429, 9_304)  # inputs and outputs
MOST_LAYERS = 5  # in the table, each layer up to this many helps


def kind(network: str) -> str:
    """A network's kind, from its name: "deep", "equal" (one layer of as many weights) or "wide" (the far wider one)."""
    return "deep" if network.isdigit() else "equal" if network.startswith("=") else WIDEST


def lead(deep: str, shallow: str) -> float:
    """By how many points of word error the first errs less than the second in the table."""
    return round(WORD_ERRORS[shallow] - WORD_ERRORS[deep], 1)


def described(network: str) -> str:
    """A network in words, without its width."""
    return {"equal": "one layer of as many weights", "wide": "one far wider layer"}.get(
        kind(network), f"{network} hidden layers"
    )


def different(shapes: dict[str, tuple[int, ...]], neurons: int) -> dict[str, tuple[int, ...]]:
    """The hidden layers of networks by name, unchanged.

    Raises:
        ValueError: if two networks have the same layers, as when a single layer of as many weights is no wider.
    """
    if len(set(shapes.values())) < len(shapes):
        raise ValueError(f"neurons={neurons} must be more: one layer of as many weights is no wider than a deep one")
    return shapes
