"""A progress bar over networks."""

import sys
import threading


class Bar:
    """A progress bar over networks, `done` of which were finished before; for a terminal or a notebook."""

    def __init__(self, num_networks: int, shown: bool, done: int = 0) -> None:
        from tqdm.auto import tqdm

        # None shows the bar on a terminal only, which a notebook's stream does not claim to be.
        disable = (None if "ipykernel" not in sys.modules else False) if shown else True
        self.bar = tqdm(total=num_networks, initial=done, unit=" networks", disable=disable, dynamic_ncols=True)
        self.done = float(done)
        self.lock = threading.Lock()

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *exception: object) -> None:
        self.bar.close()

    def add(self, networks: float) -> None:
        """Count a part of a block's networks."""
        with self.lock:  # workers count together
            self.done += networks
            self.bar.update(round(self.done) - self.bar.n)
