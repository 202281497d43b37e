"""Assemble the playground into a part of a page, and a page around its parts.

Its scripts are classic ones that share the one global name `Playground`, its style sheet holds rules for
`.playground` alone, and its one root element has the id `playground`. It makes no request and stores nothing. A page
holds one playground, because ids must be unique. An address that ends in #playground?task=... holds its settings.
"""

import html
import re
from pathlib import Path

FOLDER = Path(__file__).with_name("playground")
# In the order in which they need one another. A worker is made of the text of the first three.
SCRIPTS = ("network.js", "tasks.js", "crowd.js", "draw.js", "app.js")


def playground() -> str:
    """The playground as HTML, for the body of a page: a style element, the root element, and its scripts."""
    parts = [f"<style>\n{_read('playground.css')}</style>", _read("playground.html")]
    for name in SCRIPTS:
        text = _read(name)
        if re.search(r"</script|<!--", text, re.IGNORECASE):
            raise ValueError(f"{name} holds </script or <!--, which would end or hide the script in a page")
        parts.append(f'<script id="playground-{Path(name).stem}">\n{text}</script>')
    return "\n".join(parts)


def page(body: str, title: str, style: str = "") -> str:
    """A whole page around `body`, HTML. `style` is a style sheet of its own."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{html.escape(title)}</title>\n"
        f"<style>\nbody {{ margin: 0; }}\n{style}</style>\n"
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
