"""Assemble the playground, which lies in the folder `playground`, into a part of a page.

Its scripts are classic ones that share the one global name `Playground`. Its style sheet holds rules for `.playground`
alone. Its one root element has the id `playground`. It makes no request and stores nothing. A page holds one
playground, because ids must be unique. An address that ends in #playground?task=... holds its settings.
"""

import re
from pathlib import Path

FOLDER = Path(__file__).with_name("playground")
# In the order in which they need one another; all but the last also run without a page. A worker is made of the text of
# the first three.
SCRIPTS = ("network.js", "tasks.js", "crowd.js", "draw.js", "settings.js", "views.js", "app.js")


def playground() -> str:
    """The playground as HTML, for the body of a page: a style element, the root element, and its scripts."""
    parts = [f"<style>\n{_read('playground.css')}</style>", _read("playground.html")]
    for name in SCRIPTS:
        text = _read(name)
        if re.search(r"</script|<!--", text, re.IGNORECASE):
            raise ValueError(f"{name} holds </script or <!--, which would end or hide the script in a page")
        parts.append(f'<script id="playground-{Path(name).stem}">\n{text}</script>')
    return "\n".join(parts)


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
