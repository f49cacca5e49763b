"""Write ``docs/reference/checks``: a page for each verify query, one for the shapes, and an index.

Run it after a change to a verify query, to its defect or to the shapes:

    python tools/checks.py
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg.knowledge.sparql.queries import Query, stage

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference" / "checks"
DEFECTS = ROOT / "tests" / "defects"
SHAPES = ROOT / "ontology" / "shapes" / "content.ttl"

_NOTE = "Written by `tools/checks.py`; do not edit by hand."
_SH = "http://www.w3.org/ns/shacl#"
_FIRES_ON = "# fires on: "


def pages() -> dict[str, str]:
    """Every page, by its file name, as it should be."""
    queries = stage("verify")
    return {
        "README.md": _index(queries),
        "shapes.md": _shapes(),
        **{f"{query.name}.md": _page(query) for query in queries},
    }


def _page(query: Query) -> str:
    said = query.header
    first, _, defect = (DEFECTS / f"{query.name}.ttl").read_text(encoding="utf-8").partition("\n")
    nodes = ", ".join(f"`{node}`" for node in first.removeprefix(_FIRES_ON).split())
    text = "\n".join(line for line in query.text.splitlines() if not line.startswith("#+")).strip()
    return f"""# {query.name}

**{said["severity"].capitalize()}.** {said["problem"]}

## Why it matters

{said["principle"]}

## How to fix it

{said["solution"]}

## An example

This content is wrong on purpose. The check finds {nodes}.

```turtle
{defect.strip()}
```

## The query

[`queries/verify/{query.name}.rq`](../../../queries/verify/{query.name}.rq):

```sparql
{text}
```

{_NOTE}
"""


def _index(queries: tuple[Query, ...]) -> str:
    rows = [f"| [{q.name}]({q.name}.md) | {q.header['severity']} | {q.header['problem']} |" for q in queries]
    return "\n".join(
        [
            "# The checks",
            "",
            "`nextstudy check` runs each of these queries over a content folder. In a good folder none of them finds",
            "anything. An error fails the check. A warning does not: it may be intended, so read it and decide.",
            "The [shapes](shapes.md) are checked as well.",
            "",
            "| check | severity | what is wrong |",
            "|---|---|---|",
            *rows,
            "",
            _NOTE,
            "",
        ]
    )


def _shapes() -> str:
    """The messages of the shapes, each below its shape."""
    children: dict[object, list[object]] = defaultdict(list)
    labels: dict[object, str] = {}
    messages: dict[object, list[str]] = defaultdict(list)
    named: list[NamedNode] = []
    for quad in parse(path=SHAPES, format=RdfFormat.TURTLE):
        if quad.predicate.value == f"{_SH}message" and isinstance(quad.object, Literal):
            messages[quad.subject].append(quad.object.value)
        elif quad.predicate.value.endswith("#label") and isinstance(quad.object, Literal):
            labels[quad.subject] = quad.object.value
        elif quad.object == NamedNode(f"{_SH}NodeShape") and isinstance(quad.subject, NamedNode):
            named.append(quad.subject)
        elif quad.predicate.value in (f"{_SH}property", f"{_SH}sparql"):
            children[quad.subject].append(quad.object)
    lines = [
        "# What the shapes ask for",
        "",
        "`nextstudy check` validates a content folder against",
        "[`ontology/shapes/content.ttl`](../../../ontology/shapes/content.ttl).",
        "Each line is a message: what is wrong, then how to fix it.",
        "",
    ]
    for shape in named:
        said = [text for node in (shape, *children[shape]) for text in messages[node]]
        if said:
            lines += [f"## {labels[shape]}", "", *(f"- {text}" for text in said), ""]
    return "\n".join([*lines, _NOTE, ""])


def main() -> None:
    """Write all pages, and remove the pages of checks that no longer exist."""
    made = pages()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
