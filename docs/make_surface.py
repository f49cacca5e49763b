"""Write ``decision-surface.md``: the decision surface of every topic of the folder.

Run it after a change of the content; it takes seconds for each topic:

    python docs/make_surface.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import kg
from kg.names import slug
from kg.surface import Surface

PAGE = Path(__file__).resolve().parent / "decision-surface.md"

HEAD = """# The decision surface of each topic

Every consistent combination of a topic's deciding findings, each present, absent or unknown, is answered.
[How it is worked out](asking-and-surface.md). Weights count combinations; they are no probabilities.

A gap is a combination of which everything is known and to which no scenario applies. Its reason is what the nearest
scenarios lack: those of which the fewest criteria fail. A row is for all gaps whose nearest scenarios lack the same.

Written by `docs/make_surface.py` from `ontology/`; do not edit by hand.
"""


def page(guide: kg.Guide) -> str:
    """The page, as Markdown."""
    return "\n".join(
        [HEAD, *(line for topic in sorted(guide.content.topics) for line in lines(guide.surface(slug(topic))))]
    )


def lines(surface: Surface) -> Iterator[str]:
    """One topic."""
    yield from (
        f"## {surface.topic.label}",
        "",
        "```",
        *str(surface).split("\nALL KNOWN", 1)[0].splitlines()[1:],
        "```",
        "",
    )
    parts = (surface.overlaps, surface.concurrent, surface.gaps)
    overlaps, concurrent, gaps = (sum(item.weight for item in items) for items in parts)
    yield f"- several scenarios lead without precedence: {overlaps:,} of {surface.known:,} fully known"
    yield f"- several scenarios lead together, as an editorial decision says: {concurrent:,}"
    yield f"- unsafe answers: {len(surface.unsafe):,}"
    yield f"- gaps: {gaps:,} of {surface.known:,} fully known"
    yield ""
    yield "| combinations | what is present in one of them | what the nearest scenarios lack |"
    yield "| ---: | --- | --- |"
    for gap in sorted(surface.gaps, key=lambda gap: (-gap.weight, gap.example)):
        yield f"| {gap.weight:,} | {'; '.join(gap.example) or 'nothing'} | {'; '.join(gap.nearest)} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(kg.load()), encoding="utf-8")
