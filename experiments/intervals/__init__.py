"""Do our own intervals hold? Every claim again with other seeds, draws and splits.

- replicated: how often two measurements of one thing agree within their intervals
"""

CLAIMS = ("replicated",)
ENGINE = True  # about the experiments, not the textbook: runs when it is named
STORE = False
