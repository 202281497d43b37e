"""Who speaks: variants of eSpeak NG's voice, apart by person, so that test voices are heard by no training utterance.

Left out are the variants that are no persons (robots, echoes of half a second, whispers, jokes). Those that are one
person in several takes ("steph", "steph2", "steph3") are one voice, and all on one side. Those that are left are too
few for precise choices and a precise test, so most development and test voices are drawn: the numbers of a variant's
file, from the ranges of the persons that eSpeak NG has.
"""

import numpy as np

TEST_DRAWN, DEVELOPMENT_DRAWN = 36, 27

TEST = (
    ("f2",), ("steph", "steph2", "steph3"), ("Annie",), ("grandma",), ("m3",), ("m7",), ("Diogo",), ("paul",),
    ("john",), ("ed",), ("Mike", "mike2"), ("Nguyen",),
)  # fmt: skip
DEVELOPMENT = (
    ("f4",), ("shelby",), ("linda",), ("m2",), ("antonio",), ("robert",), ("norbert",), ("david",), ("Gene", "Gene2"),
)  # fmt: skip
TRAIN = (
    ("f1",), ("f3",), ("f5",), ("Alicia",), ("Andrea",), ("anika",), ("aunty",), ("belinda",), ("m1",), ("m4",),
    ("m5",),
    ("m6",), ("m8",), ("Alex",), ("Andy",), ("Denis",), ("Henrique",), ("Hugo",), ("Lee",), ("Marco",), ("Mario",),
    ("Michael",), ("Reed",), ("Storm",), ("adam",), ("benjamin",), ("boris",), ("caleb",), ("edward", "edward2"),
    ("grandpa",), ("gustave",), ("iven", "iven2", "iven3", "iven4"), ("klatt", "klatt2", "klatt4", "klatt6"),
    ("marcelo",), ("max",), ("michel",), ("miguel",), ("pablo",), ("pedro",), ("quincy",), ("rob",), ("sandro",),
    ("travis",), ("victor",), ("zac",),
)  # fmt: skip


def _drawn(rng: np.random.Generator) -> str:
    """The text of a variant's file: a vocal tract of its own length, and formants that differ from it a little."""
    tract, strength, width = rng.uniform(0.92, 1.18), rng.uniform(85, 130), rng.uniform(90, 145)
    pitch = 205 - 420 * (1.18 - tract) + rng.uniform(-20, 20)  # short tracts speak higher
    lines = [f"formant 0 {rng.uniform(95, 108):.0f} {strength:.0f} {width:.0f}"]
    for i in range(1, 9):
        each = (
            100 * tract * rng.uniform(0.96, 1.04),
            strength * rng.uniform(0.75, 1.15),
            width * rng.uniform(0.85, 1.15),
        )
        lines.append(f"formant {i} {each[0]:.0f} {each[1]:.0f} {each[2]:.0f}")
    lines += [f"pitch {pitch:.0f} {pitch * rng.uniform(1.3, 1.8):.0f}", f"flutter {rng.integers(0, 8)}"]
    lines += [f"roughness {rng.integers(0, 4)}", f"consonants {rng.integers(70, 121)} {rng.integers(70, 121)}"]
    return "\n".join(["language variant", *lines, ""])


# The files of the variants that are drawn, by name.
DRAWN = {f"drawn{i:02d}": _drawn(np.random.default_rng([48, i])) for i in range(1, TEST_DRAWN + DEVELOPMENT_DRAWN + 1)}
_PERSONS = [(name,) for name in DRAWN]
PEOPLE = {
    "train": TRAIN,
    "development": (*DEVELOPMENT, *_PERSONS[TEST_DRAWN:]),
    "test": (*TEST, *_PERSONS[:TEST_DRAWN]),
}

# All sides share the accents: British, Scottish, of Lancaster, of the West Midlands, received, American, of New York,
# Caribbean.
ACCENTS = (
    "en", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-gb-x-rp", "en-us", "en-us-nyc", "en-029",
)  # fmt: skip
