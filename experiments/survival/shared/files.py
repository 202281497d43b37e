"""The files of a store: Zarr of format 3, `<store>/<variable>/c/<i>/<j>/...`, with a zarr.json for each variable."""

from pathlib import Path

METADATA = "zarr.json"
# New metadata of a store that is being extended lie in this file of it until they are at their places.
GROWTH = "status/.nnjax/growth.json"


def chunk_files(store: Path, name: str) -> list[Path]:
    """All chunks of a variable, in a fixed order. What a killed writer has left half-written is none."""
    chunks = store / name / "c"  # of one number, itself the file
    found = [chunks, *chunks.rglob("*")]
    return sorted(file for file in found if file.is_file() and file.suffix != ".partial")


def unfinished(store: Path) -> Path:
    """The store, without the status of every second chunk of networks, so that those are to be trained again."""
    for file in chunk_files(store, "status")[::2]:
        file.unlink()
    return store


def moving(store: Path) -> Path:
    """The file that is there while a store is extended and its new metadata are written to their places."""
    return store / GROWTH
