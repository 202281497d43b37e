"""Where the files of a store lie: under plain names inside its folder, so that nothing outside is read or written."""

import os
import re
from pathlib import Path


def is_key(key: str) -> bool:
    """Whether this is the key of an array's file: name/zarr.json, or name/c/0/1 for a chunk. Names are identifiers."""
    name, _, rest = key.partition("/")
    return name.isidentifier() and re.fullmatch(r"zarr\.json|c(/[0-9]+)*", rest, re.ASCII) is not None


def check_inside(store: Path, folder: Path) -> None:
    """Check that a folder of a store, whether it exists or not, is reached without symbolic links.

    Raises:
        ValueError: naming the folder. A link may lead out of the store, to files that are not ours.
    """
    inside = folder.relative_to(store)
    if os.path.realpath(folder) != os.path.join(os.path.realpath(store), inside):
        raise ValueError(
            f"store={str(store)!r} has a symbolic link in the path of its folder {str(inside)!r}, so writing there "
            "could change other files: put the folder itself in its place"
        )
