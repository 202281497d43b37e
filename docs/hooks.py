"""What mkdocs does besides: pages of findings from the committed results, and a page of the API for each module.

mkdocs is imported where it is used, so that the tests can read the pages without it.
"""

import ast
import functools
import re
from pathlib import Path

from experiments.lab import claims
from experiments.lab.report import findings, page
from experiments.lab.report.read import read

ROOT = Path(__file__).resolve().parents[1]


def on_config(config):
    """Add the API to the navigation."""
    config.nav.insert(-2, {"API": [{"nnjax": "api/index.md"}, *({name: f"api/{name}.md"} for name in modules())]})
    return config


def on_files(files, config):
    """Add the pages of the API and of the findings, and beside them the results: their page, figures and tables."""
    from mkdocs.structure.files import File

    for path, text in (api() | findings.pages(results())).items():
        files.append(File.generated(config, str(path), content=text))
    whole = page.as_html(claims.find(), ROOT / "results")
    files.append(File.generated(config, f"{findings.RESULTS}/index.html", content=whole))
    for path in sorted((ROOT / "results").rglob("*")):
        place = path.relative_to(ROOT)
        kept = path.suffix in (".png", ".csv", ".json", ".nc") and place.parts[1] not in (
            "quick",
            "unfinished",
            "repeats",
        )
        if kept and path.is_file():
            files.append(File.generated(config, place.as_posix(), abs_src_path=str(path)))
    return files


def on_page_markdown(markdown, page, config, files):
    """Fill in what is generated."""
    from mkdocs.exceptions import PluginError

    try:
        text = findings.filled(markdown, results())
        return LINK.sub(inside, text) if (ROOT / "docs" / page.file.src_uri).exists() else text  # not of what is made
    except (ValueError, OSError) as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from None


# A link out of docs/, which is right in the repository.
LINK = re.compile(r"\]\(\.\./((?:\.\./)*)(nnjax|results)/([^)#]*)(?:#([^)]*))?\)")


def inside(link):
    """The same link in the documentation: code is in the API, and statements are among the findings."""
    up, folder, path, anchor = link.groups()
    if folder == "nnjax":
        name = path.removesuffix(".py").removesuffix("/__init__")
        other = {"__init__": "api/index.md", "arguments": "api/index.md#arguments"}
        return f"]({up}{other.get(name, f'api/{name}.md')})"
    if path != "README.md":
        return f"]({up}{findings.RESULTS}/{path})"
    topic = (anchor or "").replace("-", "_")
    if topic in {one.claim.topic for one in results()}:
        return f"]({up}findings/{topic}.md)"
    return f"]({up}{findings.RESULTS}/index.html{f'#{anchor}' if anchor else ''})"


@functools.cache
def results():
    """The committed results."""
    return read(claims.find(), ROOT / "results")


def public():
    """The names in `nnjax.__all__`."""
    tree = ast.parse((ROOT / "nnjax" / "__init__.py").read_text(encoding="utf-8"))
    return next(ast.literal_eval(s.value) for s in tree.body if isinstance(s, ast.Assign))


def modules():
    """The public modules: those in `nnjax.__all__`, and `nnjax.sklearn`, which `import nnjax` does not load."""
    home = ROOT / "nnjax"
    return sorted({"sklearn", *(name for name in public() if (home / name).is_dir() or (home / f"{name}.py").exists())})


def api():
    """The pages of the API: what `nnjax` itself gives, and each module with what is in it."""
    known = modules()
    own = sorted(set(public()) - set(known), key=lambda name: (name != "sweep", name.lower()))
    heading = "    options: {show_root_heading: true, show_root_toc_entry: true}"
    first = "\n\n".join(["# nnjax", *(f"::: nnjax.{name}\n{heading}" for name in own)])
    listed = "\n".join(f"- [`nnjax.{name}`]({name}.md): {summary(ROOT / 'nnjax' / name)}" for name in known)
    pages = {"api/index.md": f"{first}\n\n## Arguments\n\n{arguments()}\n\n## Modules\n\n{listed}\n"}
    for name in known:
        folder = ROOT / "nnjax" / name
        parts = sorted(path.stem for path in folder.glob("[!_.]*")) if name == "theory" else []
        below = "".join(f"\n\n## nnjax.{name}.{part}\n\n::: nnjax.{name}.{part}" for part in parts)
        pages[f"api/{name}.md"] = f"# nnjax.{name}\n\n::: nnjax.{name}{below}\n"
    return pages


def arguments():
    """A table of the arguments of `nnjax.sweep`, from the one by which it checks them."""
    from nnjax.arguments import ARGUMENTS

    lines = ["| argument | kind | default | allowed | needs | in other libraries |", "|" + "---|" * 6]
    for row in ARGUMENTS:
        default = "" if row.default is None else f"`{getattr(row.default, '__name__', repr(row.default))}`"
        elsewhere = ", ".join(f"`{name}`" for name in row.elsewhere.split())
        needs = f"`{row.needs}`" if row.needs else ""
        lines.append(f"| `{row.name}` | {row.kind} | {default} | {row.allowed.words} | {needs} | {elsewhere} |")
    return "\n".join(lines)


def summary(path):
    """The first line of a module's docstring."""
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).split("\n")[0]
