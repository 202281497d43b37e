"""Who may write a store: one process, or the shards of one sweep.

The right to write is a lock of the operating system on a file inside the store. The lock ends with the process that
holds it, however that ends, so nobody has to guess from a date whether the holder is still alive. Whoever reaches the
store by another path, such as in another container, locks the same file. Lock files stay behind and mean nothing.
"""

import contextlib
import json
import os
import re
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nnjax.engine.store.places import check_inside

# Our own folder in the store, where Zarr looks for nothing: it holds the run log, half-written files, a mark while the
# store grows, and a folder of locks.
OWN, FOLDER = "status/.nnjax", "lock"
# How many seconds to wait while another process opens the store, which takes seconds at most; while many shards do so
# in turn; and while the process that wrote it last is closing it.
SECONDS_TO_SET_UP, SECONDS_FOR_SHARDS, SECONDS_TO_CLOSE = 60.0, 600.0, 5.0
# The file that is locked as long as a process is making a store.
MAKER = "maker"

type Shard = tuple[int, int]

_held: set[int] = set()


@contextlib.contextmanager
def held(store: Path, shard: Shard | None) -> Iterator["Right"]:
    """Hold the right to write an existing store, or one shard of it.

    Inside `with right.setting_up()` nobody else opens the store for writing. Its shape may be changed only there, and
    only if `right.alone`.

    Raises:
        ValueError: if another process holds the right, naming host and process; if a link leads out of the store.
    """
    folder = store / OWN / FOLDER
    if not (store / "status").is_dir():
        raise ValueError(f"{store / 'status'} is missing: the store is damaged; restore it from a copy, or start anew")
    check_inside(store, folder)
    for one in (folder.parent, folder):  # which a copy of a store may lack
        one.mkdir(exist_ok=True)
    with contextlib.ExitStack() as files:
        yield Right(store, folder, shard, files)


@contextlib.contextmanager
def making(folder: Path, store: str) -> Iterator[None]:
    """Make a folder in which a store of this name is made; a locked file in it says so while this process makes it."""
    locks = folder / OWN / FOLDER
    locks.mkdir(parents=True)
    with contextlib.ExitStack() as files:
        marker = _open(locks / MAKER, files)
        _lock(marker, "exclusive")
        _sign(marker, store=store)
        yield


def abandoned(store: Path) -> Iterator[Path]:
    """Yield the folders beside a store in which it was being made by processes that have ended, and no others."""
    for folder in store.parent.iterdir():
        if not re.fullmatch(re.escape(store.name) + r"\.new-[0-9a-f]{32}", folder.name) or folder.is_symlink():
            continue
        with contextlib.ExitStack() as files:
            try:
                check_inside(folder, folder / OWN / FOLDER)
                marker = _open(folder / OWN / FOLDER / MAKER, files, create=False)
            except (OSError, ValueError):
                continue
            if _read(marker).get("store") == store.name and _lock(marker, "exclusive"):
                yield folder


