"""Every link in a page or notebook leads somewhere, and so does every path to a page that a text names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import kg
from tests.conftest import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "notebooks" / "README.md"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TEXTS = [
    *(ROOT / name for name in ("Makefile", "NOTICE", "CHANGELOG.md")),
    *(
        path
        for folder in ("kg", "ontology", "queries", "tools", "tests", "bench")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".ttl", ".rq")
    ),
]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(path: Path) -> str:
    """What a reader sees as Markdown: a page without its code, or the words of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The names of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=relative)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for address in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        place, _, anchor = address.partition("#")
        if re.match(r"[a-z]+:", place):
            continue
        target = (page.parent / place).resolve() if place else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(address)
    assert broken == []


def test_every_page_that_a_text_names_exists() -> None:
    named = {
        (name, relative(path))
        for path in TEXTS
        for name in re.findall(r"docs/[\w/-]+\.(?:md|svg|ttl)", path.read_text(encoding="utf-8"))
    }
    assert named
    assert [(name, path) for name, path in sorted(named) if not (ROOT / name).is_file()] == []


def test_every_page_is_linked_from_the_index() -> None:
    """Directly, or from a page of the same folder: the pages of checks have an index of their own."""
    linked = {
        (index.parent / address).resolve()
        for index in (ROOT / "docs" / "README.md", ROOT / "docs" / "reference" / "checks" / "README.md")
        for address in re.findall(r"\]\(([^)#\s]+\.md)\)", index.read_text(encoding="utf-8"))
    }
    pages = {path for path in PAGES if path.is_relative_to(ROOT / "docs")} - {ROOT / "docs" / "README.md"}
    assert sorted(map(relative, pages - linked)) == []


def test_the_query_of_the_readme_has_rows(guide: kg.Guide) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = guide.query(readme.split("```sparql\n")[1].split("```")[0])
    assert rows.columns == ("scenario", "study")
    assert len(rows) > 10
