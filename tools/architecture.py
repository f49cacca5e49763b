"""Write the rooms of the package into ``docs/explain/architecture.md``, from the first sentence of each module.

Run it after a module was added, moved or renamed, or after its first sentence changed:

    python tools/architecture.py
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "kg"
PAGE = ROOT / "docs" / "explain" / "architecture.md"
MARK = "<!-- The rooms below are written by tools/architecture.py -->"

_ROOMS = (
    *("", "knowledge/sparql", "knowledge/turtle", "knowledge/content", "knowledge/ask"),
    *("logic/circuit", "logic/compiler"),
    *("patient", "patient/assess", "patient/reasons", "patient/what_if", "patient/evidence"),
    *("auditing", "author", "author/drafts", "author/publish", "author/prove"),
    *("show", "show/text", "show/text/screens", "show/html", "command"),
)
"""The rooms in the order of the page."""


def page() -> str:
    """The page as it should be."""
    written, _, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    return f"{written}{MARK}\n\n" + "\n".join(line for room in _ROOMS for line in _section(PACKAGE / room))


def _section(folder: Path) -> Iterator[str]:
    name = folder.relative_to(ROOT).as_posix()
    yield f"### `{name}/`"
    yield ""
    if folder != PACKAGE:
        yield _about(folder / "__init__.py")
        yield ""
    paths = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py" or folder == PACKAGE]
    if paths:
        yield from ("| module | what it is for |", "|---|---|")
        yield from (f"| `{path.name}` | {_about(path)} |" for path in paths)
        yield ""


def _about(path: Path) -> str:
    """The first paragraph of a module's docstring, as one line of Markdown."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(said.partition("\n\n")[0].split()).replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