class Right:
    """The right to write a store; nothing is held before `setting_up`."""

    def __init__(self, store: Path, folder: Path, shard: Shard | None, files: contextlib.ExitStack) -> None:
        self.store, self.folder, self.shard, self.files = store, folder, shard, files
        self.alone = False

    @contextlib.contextmanager
    def setting_up(self) -> Iterator[None]:
        """Take the right, and keep all others from taking theirs until the end of the block."""
        with contextlib.ExitStack() as short:
            short.enter_context(self.changing())
            self.writer = self._take()
            self.check_place()
            yield
            if self.shard is not None:
                _lock(self.writer, "shared")

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Inside, nobody else changes the metadata of the whole store."""
        with contextlib.ExitStack() as short:
            mutex = _open(self.folder / "setup", short)
            until = time.monotonic() + (SECONDS_TO_SET_UP if self.shard is None else SECONDS_FOR_SHARDS)
            while not _lock(mutex, "exclusive"):
                if time.monotonic() > until:
                    raise ValueError(f"store={str(self.store)!r}: {_holder(mutex)} has been opening it for too long")
                time.sleep(0.02)
            _sign(mutex)
            yield

    def check_place(self) -> None:
        """Raise an OSError if the store is no longer at its path."""
        try:
            there = os.stat(self.folder / "writer")
        except FileNotFoundError:
            there = None
        if there is None or not os.path.samestat(there, os.fstat(self.writer)):
            raise OSError(f"{self.store} has been renamed or removed while it was being written")

    def _take(self) -> int:
        writer = self._locked()
        if self.shard is None:
            _sign(writer)
            return writer
        number, count = self.shard
        if self.alone:
            _sign(writer, shards=count)
        own = _open(self.folder / f"shard-{number}-of-{count}", self.files)
        if not _lock(own, "exclusive"):
            raise self._refusal(own, f"shard {number} of {count}")
        _sign(own)
        return writer

    def _locked(self) -> int:
        """The file of the writer, locked: by this process alone, or shared with shards (j, n) of the same n."""
        until = time.monotonic() + SECONDS_TO_CLOSE
        while True:
            with contextlib.ExitStack() as files:
                writer = _open(self.folder / "writer", files)
                self.alone = _lock(writer, "exclusive")
                beside = not self.alone and self.shard is not None and _lock(writer, "shared")
                signed = _read(writer)
                if self.alone or (beside and self.shard and signed.get("shards") == self.shard[1]):
                    self.files.push(files.pop_all())
                    return writer
                # A process that closes the file holds it alone for a moment. It is unsigned then, or signed by shards.
                closing = not signed or (self.shard is not None and signed.get("shards") == self.shard[1])
                if not closing or time.monotonic() > until:
                    raise self._refusal(writer)
            time.sleep(0.02)

    def _refusal(self, file: int, what: str = "it") -> ValueError:
        return ValueError(
            f"store={str(self.store)!r}: {what} is being written by {_holder(file)}; wait until it ends, or stop it"
        )


def _open(path: Path, files: contextlib.ExitStack, create: bool = True) -> int:
    if path.is_symlink():  # to a file that is not ours, and signing it would overwrite it
        raise ValueError(f"{path} is a symbolic link, which cannot be a lock of a store: remove it")
    flags = os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(path, flags | (os.O_CREAT if create else 0), 0o666)
    _held.add(file)
    files.callback(_close, file)
    return file


def _close(file: int) -> None:
    _held.discard(file)
    if _lock(file, "exclusive"):  # nobody else holds it, no other shard either
        with contextlib.suppress(OSError):
            os.ftruncate(file, 0)
    os.close(file)


def _forget() -> None:
    """Close the locks in a forked process: its copies of them must not outlive their holder."""
    while _held:
        os.close(_held.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def _lock(file: int, kind: str) -> bool:
    """Try to take the lock without waiting, and return whether this process now has it."""
    try:
        import fcntl
    except ImportError as error:
        raise ValueError("store: this system has no file locks (fcntl), so a store cannot be written safely") from error
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if kind == "exclusive" else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(file: int, **more: Any) -> None:
    """Write down who holds the lock, for those who are refused."""
    who = {
        "host": socket.gethostname(),
        "process": os.getpid(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    os.ftruncate(file, 0)
    os.pwrite(file, json.dumps(who | more).encode(), 0)


def _read(file: int) -> dict[str, Any]:
    try:
        found = json.loads(os.pread(file, 10_000, 0))
    except ValueError:  # its holder is just signing
        return {}
    return found if isinstance(found, dict) else {}


def _holder(file: int) -> str:
    who = _read(file)
    if "shards" in who:
        return (
            f"shards of a sweep in {who['shards']} parts, the first on host {who['host']} in process {who['process']}"
        )
    if "host" not in who:
        return "another process"
    return f"process {who['process']} on host {who['host']} since {who['since']}"
