"""What is said: English words, each drawn by how often it is used. They make no sense, and need not."""

import functools

import numpy as np

NUM_WORDS = 5_000  # the commonest; the rest is used too rarely to matter
SHORTEST, LONGEST = 5, 14  # words of a sentence


def sentence(rng: np.random.Generator) -> str:
    """One sentence.

    Raises:
        ImportError: where wordfreq is not installed, telling what installs it.
    """
    words, shares = _words()
    return " ".join(rng.choice(words, size=rng.integers(SHORTEST, LONGEST + 1), p=shares))


@functools.cache
def _words() -> tuple[np.ndarray, np.ndarray]:
    """Words, and the share of each among all that are drawn."""
    try:
        import wordfreq
    except ImportError as error:
        raise ImportError(
            f"sentences are made with the package wordfreq, which could not be imported ({error}): "
            "pip install 'nnjax[speech]'"
        ) from None
    # Words alone: neither numbers nor what has signs in it, nor single letters but two.
    found = [word for word in wordfreq.top_n_list("en", NUM_WORDS) if word.isascii() and word.isalpha()]
    found = [word for word in found if len(word) > 1 or word in ("a", "i")]
    shares = np.array([wordfreq.word_frequency(word, "en") for word in found])
    return np.array(found), shares / shares.sum()
