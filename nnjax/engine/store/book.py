"""A sweep on disk that this process is writing: what is left to train, and the writing of what was trained."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnjax import training
from nnjax.engine import labelling, provenance
from nnjax.engine.gathering import Found, Spent
from nnjax.engine.plans import Plan
from nnjax.engine.settings import Settings, Tasks
from nnjax.engine.store import disk, regions, setup
from nnjax.engine.store.journal import Journal, run_file
from nnjax.engine.store.locks import Shard
from nnjax.engine.workers import Wave, Waves

if TYPE_CHECKING:
    import xarray as xr


class Book:
    """A sweep on disk that this process is writing, or one shard of it."""

    def __init__(
        self, path: Path, settings: Settings, data: Tasks, plan: Plan, chunk: tuple[int, ...], shard: Shard | None
    ) -> None:
        self.path, self.settings, self.data, self.plan, self.chunk, self.shard = (
            path,
            settings,
            data,
            plan,
            chunk,
            shard,
        )
        kinds = setup.variables(settings, plan, chunk)
        # The status last: a network counts once the rest of it is there.
        names = [*(name for name in kinds if name != "status"), "status"]
        self.kinds = {name: kinds[name] for name in names}
        self.arrays = disk.arrays(path, names)
        self.regions = [regions.regions(plan, program, chunk) for program in plan.programs]
        self.lock = threading.Lock()
        self.waves, self.jobs_left = self._waves()
        self.left = self.jobs_left

    def __enter__(self) -> "Book":
        number, dirty = provenance.commit(Path(__file__).resolve().parents[3])
        about = {"commit": number, "dirty": dirty, "shard": self.shard, "networks_before": self.num_done}
        self.journal = Journal(run_file(self.path, self.shard), about)
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        ended = "finished" if error is None else f"{type(error).__name__}: {error}"
        try:
            self.journal.close(ended[:1000])
        except OSError:
            if error is None:
                raise

    @property
    def num_networks(self) -> int:
        """Networks in this shard."""
        return self.num_done + sum(len(wave.places) for some in self.waves for wave in some)

    def write(self, wave: Wave, found: Found, spent: Spent) -> None:
        """Write the networks of a wave, chunk by chunk."""
        first = 0
        for number, count in wave.parts:
            part = {name: values[first : first + count] for name, values in found.items()}
            self._write_chunk(wave.program, number, wave.places[first : first + count], part)
            first += count
        with self.lock:
            self.left -= 1
            self.journal.add(len(wave.places), *spent)

    def dataset(self, asked: Settings) -> "xr.Dataset":
        """What is in the store of the grid that was asked for, in that order; read when it is needed."""
        result = disk.open_dataset(self.path)
        for dim, wanted in labelling.coordinates(asked).items():
            if dim in result.dims and not np.array_equal(result[dim].values, wanted[1]):
                index = result.indexes[dim].get_indexer(wanted[1])
                result = result.isel({dim: index})
        dims = labelling.dimensions(asked)
        return result if dims == labelling.dimensions(self.settings) else result.transpose(*dims, ...)

    def how_to_go_on(self) -> str:
        """What a user who was stopped wants to know."""
        done, total = self.jobs_left - self.left, self.jobs_left
        return (
            f"{done} of {total} blocks were finished and are kept in {self.path}; "
            "run the same sweep again to go on from there"
        )

    def _waves(self) -> tuple[Waves, int]:
        """What is still to be trained in this shard, by program."""
        waves: list[list[Wave]] = [[] for _ in self.plan.programs]
        self.num_done = 0
        for job, (program, numbers, together) in enumerate(regions.jobs(self.plan, self.chunk)):
            if self.shard is not None and job % self.shard[1] != self.shard[0]:
                continue
            missing = [self._missing(program, region) for region in together]
            self.num_done += sum(r.num_networks for r in together) - sum(map(len, missing))
            parts = tuple((number, len(some)) for number, some in zip(numbers, missing, strict=True) if len(some))
            if parts:
                waves[program].append(Wave(program, np.concatenate(missing), parts))
        return waves, sum(map(len, waves))

    def _missing(self, program: int, region: regions.Region) -> np.ndarray:
        """The places in the program of a chunk's networks that are not finished."""
        places = regions.places(self.plan, self.plan.programs[program], region)
        index = self._chunk_index(program, region)
        if not all(disk.chunk_file(self.path, name, index + self._inner(name)).exists() for name in self.kinds):
            return places
        status = np.asarray(self.arrays["status"][self._box(program, region)])
        return places[status.ravel() == training.MISSING]

    def _write_chunk(self, program: int, number: int, places: np.ndarray, found: Found) -> None:
        region = self.regions[program][number]
        box = self._box(program, region)
        shape = [s.stop - s.start for s in box]
        whole = len(places) == region.num_networks
        inside = None if whole else np.isin(regions.places(self.plan, self.plan.programs[program], region), places)
        for name, array in self.arrays.items():
            kind = self.kinds[name]
            values = found.get(name)
            inner = kind.shape[len(box) :]
            if values is None:  # such as an accuracy, where another program of the sweep has one
                values = np.full((len(places), *inner), kind.blank, kind.dtype)
            if inside is not None:
                held = np.asarray(array[box]).reshape(-1, *inner)
                held[inside] = values
                values = held
            array[box] = values.reshape(*shape, *inner)

    def _box(self, program: int, region: regions.Region) -> tuple[slice, ...]:
        """A chunk in the arrays of the store."""
        index = self.plan.programs[program].cells[region.cell].index
        edges = region.box if self.settings.tasks else region.box[1:]
        return (*(slice(i, i + 1) for i in index), *(slice(*edge) for edge in edges))

    def _chunk_index(self, program: int, region: regions.Region) -> tuple[int, ...]:
        index = self.plan.programs[program].cells[region.cell].index
        numbers = tuple(first // size for (first, _), size in zip(region.box, self.chunk, strict=True))
        return (*index, *(numbers if self.settings.tasks else numbers[1:]))

    def _inner(self, name: str) -> tuple[int, ...]:
        return (0,) * (len(self.kinds[name].shape) - len(labelling.dimensions(self.settings)))
