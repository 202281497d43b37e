"""eSpeak NG, run as a program of its own: utterances come in as JSON, phonemes go out as JSON with samples behind them.

The synthesiser remembers things from one utterance to the next (the place in its flutter, the noise of breath).
Starting it again within a process does not make it forget. So a batch of utterances is spoken by a fresh process, and
its bytes depend on that batch alone. This file is both sides: run by its path it imports no more than it needs.
"""

import contextlib
import ctypes
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

SAMPLE_RATE = 22_050
# Of the library's header speak_lib.h.
_RETRIEVAL, _PHONEME_EVENTS, _DONT_EXIT, _UTF8 = 2, 0x0001, 0x8000, 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_LIST_END, _PHONEME = 0, 7


class Utterance(NamedTuple):
    """What is said and how: words a minute, pitch and its range from 0 to 99."""

    text: str
    voice: str
    rate: int = 175
    pitch: int = 50
    pitch_range: int = 50


class Spoken(NamedTuple):
    """Samples [n] int16 at 22,050 Hz; phonemes by eSpeak's names, and the sample at which each begins."""

    samples: np.ndarray
    phonemes: tuple[str, ...]
    begins: np.ndarray


def speak(utterances: list[Utterance], variants: Mapping[str, str] | None = None) -> list[Spoken]:
    """Speak them one after another, in a fresh process.

    Args:
        utterances: what is said and how.
        variants: voices that eSpeak NG does not have, by name: the text of a file as those in its `voices/!v`.

    Raises:
        ImportError: where espeakng-loader is not installed, telling what installs it.
        ValueError: for a voice that eSpeak NG does not have.
        RuntimeError: where the synthesiser fails.
    """
    with _data(variants or {}) as folder:
        asked = json.dumps([[utterance._asdict() for utterance in utterances], folder]).encode()
        done = subprocess.run([sys.executable, __file__], input=asked, capture_output=True, check=False)
    if done.returncode:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        kind, _, message = last.partition(": ")
        raise {"ImportError": ImportError, "ValueError": ValueError}.get(kind, RuntimeError)(message or last)
    header, _, waves = done.stdout.partition(b"\n")
    told = json.loads(header)
    ends = np.cumsum([one["samples"] for one in told])[:-1]
    samples = np.split(np.frombuffer(waves, "<i2").astype(np.int16), ends)
    return [
        Spoken(wave, tuple(one["phonemes"]), np.array(one["begins"], np.int64))
        for wave, one in zip(samples, told, strict=True)
    ]


@contextlib.contextmanager
def _data(variants: Mapping[str, str]) -> Iterator[str | None]:
    """A folder with the data of eSpeak NG and more variants; None where there are none."""
    if not variants:
        yield None
        return
    from experiments.lab import cache  # not where this file is a program

    more = {f"voices/!v/{name}": text for name, text in variants.items()}
    with cache.overlaid(Path(_loader().get_data_path()), more) as folder:
        yield str(folder)


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    """espeak_EVENT; `sample` counts from the beginning of the utterance."""

    _fields_ = (
        ("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
        ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p), ("id", _Id),
    )  # fmt: skip


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def _loader() -> Any:
    try:
        import espeakng_loader
    except ImportError as error:
        raise ImportError(
            f"speech is made by the package espeakng-loader, which could not be imported ({error}): "
            "pip install 'nnjax[speech]'"
        ) from None
    return espeakng_loader


def _library(folder: str | None) -> Any:
    loader = _loader()
    library = ctypes.CDLL(str(loader.get_library_path()))
    data = str(folder or loader.get_data_path()).encode()
    rate = library.espeak_Initialize(_RETRIEVAL, 0, data, _PHONEME_EVENTS | _DONT_EXIT)
    if rate != SAMPLE_RATE:
        raise RuntimeError(f"eSpeak NG speaks at {rate} samples a second, not at {SAMPLE_RATE}")
    return library


def _spoken(utterances: list[Utterance], folder: str | None) -> list[Spoken]:
    """What `speak` returns, within this process, with the data of eSpeak NG in this folder."""
    library = _library(folder)
    samples: list[np.ndarray] = []
    events: list[tuple[str, int]] = []

    def heard(wave: Any, number: int, found: Any) -> int:
        if wave and number > 0:
            samples.append(np.ctypeslib.as_array(wave, (number,)).copy())
        i = 0
        while found[i].type != _LIST_END:
            if found[i].type == _PHONEME:
                events.append((found[i].id.string.decode(errors="replace"), found[i].sample))
            i += 1
        return 0

    library.espeak_ng_SetRandSeed(ctypes.c_long(0))  # or its noise begins with the time of day
    callback = _CALLBACK(heard)
    library.espeak_SetSynthCallback(callback)
    done = []
    for one in utterances:
        samples.clear()
        events.clear()
        if library.espeak_SetVoiceByName(one.voice.encode()):
            raise ValueError(f"voice={one.voice!r} is none of eSpeak NG's")
        for parameter, value in ((_RATE, one.rate), (_PITCH, one.pitch), (_RANGE, one.pitch_range)):
            library.espeak_SetParameter(parameter, value, 0)
        text = one.text.encode()
        if library.espeak_Synth(text, len(text) + 1, 0, 0, 0, _UTF8, None, None):
            raise RuntimeError(f"eSpeak NG could not speak {one!r}")
        wave = np.concatenate(samples) if samples else np.zeros(0, np.int16)
        done.append(Spoken(wave, tuple(name for name, _ in events), np.array([at for _, at in events], np.int64)))
    return done


def _main() -> None:
    asked, folder = json.load(sys.stdin)
    done = _spoken([Utterance(**one) for one in asked], folder)
    told = [{"samples": len(o.samples), "phonemes": o.phonemes, "begins": o.begins.tolist()} for o in done]
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    for one in done:
        sys.stdout.buffer.write(one.samples.astype("<i2").tobytes())


# `speak` runs this file as a child process, as the synthesiser remembers what it spoke before.
if __name__ == "__main__":
    _main()
