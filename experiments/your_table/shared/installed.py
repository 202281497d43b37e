"""The packages that a user's own table needs beside a plain install of nnjax."""

import importlib.util

NEEDED = {"pandas": "pandas", "sklearn": "scikit-learn"}


def check() -> None:
    """Raise a ValueError that says what to install, before anything is read."""
    lacking = [told for name, told in NEEDED.items() if importlib.util.find_spec(name) is None]
    if lacking:
        raise ValueError(f"your_table needs {' and '.join(lacking)}: pip install -e '.[experiments]'")
