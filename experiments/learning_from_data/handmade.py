"""Features made by hand: products of pairs, spectra and templates of signals, histograms of oriented gradients.

Each is a function of inputs x [n, d] alone, without the classes, and gives [n, m].
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from experiments.learning_from_data import draws
from experiments.learning_from_data.draws import DIGITS, MNIST1D, Draw

PARITY = "parity"
BITS, RELEVANT = 16, 4  # bits of a row, and how many of them the parity is of
SIDE, CELL, ANGLES = 28, 7, 9  # pixels of a digit and of a cell, and bins of the angle
# Test rows of a draw. On the parity methods may err on less than one row in a thousand; of the digits there are few.
TEST_ROWS = {PARITY: 16_384, MNIST1D: 5_000, DIGITS: 900}
LENGTHS = (7, 8, 9, 10, 11)  # points to which a template of MNIST-1D may be stretched in a signal

type Features = Float[np.ndarray, "n m"]


def pair_products(x: Float[np.ndarray, "n d"]) -> Features:
    """The products x_i x_j of all pairs i < j."""
    i, j = np.triu_indices(x.shape[1], 1)
    return x[:, i] * x[:, j]


def spectra(x: Float[np.ndarray, "n d"]) -> Features:
    """Magnitudes of the Fourier coefficients, and the autocorrelation at all lags, of a signal without its mean.

    The magnitudes do not change when a signal is shifted cyclically, nor the autocorrelation when it is shifted and
    padded with zeros.
    """
    signal = x - x.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(signal, 2 * x.shape[1], axis=1)) ** 2
    correlation = np.fft.irfft(power, axis=1)[:, : x.shape[1]]
    return np.concatenate([np.abs(np.fft.rfft(signal, axis=1)), correlation / x.shape[1]], axis=1)


def templates(x: Float[np.ndarray, "n d"]) -> Features:
    """For each digit of MNIST-1D, the greatest correlation of its template with any part of the signal [n, 10].

    The templates are those from which the data are generated, stretched to each of LENGTHS; the means and slopes of
    template and part are removed first, as the generator adds a slope to every signal.
    """
    from mnist1d.data import get_templates

    best = np.full((len(x), 10), -1.0)
    shapes = np.asarray(get_templates()["x"], float)
    for length in LENGTHS:
        places = np.linspace(0, shapes.shape[1] - 1, length)
        own = _detrended(np.stack([np.interp(places, np.arange(shapes.shape[1]), one) for one in shapes]))
        parts = _detrended(np.lib.stride_tricks.sliding_window_view(x, length, axis=1))
        best = np.maximum(best, np.einsum("nsl,kl->nsk", parts, own).max(axis=1))
    return best


def _detrended(parts: Float[np.ndarray, "... l"]) -> Float[np.ndarray, "... l"]:
    """The parts without mean and slope, scaled to length 1; 0 where nothing is left."""
    slope = np.linspace(-1, 1, parts.shape[-1])
    slope /= np.linalg.norm(slope)
    rest = parts - parts.mean(axis=-1, keepdims=True)
    rest = rest - (rest @ slope)[..., None] * slope
    size = np.linalg.norm(rest, axis=-1, keepdims=True)
    return rest / np.maximum(size, 1e-6)


def oriented_gradients(x: Float[np.ndarray, "n 784"]) -> Features:
    """Histograms of oriented gradients (Dalal & Triggs 2005) in cells of 7 x 7 pixels, 9 angles from 0 to 180 degrees.

    A gradient's magnitude is shared by the two nearest bins. Overlapping blocks of 2 x 2 cells are scaled to length 1.
    """
    pixels = x.reshape(-1, SIDE, SIDE)
    down, across = (np.gradient(pixels, axis=axis) for axis in (1, 2))
    size = np.hypot(down, across)
    angle = np.mod(np.arctan2(down, across), np.pi) * ANGLES / np.pi
    bins = np.zeros((*size.shape, ANGLES))
    low = np.floor(angle).astype(int)
    for nearest, share in ((low, 1 + low - angle), (low + 1, angle - low)):
        bins[*np.indices(size.shape), nearest % ANGLES] += share * size
    count = SIDE // CELL
    cells = bins.reshape(-1, count, CELL, count, CELL, ANGLES).sum(axis=(2, 4))
    blocks = [cells[:, i : i + 2, j : j + 2].reshape(len(x), -1) for i in range(count - 1) for j in range(count - 1)]
    return np.concatenate([one / (np.linalg.norm(one, axis=1, keepdims=True) + 1e-3) for one in blocks], axis=1)


class Problem(NamedTuple):
    """A data set, and the features that are made from its inputs."""

    data: str
    make: Callable[[Float[np.ndarray, "n d"]], Features]


PROBLEMS: dict[str, Problem] = {
    "parity, products of pairs": Problem(PARITY, pair_products),
    "MNIST-1D, spectra": Problem(MNIST1D, spectra),
    "MNIST-1D, templates": Problem(MNIST1D, templates),
    "MNIST digits, gradients": Problem(DIGITS, oriented_gradients),
}


def drawn(data: str, seed: int, most_rows: int, test_rows: int) -> Draw:
    """One draw of the data, not scaled."""
    return parity(seed, test_rows) if data == PARITY else draws.made(data, seed, most_rows, test_rows)


def parity(seed: int, test_rows: int) -> Draw:
    """Rows of 16 bits, -1 or 1; the class is whether the product of the first 4 is 1. No test row is a training row."""
    order = np.random.default_rng(seed).permutation(2**BITS)
    x = np.where((order[:, None] >> np.arange(BITS)) & 1, 1.0, -1.0).astype(np.float32)
    y: Int[np.ndarray, " n"] = (x[:, :RELEVANT].prod(axis=1) > 0).astype(np.int64)
    return Draw(x[test_rows:], y[test_rows:], x[:test_rows], y[:test_rows], 2)


@functools.lru_cache(24)
def ready(problem: str, engineered: bool, seed: int, rows: int, most_rows: int, test_rows: int) -> Draw:
    """What a method is given: inputs, followed by the features if `engineered`, both scaled by the training rows alone.
    It is cached: do not write to it.
    """
    data, make = PROBLEMS[problem]
    raw = drawn(data, seed, most_rows, test_rows).first(rows)
    inputs = draws.scaled(raw, common=data == DIGITS)
    if not engineered:
        return inputs
    more = draws.scaled(raw._replace(x=make(raw.x), x_test=make(raw.x_test)))
    return inputs._replace(
        x=np.concatenate([inputs.x, more.x], axis=1), x_test=np.concatenate([inputs.x_test, more.x_test], axis=1)
    )
