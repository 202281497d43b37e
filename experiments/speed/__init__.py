"""Speed is an experiment too: every way to train many small networks, measured beside the engine in one process.

Run one claim at a time for numbers that count: with several, figures are drawn beside the next claim's timing.
"""

CLAIMS = ("price", "ensembles", "shapes", "early_stopping", "grid")
STORE = False  # reading what was trained before would be timed as training
ENGINE = True  # of the engine, not of the textbook: runs when it is named
