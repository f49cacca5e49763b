"""Write ``decision-surface.md``: the decision surface of every topic.

Run it after a change to the content; it takes a few seconds for each topic:

    python tools/surface.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import kg
from kg.knowledge.sparql.iris import slug
from kg.patient.what_if.surface import Surface

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "decision-surface.md"

HEAD = """# The decision surface of each topic

This page answers every consistent combination of the findings that decide a topic, each present, absent or unknown.
[What to ask, and the decision surface](../explain/asking-and-surface.md) explains how. Weights count combinations; they
are not probabilities.

A gap is a combination with every finding known and no scenario that applies. The reason is what the nearest scenarios
lack: those with the fewest failed criteria. Each row stands for all gaps whose nearest scenarios lack the same.

Written by `tools/surface.py` from `ontology/`; do not edit by hand.
"""


def page(guide: kg.Guide) -> str:
    """The page as it should be."""
    return "\n".join(
        [HEAD, *(line for topic in sorted(guide.core.content.topics) for line in lines(guide.surface(slug(topic))))]
    )


def lines(surface: Surface) -> Iterator[str]:
    """The part of the page about one topic."""
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
    yield f"- several scenarios lead together, by editorial decision: {concurrent:,}"
    yield f"- unsafe answers: {len(surface.unsafe):,}"
    yield f"- gaps: {gaps:,} of {surface.known:,} fully known"
    yield ""
    yield "| combinations | present in one of them | missing from the nearest scenarios |"
    yield "| ---: | --- | --- |"
    for gap in sorted(surface.gaps, key=lambda gap: (-gap.weight, gap.example)):
        yield f"| {gap.weight:,} | {'; '.join(gap.example) or 'nothing'} | {'; '.join(gap.nearest)} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(kg.load()), encoding="utf-8")
