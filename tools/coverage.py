"""Write ``coverage.md``, on every numbered passage of the source article, and the same page on low back pain.

It reads the Turtle files directly and needs nothing from the package. Run it after a change to the content:

    python tools/coverage.py
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "coverage.md"
LOW_BACK_PAIN_PAGE = ROOT / "docs" / "reference" / "coverage-low-back-pain.md"

BASE = "https://w3id.org/nextstudy/"
TOPIC = f"{BASE}topic/thoracic-back-pain/"
ARTICLE = NamedNode(f"{BASE}source/gighz-abnormal-radiograph")
SOURCE = NamedNode("http://www.w3.org/ns/oa#hasSource")
DERIVED = NamedNode("http://www.w3.org/ns/prov#wasDerivedFrom")
LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
TITLE = NamedNode("http://purl.org/dc/terms/title")
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")

HEAD = """# What became of every passage of the source article

The article was read as 142 numbered passages, S1 to S142. Each passage is either a statement of the graph, with its
place in the text, or left out for the reason given in its row. The last column lists what is derived from the statement
(`prov:wasDerivedFrom`) and the conflicts that it is a party to (`ns:party`).

Written by `tools/coverage.py` from `ontology/`; do not edit by hand.
"""

LOW_BACK_PAIN_HEAD = """# What became of every statement on low back pain

Each statement restates one place in one source. The last column lists what is derived from it (`prov:wasDerivedFrom`)
and the conflicts that it is a party to (`ns:party`).

