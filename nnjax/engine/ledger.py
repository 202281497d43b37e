"""What is known of every network of a wave so far."""

from typing import Any, NamedTuple

import jax
import numpy as np

from nnjax import training
from nnjax.engine import bundles


class Outcome(NamedTuple):
    """Trained networks: every record [n, r, ...] by name, `status` and `steps` [n], the parameters if kept."""

    records: dict[str, np.ndarray]
    status: np.ndarray
    steps: np.ndarray
    params: Any


class Ledger:
    """What is known of every network of a wave so far."""

    def __init__(self, num_networks: int, num_records: int, keep_params: bool) -> None:
        self.records: dict[str, np.ndarray] = {}
        self.num_records = num_records
        self.written = np.zeros(num_networks, int)
        self.status = np.full(num_networks, training.MISSING, np.int32)
        self.steps = np.zeros(num_networks, np.int32)
        self.keep_params, self.params = keep_params, {}

    def write(self, places: np.ndarray, records: dict[str, Any], first: int) -> None:
        """Put down the records [r, lanes, ...] of one call; filled lanes and filled-up intervals are left out."""
        records = jax.device_get(records)
        kept = min(self.num_records - first, len(next(iter(records.values()))))
        for name, values in records.items():
            if name not in self.records:
                self.records[name] = np.empty((len(self.status), self.num_records, *values.shape[2:]), values.dtype)
            self.records[name][places, first : first + kept] = np.moveaxis(values[:kept, : len(places)], 0, 1)
        self.written[places] = first + kept

    def close(self, places: np.ndarray, state: training.State) -> None:
        """Put down how networks stand; those that go on are closed again later."""
        real = len(places)
        self.status[places] = np.asarray(state.status)[:real]
        self.steps[places] = np.asarray(state.steps)[:real]
        if self.keep_params:
            params = bundles.opened(state).params
            for leaf, values in enumerate(jax.tree.leaves(jax.device_get(params))):
                if leaf not in self.params:
                    self.params[leaf] = np.empty((len(self.status), *values.shape[1:]), values.dtype)
                self.params[leaf][places] = values[:real]
            self.structure = jax.tree.structure(params)

    def outcome(self) -> Outcome:
        """Everything, with the last value of a network that ended early repeated to the end of its curves."""
        for name, values in self.records.items():
            last = np.minimum(np.arange(self.num_records), self.written[:, None] - 1)
            self.records[name] = values[np.arange(len(values))[:, None], last]
        params = jax.tree.unflatten(self.structure, self.params.values()) if self.keep_params else None
        return Outcome(self.records, self.status, self.steps, params)
