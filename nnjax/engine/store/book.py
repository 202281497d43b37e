"""A sweep on disk that this process is writing: what is left to train, and the writing of what was trained."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnjax import training
from nnjax.engine import labelling, provenance
from nnjax.engine.gathering import Found, Spent
from nnjax.engine.plans import Plan
from nnjax.engine.settings import Settings, Tasks
from nnjax.engine.store import disk, reading, regions, setup
from nnjax.engine.store.journal import Journal, run_file
from nnjax.engine.store.locks import Shard
from nnjax.engine.store.regions import Region
from nnjax.engine.workers import Wave, Waves

if TYPE_CHECKING:
    import xarray as xr

# The chunks of a job, and how many networks of each are missing.
type Job = tuple[Sequence[Region], Sequence[int]]


class Book:
    """A sweep on disk that this process is writing, or one shard of it."""

    def __init__(
        self, path: Path, settings: Settings, data: Tasks, plan: Plan, chunk: tuple[int, ...], shard: Shard | None
    ) -> None:
        self.path, self.settings, self.data = path, settings, data
        self.plan, self.chunk, self.shard = plan, chunk, shard
        kinds = setup.variables(settings, plan, chunk)
        # The status last: a network counts once the rest of it is there.
        names = [*(name for name in kinds if name != "status"), "status"]
        self.kinds = {name: kinds[name] for name in names}
        self.arrays = disk.arrays(path, names)
        self.lock = threading.Lock()
        self._count()

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

    def write(self, wave: Wave, found: Found, spent: Spent) -> None:
        """Write the networks of a wave, chunk by chunk."""
        with disk.clear_errors("the store could not be written", self.how_to_go_on()):
            first = 0
            for region, count in wave.parts:
                part = {name: values[first : first + count] for name, values in found.items()}
                self._write_chunk(wave.program, region, wave.places[first : first + count], part)
                first += count
            with self.lock:
                self.jobs_done += 1
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
        return (
            f"run the same sweep again to go on: {self.jobs_done:,} of {self.num_jobs:,} blocks are finished and kept "
            f"in {self.path}"
        )

    def waves(self) -> Waves:
        """What is still to be trained in this shard, by program."""
        return [self._waves(number) for number in range(len(self.plan.programs))]

    def _count(self) -> None:
        """Count jobs and networks of this shard, and those that are finished."""
        self.jobs: list[list[Job]] = [[] for _ in self.plan.programs]
        self.num_jobs = self.jobs_done = self.num_networks = self.num_done = 0
        for number, (program, chunks) in enumerate(regions.jobs(self.plan, self.chunk)):
            if self.shard is not None and number % self.shard[1] != self.shard[0]:
                continue
            missing = [self._num_missing(program, chunk) for chunk in chunks]
            self.num_jobs += 1
            self.jobs_done += not any(missing)
            self.num_networks += sum(chunk.num_networks for chunk in chunks)
            self.num_done += sum(chunk.num_networks for chunk in chunks) - sum(missing)
            if any(missing):
                self.jobs[program].append((chunks, missing))

    def _waves(self, program: int) -> Iterator[Wave]:
        for chunks, missing in self.jobs[program]:
            places = [
                self._missing(program, chunk) if count < chunk.num_networks else self._places(program, chunk)
                for chunk, count in zip(chunks, missing, strict=True)
                if count
            ]
            parts = tuple((chunk, count) for chunk, count in zip(chunks, missing, strict=True) if count)
            yield Wave(program, np.concatenate(places), parts)

    def _places(self, program: int, region: Region) -> np.ndarray:
        return regions.places(self.plan, self.plan.programs[program], region)

    def _missing(self, program: int, region: Region) -> np.ndarray:
        """The places in the program of a chunk's networks that are not finished."""
        return self._places(program, region)[self._status(program, region) == training.MISSING]

    def _num_missing(self, program: int, region: Region) -> int:
        if not self._is_there(program, region):
            return region.num_networks
        return int((self._status(program, region) == training.MISSING).sum())

    def _is_there(self, program: int, region: Region) -> bool:
        """Whether a chunk has been written in every array, and none of its files has gone."""
        index = self._chunk_index(program, region)
        return all(reading.chunk_file(self.path, name, index + self._inner(name)).exists() for name in self.kinds)

    def _status(self, program: int, region: Region) -> np.ndarray:
        return np.asarray(self.arrays["status"][self._box(program, region)]).ravel()

    def _write_chunk(self, program: int, region: Region, places: np.ndarray, found: Found) -> None:
        box = self._box(program, region)
        shape = [s.stop - s.start for s in box]
        whole = len(places) == region.num_networks
        inside = None if whole else np.isin(self._places(program, region), places)
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

    def _box(self, program: int, region: Region) -> tuple[slice, ...]:
        """A chunk in the arrays of the store."""
        index = self.plan.programs[program].cells[region.cell].index
        edges = region.box if self.settings.tasks else region.box[1:]
        return (*(slice(i, i + 1) for i in index), *(slice(*edge) for edge in edges))

    def _chunk_index(self, program: int, region: Region) -> tuple[int, ...]:
        index = self.plan.programs[program].cells[region.cell].index
        numbers = tuple(first // size for (first, _), size in zip(region.box, self.chunk, strict=True))
        return (*index, *(numbers if self.settings.tasks else numbers[1:]))

    def _inner(self, name: str) -> tuple[int, ...]:
        return (0,) * (len(self.kinds[name].shape) - len(labelling.dimensions(self.settings)))