Written by `tools/coverage.py` from `ontology/`; do not edit by hand.
"""


class Passage(NamedTuple):
    """A numbered passage.

    Attributes:
        number: Such as ``S13``.
        omitted: Whether it is left out.
        words: What it says, in our words, or why it is left out.
        section: The heading in the article.
        derived: What is derived from it.
        conflicts: The conflicts to which it is a party.
    """

    number: str
    omitted: bool
    words: str
    section: str
    derived: tuple[str, ...]
    conflicts: tuple[str, ...]


class Content(NamedTuple):
    """What the files say, in the forms that the pages need.

    Attributes:
        quads: Everything.
        values: A value for each node and property.
        derived: For each statement, the names of what is derived from it.
        conflicts: For each statement, the conflicts to which it is a party.
    """

    quads: list[Quad]
    values: dict[tuple[object, object], object]
    derived: dict[object, set[str]]
    conflicts: dict[object, set[str]]


def content(topic: str) -> Content:
    """Read the folder; names below the IRI of ``topic`` are shown without it."""
    quads = [
        quad
        for path in sorted((ROOT / "ontology").rglob("*.ttl"))
        if "shapes" not in path.relative_to(ROOT).parts
        for quad in parse(path=path, format=RdfFormat.TURTLE)
    ]
    names = _names(quads, topic)
    number, party = NamedNode(f"{BASE}ontology#number"), NamedNode(f"{BASE}ontology#party")
    values: dict[tuple[object, object], object] = {(quad.subject, quad.predicate): quad.object for quad in quads}
    derived: dict[object, set[str]] = defaultdict(set)
    conflicts: dict[object, set[str]] = defaultdict(set)
    for quad in quads:
        if quad.predicate == DERIVED:
            derived[quad.object].add(names[quad.subject])
        elif quad.predicate == party:
            conflicts[quad.object].add(_text(values.get((quad.subject, number))) or names[quad.subject])
    return Content(quads, values, derived, conflicts)


def passages() -> list[Passage]:
    """What the content says about every numbered passage, by number."""
    said = content(TOPIC)
    ns = {name: NamedNode(f"{BASE}ontology#{name}") for name in ("number", "section", "Omission")}
    omissions = {quad.subject for quad in said.quads if quad.predicate == TYPE and quad.object == ns["Omission"]}
    found = [
        Passage(
            number=_text(said.values[quad.subject, ns["number"]]),
            omitted=quad.subject in omissions,
            words=_text(said.values[quad.subject, LABEL]),
            section=_text(said.values[quad.subject, ns["section"]]),
            derived=tuple(sorted(said.derived[quad.subject])),
            conflicts=tuple(sorted(said.conflicts[quad.subject], key=lambda name: (len(name), name))),
        )
        for quad in said.quads
        if quad.predicate == SOURCE and quad.object == ARTICLE and (quad.subject, ns["number"]) in said.values
    ]
    return sorted(found, key=lambda passage: int(passage.number[1:]))


def low_back_pain_page() -> str:
    """The page on low back pain as it should be."""
    topic = f"{BASE}topic/low-back-pain/"
    said = content(topic)
    section = NamedNode(f"{BASE}ontology#section")
    rows = []
    for quad in said.quads:
        if quad.predicate == SOURCE and _text(quad.subject).startswith(f"{topic}statement/"):
            place = f"{_text(said.values[quad.object, TITLE])}, {_text(said.values[quad.subject, section])}"
            used = [
                *(f"`{name}`" for name in sorted(said.derived[quad.subject])),
                *sorted(said.conflicts[quad.subject]),
            ]
            name = _text(quad.subject).removeprefix(f"{topic}statement/")
            rows.append(f"| {name} | {place} | {_text(said.values[quad.subject, LABEL])} | {', '.join(used)} |")
    alone = [row.split(" | ")[0].removeprefix("| ") for row in rows if row.endswith("|  |")]
    unused = ", ".join(alone) or "none"
    lines = [
        LOW_BACK_PAIN_HEAD,
        f"{len(rows)} statements. Nothing is derived from these: {unused}.",
        "",
        "| statement | source and place | in our words | derived from it; conflicts |",
        "|---|---|---|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n"


def page() -> str:
    """The page on the source article as it should be."""
    found = passages()
    statements = [passage for passage in found if not passage.omitted]
    alone = [passage.number for passage in statements if not passage.derived]
    lines = [
        HEAD,
        "| | passages |",
        "|---|---:|",
        f"| statements | {len(statements)} |",
        f"| left out | {len(found) - len(statements)} |",
        f"| total | {len(found)} |",
        f"| statements that something is derived from | {len(statements) - len(alone)} |",
        "",
        f"Nothing is derived from these statements: {', '.join(alone) or 'none'}.",
        "",
        "| passage | status | section of the article | in our words | derived from it; conflicts |",
        "|---|---|---|---|---|",
    ]
    for passage in found:
        status = "left out" if passage.omitted else "statement"
        used = ", ".join([*(f"`{name}`" for name in passage.derived), *passage.conflicts])
        lines.append(f"| {passage.number} | {status} | {passage.section} | {passage.words} | {used} |")
    return "\n".join(lines) + "\n"


def _names(quads: list[Quad], topic: str) -> dict[object, str]:
    """Short readable names: a node by its path, a nested one by the node around it and its slug, study or technique."""
    slugs = {f"{BASE}ontology#slug", f"{BASE}ontology#procedure", f"{BASE}ontology#technique"}
    names: dict[object, str] = {}
    tells: dict[object, str] = {}
    for quad in quads:
        if isinstance(quad.subject, NamedNode):
            names[quad.subject] = quad.subject.value.removeprefix(topic).removeprefix(BASE)
        elif quad.predicate.value in slugs:
            tells[quad.subject] = _text(quad.object).rsplit("/", 1)[-1]
    for quad in quads:
        if isinstance(quad.object, BlankNode) and quad.object in tells and quad.subject in names:
            part = quad.predicate.value.rsplit("#", 1)[-1]
            names[quad.object] = f"{names[quad.subject]}/{part}/{tells[quad.object]}"
    return names


def _text(term: object) -> str:
    return term.value if isinstance(term, Literal | NamedNode) else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    LOW_BACK_PAIN_PAGE.write_text(low_back_pain_page(), encoding="utf-8")
