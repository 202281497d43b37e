"""What mkdocs does besides: numbers and figures of the committed results, and a page of the API for each module.

mkdocs is imported where it is used, so that the tests can read the pages without it.
"""

import ast
import functools
from pathlib import Path

from experiments.lab.claims import find_claims
from experiments.lab.report import findings, index
from experiments.lab.report.fill import filled
from experiments.lab.report.read import read

ROOT = Path(__file__).resolve().parents[1]
FULL = ["--preset", "full"]


def on_config(config):
    """Add to the navigation the API, and topics that have no page in `docs/`."""
    pages = [{name: f"api/{name}.md"} for name in modules()]
    config.nav.insert(-2, {"API": [{"nnjax": "api/index.md"}, *pages]})
    parts = {title: pages for part in config.nav for title, pages in part.items()}
    for topic, path in topics().items():
        part = parts["The engine" if path.startswith("engine/") else "Findings"]
        part.append({topic.replace("_", " ").capitalize(): path})
    return config


def on_files(files, config):
    """Add the pages of the API, and beside the pages the results: their page, their figures and tables."""
    from mkdocs.structure.files import File

    own = {path: asked(topic) for topic, path in topics().items()}
    for path, text in (api() | own).items():
        files.append(File.generated(config, path, content=text))
    page = index.as_html(find_claims(), ROOT / "results", FULL)
    files.append(File.generated(config, f"{findings.RESULTS}/index.html", content=page))
    for one in results():
        for path in [*one.figures, *([one.table] if one.table else [])]:
            place = f"{findings.RESULTS}/{one.claim.name.replace('.', '/')}/{path.name}"
            files.append(File.generated(config, place, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown, page, config, files):
    """Fill in the numbers."""
    from mkdocs.exceptions import PluginError

    try:
        return filled(markdown, results(), findings.blocks(results(), "../" * page.file.src_uri.count("/")))
    except ValueError as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from None


@functools.cache
def results():
    """The committed results."""
    return read(find_claims(), ROOT / "results", FULL)


def topics():
    """The topics without a page in `docs/`, and where theirs is made."""
    pages = {findings.page(one, "").partition("#")[0]: one.claim.name.partition(".")[0] for one in results()}
    return {topic: path for path, topic in pages.items() if not (ROOT / "docs" / path).exists()}


def asked(topic):
    """The page of a topic: its question, and claim by claim what was found."""
    question = summary(ROOT / "experiments" / topic)
    title = topic.replace("_", " ").capitalize()
    return f"# {title}\n\n{question}\n\n## Experiment by experiment\n\n{{{{ claims {topic} }}}}\n"


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
    pages = {"api/index.md": f"{first}\n\n## Modules\n\n{listed}\n"}
    for name in known:
        folder = ROOT / "nnjax" / name
        parts = sorted(path.stem for path in folder.glob("[!_.]*")) if name == "theory" else []
        below = "".join(f"\n\n## nnjax.{name}.{part}\n\n::: nnjax.{name}.{part}" for part in parts)
        pages[f"api/{name}.md"] = f"# nnjax.{name}\n\n::: nnjax.{name}{below}\n"
    return pages


def summary(path):
    """The first line of a module's docstring."""
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).split("\n")[0]
