"""Does a sweep survive kills, damaged files, failing disks and a second writer? Claims about the engine.

- killed: what `kill -9` and Ctrl-C cost, at any moment
- damaged: whether changed bytes on disk are found
- failing_disk: what a full or broken disk does to a sweep and its store
- two_at_once: what happens when two processes write one store
- changed: whether a sweep with another setting is kept out of the store, and axes can be extended
- machines: whether worker processes and shards give the same bits, also when one is killed
- size: how many bytes, how much memory and how much time a store costs
"""

CLAIMS = ("killed", "damaged", "failing_disk", "two_at_once", "changed", "machines", "size")
STORE = False  # the claims make stores of their own, and break them
ENGINE = True  # about the engine, not the textbook: runs only when it is named
