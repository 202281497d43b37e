"""How fast are many small networks trained, compared with other ways to train them? Claims about the engine.

- price: ten thousand small networks in the time that PyTorch or scikit-learn takes for one
- ensembles: time per network and memory, from a thousand networks to a million
- shapes: wide and deep networks, against plain vmap, PyTorch and the peak of matrix products
- early_stopping: how much time is saved when networks that have learned stop
- grid: a whole grid of shapes, compiling included

Run one claim at a time where times matter: with several, figures are drawn while the next claim is timed.
"""

CLAIMS = ("price", "ensembles", "shapes", "early_stopping", "grid")
STORE = False  # results read back from an earlier run would be timed as training
ENGINE = True  # about the engine, not the textbook: runs only when it is named
