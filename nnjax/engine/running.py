"""A planned sweep, run: its results in memory, or block by block on disk."""

from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nnjax.engine import gathering, labelling, remote, store, workers
from nnjax.engine.gathering import Sink
from nnjax.engine.plans import Plan, Planner
from nnjax.engine.progress import Bar
from nnjax.engine.settings import Settings, Tasks
from nnjax.engine.workers import Waves

if TYPE_CHECKING:
    import xarray as xr


class How(NamedTuple):
    """Who trains: so many threads of this process, or an executor; and whether a bar is shown."""

    workers: int | None
    executor: Executor | None
    progress: bool


def in_memory(asked: Settings, plan: Plan, data: Tasks, how: How) -> "xr.Dataset":
    """Run a sweep whose results are kept in memory."""
    arrays = gathering.Arrays(asked, plan)
    waves = workers.waves(plan, how.workers or workers.default_workers())
    _train(asked, plan, data, waves, arrays, how, plan.num_networks, 0)
    return labelling.dataset(asked, plan, arrays.arrays)


def on_disk(
    path: Path, asked: Settings, data: Tasks, planner: Planner, shard: store.Shard | None, fresh: bool, how: How
) -> "xr.Dataset":
    """Run what a store does not hold yet of a sweep."""
    with store.opened(path, asked, data, planner, shard, fresh) as kept:
        try:
            if kept.num_done < kept.num_networks:
                total, done = kept.num_networks, kept.num_done
                _train(kept.settings, kept.plan, kept.data, kept.waves(), kept.write, how, total, done)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"stopped: {kept.how_to_go_on()}") from None
        except Exception as error:
            error.add_note(kept.how_to_go_on())
            raise
        return kept.dataset(asked)


def _train(
    asked: Settings, plan: Plan, data: Tasks, waves: Waves, sink: Sink, how: How, num_networks: int, done: int
) -> None:
    with Bar(num_networks, how.progress, done) as bar:
        if how.executor is None:
            gathering.train(asked, plan, data, waves, sink, bar, how.workers)
        else:
            remote.train(how.executor, asked, plan, data, waves, sink, bar)
