"""What a network hears of an utterance: 40 log-mel bands every 10 ms, and which part of which phoneme that is."""

import functools

import numpy as np

from experiments.lab.speech_corpus.synthesiser import SAMPLE_RATE, Spoken

BANDS = 40
WINDOW, HOP = 0.025, 0.010  # seconds
LOWEST, HIGHEST = 80.0, 8_000.0  # Hz
FFT = 1_024
SILENCE = "_"
PARTS = 3  # beginning, middle and end of a phoneme


def num_frames(num_samples: int) -> int:
    """Windows of 25 ms that fit in, one every 10 ms."""
    return max(0, int((num_samples / SAMPLE_RATE - WINDOW) / HOP) + 1)


def in_the_room(samples: np.ndarray, rng: np.random.Generator, snr: tuple[float, float]) -> np.ndarray:
    """Samples [n] as a microphone hears them: a channel that tilts the spectrum, and noise.

    Args:
        samples: of one utterance.
        rng: draws the tilt, the colour of the noise and its strength.
        snr: the range from which signal over noise is drawn, in dB.
    """
    from scipy.signal import lfilter

    tilt, colour = rng.uniform(-0.6, 0.6), rng.uniform(0.0, 0.9)
    signal = np.asarray(lfilter([1.0, -tilt], [1.0], samples.astype(np.float64) / 2**15))
    noise = np.asarray(lfilter([1.0], [1.0, -colour], rng.standard_normal(len(samples))))
    power = np.mean(signal**2) / 10 ** (rng.uniform(*snr) / 10)
    return signal + noise * np.sqrt(power / np.mean(noise**2))


def log_mel(signal: np.ndarray) -> np.ndarray:
    """Log-mel bands [frames, 40] of an utterance, of mean 0 and variance 1 in each band, in float16."""
    width = round(WINDOW * SAMPLE_RATE)
    first = np.round(np.arange(num_frames(len(signal))) * HOP * SAMPLE_RATE).astype(int)
    pieces = np.lib.stride_tricks.sliding_window_view(np.pad(signal, (0, width)), width)[first]
    power = np.abs(np.fft.rfft(pieces * np.hanning(width), FFT)) ** 2
    bands = np.log(power @ filters() + 1e-10)
    return ((bands - bands.mean(axis=0)) / np.maximum(bands.std(axis=0), 1e-3)).astype(np.float16)


@functools.cache
def filters() -> np.ndarray:
    """Triangles [FFT / 2 + 1, 40], evenly apart in mel, 2595 log10(1 + f / 700)."""
    low, high = (2595 * np.log10(1 + f / 700) for f in (LOWEST, HIGHEST))
    mel = np.linspace(low, high, BANDS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    frequency = np.fft.rfftfreq(FFT, 1 / SAMPLE_RATE)[:, None]
    rising = (frequency - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequency) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling))


def phoneme_of(name: str) -> str:
    """eSpeak's name without its stress; all pauses are one."""
    bare = name.lstrip("',%=")
    return SILENCE if bare.strip("_:|;!") == "" else bare


def labels(spoken: Spoken) -> tuple[list[str], np.ndarray]:
    """The phoneme of each frame, by the synthesiser's own clock, and its part [frames]: 0, 1, 2; 0 for silence."""
    frames = num_frames(len(spoken.samples))
    centre = (np.arange(frames) * HOP + WINDOW / 2) * SAMPLE_RATE
    begins = np.maximum.accumulate(np.concatenate([[0], spoken.begins]))
    ends = np.append(begins[1:], len(spoken.samples))
    names = [SILENCE, *(phoneme_of(name) for name in spoken.phonemes)]
    at = np.searchsorted(begins, centre, side="right") - 1
    share = (centre - begins[at]) / np.maximum(ends[at] - begins[at], 1)
    part = np.clip((share * PARTS).astype(int), 0, PARTS - 1)
    said = [names[i] for i in at]
    return said, np.where(np.array(said, dtype=object) == SILENCE, 0, part).astype(np.int8)
