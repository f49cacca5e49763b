"""Writes tables as text: the rows that answer a question, the findings, the rating matrix."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Sequence

from pyoxigraph import NamedNode

from kg.errors import printable
from kg.knowledge.ask.findings import Findings
from kg.knowledge.ask.ratings import Category, RatedStudy, Ratings
from kg.knowledge.content.terms import Term
from kg.knowledge.sparql.iris import BASE, qualified, slug
from kg.knowledge.sparql.rows import Cell as Cell
from kg.knowledge.sparql.rows import Rows
from kg.show.text import body, heading, phrases
from kg.show.text.wrap import WIDTH, wrapped

_OF_TOPIC = re.compile(f"{BASE}topic/[^/]+/[^/]+").fullmatch

_WIDEST = 28
"""The widest margin for the names of columns."""


@body.register
def _rows(rows: Rows) -> str:
    """A table, or a block for each row if a table would not fit."""
    if not rows.terms:
        return phrases.NO_ROWS
    cells = words_of(rows)
    widths = [
        max(map(len, (name, *column))) for name, column in zip(rows.columns, zip(*cells, strict=True), strict=True)
    ]
    if sum(widths) + 2 * len(widths) - 2 <= WIDTH:
        lines = [rows.columns, ["-" * width for width in widths], *cells]
        return "\n".join(_line(row, widths) for row in lines)
    return "\n\n".join(_block(rows.columns, row) for row in cells)


def words_of(rows: Rows) -> list[list[str]]:
    """What a terminal shows for each term of each row."""
    shared = _shared(rows)
    return [[_word(rows, term, shared) for term in row] for row in rows.terms]


@heading.register
def _rows_heading(rows: Rows) -> str:
    return f"{len(rows)} row{'' if len(rows) == 1 else 's'} of {', '.join(rows.columns)}"


def _shared(rows: Rows) -> frozenset[str]:
    """The IRIs of scenarios and rules whose identifier another topic uses, too."""
    things = {term.value for row in rows.terms for term in row if isinstance(term, NamedNode) and _OF_TOPIC(term.value)}
    uses = Counter(map(slug, things))
    return frozenset(iri for iri in things if uses[slug(iri)] > 1)


def _word(rows: Rows, term: Cell, shared: frozenset[str]) -> str:
    """A term in a terminal: an IRI by its identifier, which can be asked about in turn, with its topic if need be."""
    if isinstance(term, NamedNode):
        word = qualified(term.value) if term.value in shared else slug(term.value)
    else:
        word = rows.label(term)
    return printable(word).replace("\n", " ")


def _line(cells: Sequence[str], widths: list[int]) -> str:
    return "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _block(columns: Sequence[str], row: list[str]) -> str:
    margin = min(max(map(len, columns)), _WIDEST) + 2
    return "\n".join(
        textwrap.fill(cell, WIDTH, initial_indent=f"{name:{margin}}", subsequent_indent=" " * margin)
        for name, cell in zip(columns, row, strict=True)
        if cell
    )


@body.register
def _findings(findings: Findings) -> str:
    return "\n".join(
        wrapped(f"{entry.id}: {entry.label}. {entry.definition}".strip(), 0, 4) for entry in findings.entries
    )


@heading.register
def _findings_heading(findings: Findings) -> str:
    return f"{len(findings.entries)} findings"


@body.register
def _ratings(ratings: Ratings) -> str:
    """By scenario, then by category."""
    lines = [wrapped(ratings.title, 0, 2)]
    for scenario in ratings.scenarios:
        lines += ["", wrapped(scenario.label, 0, 2)]
        for category in ratings.categories:
            rated = [study for study in ratings.studies if _category(ratings, scenario, study) == category]
            lines += [f"  {category.label}"] if rated else []
            lines += [wrapped(_rating(ratings, scenario, study), 4, 8) for study in rated]
    return "\n".join(lines)


def _category(ratings: Ratings, scenario: Term, study: RatedStudy) -> Category | None:
    cell = ratings.cells.get((scenario.id, study.id))
    return cell.category if cell else None


def _rating(ratings: Ratings, scenario: Term, study: RatedStudy) -> str:
    disagreement = ratings.cells[scenario.id, study.id].disagreement
    return f"{study.label}, {phrases.by_analogy(study)}{study.radiation}{f' ({disagreement})' if disagreement else ''}"
