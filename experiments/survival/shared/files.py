"""The files of a store: Zarr format 3, `<store>/<variable>/c/<i>/<j>/...`, with a zarr.json for each variable."""

from pathlib import Path

METADATA = "zarr.json"
# While a store is extended, this file is in it until the new metadata are in their places.
GROWTH = "status/.nnjax/growth.json"


def chunk_files(store: Path, name: str) -> list[Path]:
    """The files of all chunks of a variable, sorted. What a killed writer has left half-written does not count."""
    chunks = store / name / "c"  # for a single number, this is the file
    found = [chunks, *chunks.rglob("*")]
    return sorted(file for file in found if file.is_file() and file.suffix != ".partial")


def unfinished(store: Path) -> Path:
    """Remove the status of every second chunk of networks, so that a sweep trains them again; return the store."""
    for file in chunk_files(store, "status")[::2]:
        file.unlink()
    return store


def moving(store: Path) -> Path:
    """The file that exists while a store is extended and its new metadata are moved to their places."""
    return store / GROWTH
