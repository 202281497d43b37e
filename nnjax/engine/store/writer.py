"""Write a sweep to its store, and find what is left to train."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnjax import hooks, provenance
from nnjax.engine import dataset
from nnjax.engine.jobs import Found, Job, Jobs, Spent
from nnjax.engine.plan import Plan
from nnjax.engine.request import Request, Tasks
from nnjax.engine.store import checksums, chunks, files, setup
from nnjax.engine.store.chunks import Chunk
from nnjax.engine.store.locks import Right
from nnjax.engine.store.run_log import RunLog, run_file

if TYPE_CHECKING:
    import xarray as xr

# The chunks of a job that is not finished, and how many networks of each are missing.
type Unfinished = tuple[Sequence[Chunk], Sequence[int]]


class Writer:
    """A sweep on disk that this process is writing, or one shard of it."""

    def __init__(
        self, path: Path, request: Request, data: Tasks, plan: Plan, chunk: tuple[int, ...], right: Right
    ) -> None:
        self.path, self.request, self.data = path, request, data
        self.plan, self.chunk, self.right, self.shard = plan, chunk, right, right.shard
        self.kinds = setup.arrays(request, plan, chunk)
        self.memory, self.encoders = files.encoders(self.kinds)
        self.store, self.arrays, self.finished = files.snapshot(path)
        self.lock = threading.Lock()
        self.folders: set[Path] = set()
        self._count()
        if not self.finished.all() or self.num_done < self.num_networks:
            self._mark(False)

    def __enter__(self) -> "Writer":
        hooks.tell("opened", self.path)
        number, dirty = provenance.commit(Path(__file__).resolve().parents[3])
        about = {"commit": number, "dirty": dirty, "shard": self.shard, "networks_before": self.num_done}
        self.log = RunLog(run_file(self.path, self.shard), about)
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        ended = "finished" if error is None else f"{type(error).__name__}: {error}"
        try:
            with files.clear_errors("the run log could not be written", self.how_to_resume()):
                self.log.close(ended[:1000])
        except OSError:
            if error is None:
                raise

    def write(self, job: Job, found: Found, spent: Spent) -> None:
        """Write the networks of a job. Once this returns, they survive a power failure."""
        hooks.tell("write", self.path, job.name, len(job.places))
        with files.clear_errors("the store could not be written", self.how_to_resume()):
            self.right.check_place()
            contents: dict[str, bytes] = {}
            first = 0
            for chunk, count in job.parts:
                part = {name: values[first : first + count] for name, values in found.items()}
                contents |= self._chunks(job.program, chunk, job.places[first : first + count], part)
                first += count
            # The status last, so that a network counts only once the rest of it is on the disk.
            for last in (False, True):
                some = {key: content for key, content in contents.items() if key.startswith("status/") == last}
                files.write(self.path, some, known=self.folders)
            with self.lock:
                self.jobs_done += 1
                self.log.add(len(job.places), *spent)
        hooks.tell("written", self.path, job.name, len(job.places))

    def dataset(self, asked: Request) -> "xr.Dataset":
        """The part of the store that `asked` asks for, in the order of its axes; values are read when needed."""
        with files.clear_errors("the store could not be read", self.how_to_resume()):
            self.right.check_place()
            result = files.open_dataset(self.path)
            if result.attrs["finished"] == files.FINISHED[True]:
                self._mark(True)
        for dim, wanted in dataset.coordinates(asked).items():
            if dim in result.dims and not np.array_equal(result[dim].values, wanted[1]):
                index = result.indexes[dim].get_indexer(wanted[1])
                if (index < 0).any():
                    raise ValueError(
                        f"store={str(self.path)!r} is damaged: its axis {dim} lacks {wanted[1][index < 0][0]}"
                    )
                result = result.isel({dim: index})
        dims = asked.dimensions()
        return result if dims == self.request.dimensions() else result.transpose(*dims, ...)

    def how_to_resume(self) -> str:
        """A line for a user whose sweep was stopped: how to resume it, and how much is finished."""
        return (
            f"run the same sweep again to go on: {self.jobs_done:,} of {self.num_jobs:,} jobs are finished and kept "
            f"in {self.path}"
        )

    def num_left(self) -> list[int]:
        """How many networks of each program are still to be trained in this shard."""
        return [sum(sum(missing) for _, missing in unfinished) for unfinished in self.unfinished]

    def jobs(self) -> Jobs:
        """The jobs that are still to be trained in this shard, by program."""
        return [self._jobs(number) for number in range(len(self.plan.programs))]

    def _count(self) -> None:
        """Count the jobs and networks of this shard, and how many of them are finished."""
        self.unfinished: list[list[Unfinished]] = [[] for _ in self.plan.programs]
        self.num_jobs = self.jobs_done = self.num_networks = self.num_done = 0
        for number, (program, parts) in enumerate(chunks.jobs(self.plan, self.chunk)):
            if self.shard is not None and number % self.shard[1] != self.shard[0]:
                continue
            missing = [self._num_missing(program, chunk) for chunk in parts]
            self.num_jobs += 1
            self.jobs_done += not any(missing)
            self.num_networks += sum(chunk.num_networks for chunk in parts)
            self.num_done += sum(chunk.num_networks for chunk in parts) - sum(missing)
            if any(missing):
                self.unfinished[program].append((parts, missing))

    def _jobs(self, program: int) -> Iterator[Job]:
        for parts, missing in self.unfinished[program]:
            places = [
                self._missing(program, chunk) if count < chunk.num_networks else self._places(program, chunk)
                for chunk, count in zip(parts, missing, strict=True)
                if count
            ]
            left = tuple((chunk, count) for chunk, count in zip(parts, missing, strict=True) if count)
            yield Job(program, np.concatenate(places), left)

    def _places(self, program: int, chunk: Chunk) -> np.ndarray:
        return chunks.places(self.plan, self.plan.programs[program], chunk)

    def _missing(self, program: int, chunk: Chunk) -> np.ndarray:
        """The places in the program of a chunk's networks that are not finished."""
        return self._places(program, chunk)[~self.finished[self._box(program, chunk)].ravel()]

    def _num_missing(self, program: int, chunk: Chunk) -> int:
        if not self._is_there(program, chunk):
            return chunk.num_networks
        return int((~self.finished[self._box(program, chunk)]).sum())

    def _is_there(self, program: int, chunk: Chunk) -> bool:
        """Whether a chunk has been written in every array, and no file of it is missing or older than its status."""
        index = self._chunk_index(program, chunk)
        written = int(self.store.generations[index])
        chunk_files = (self.path / checksums.chunk_key(name, index + self._inner(name)) for name in self.kinds)
        return written > 0 and all(checksums.generation_of(file) >= written for file in chunk_files)

    def _mark(self, finished: bool) -> None:
        """Write down whether the store is finished, unless it says so already."""
        with self.right.changing():
            files.mark(self.path, finished)

    def _chunks(self, program: int, chunk: Chunk, places: np.ndarray, found: Found) -> dict[str, bytes]:
        """The contents of a chunk's files with these networks added, by key."""
        box, index = self._box(program, chunk), self._chunk_index(program, chunk)
        shape = [s.stop - s.start for s in box]
        whole = len(places) == chunk.num_networks
        inside = None if whole else np.isin(self._places(program, chunk), places)
        written = int(self.store.generations[index]) + 1
        contents = {}
        for name, kind in self.kinds.items():
            values = found.get(name)
            inner = kind.shape[len(box) :]
            if values is None:  # such as an accuracy that only another program of the sweep has
                values = np.full((len(places), *inner), kind.blank, kind.dtype)
            if inside is not None:
                held = np.array(self.arrays[name][box]).reshape(-1, *inner)
                held[inside] = values
                values = held
            self.encoders[name][box] = values.reshape(*shape, *inner)
            key = checksums.chunk_key(name, index + self._inner(name))
            contents[key] = checksums.sealed_chunk(self.memory.pop(key).to_bytes(), self.store.sealed, key, written)
        return contents

    def _box(self, program: int, chunk: Chunk) -> tuple[slice, ...]:
        """The slices of a chunk in the arrays of the store."""
        index = self.plan.programs[program].cells[chunk.cell].index
        task, *others = chunk.box
        tasks = [task] if len(self.request.task_axes) == 1 else [(i, i + 1) for i in self.request.task_places(task[0])]
        return (*(slice(i, i + 1) for i in index), *(slice(*edge) for edge in (*tasks, *others)))

    def _chunk_index(self, program: int, chunk: Chunk) -> tuple[int, ...]:
        index = self.plan.programs[program].cells[chunk.cell].index
        task, *others = (first // size for (first, _), size in zip(chunk.box, self.chunk, strict=True))
        return (*index, *map(int, self.request.task_places(task)), *others)

    def _inner(self, name: str) -> tuple[int, ...]:
        return (0,) * (len(self.kinds[name].shape) - len(self.request.dimensions()))
