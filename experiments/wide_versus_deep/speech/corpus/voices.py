"""Who speaks: variants of eSpeak NG's voice, apart by person, so that test voices are heard by no training utterance.

Left out are the variants that are no persons (robots, echoes of half a second, whispers, jokes). Those that are one
person in several takes ("steph", "steph2", "steph3") are one voice, and all on one side.
"""

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
PEOPLE = {"train": TRAIN, "development": DEVELOPMENT, "test": TEST}

# All sides share the accents: British, Scottish, of Lancaster, of the West Midlands, received, American, of New York,
# Caribbean.
ACCENTS = (
    "en", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-gb-x-rp", "en-us", "en-us-nyc", "en-029",
)  # fmt: skip
