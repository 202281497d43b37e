"""Do our own intervals hold? Claims are measured again with other seeds, draws and splits.

- replicated: how often two measurements of the same quantity agree within their intervals
"""

CLAIMS = ("replicated",)
ENGINE = True  # about the experiments, not the textbook: runs only when it is named
STORE = False
