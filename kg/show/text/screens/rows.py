"""Writes the first screen of rows: a table of 80 columns, and what it leaves out."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from pyoxigraph import Literal, NamedNode

from kg.errors import printable
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.rows import Cell, Rows
from kg.show.text import further, phrases
from kg.show.text.screens.page import LINES, lines
from kg.show.text.tables import words_of
from kg.show.text.wrap import WIDTH, wrapped

_NARROWEST = 16
"""A column is not squeezed below this; rather, the last column is left out."""

_MOST_LINES = 6
"""So many lines of a cell are shown."""

_GAP = 2


def first_rows(rows: Rows) -> str:
    """The first rows of an answer, as many as fit on a screen, in the columns that fit beside one another.

    The rows come in the order of the query, which is best first where there is a best. What a person knows anyway is
    left out: the case that was asked about, and a label beside its identifier. A value that stands above is not
    repeated in the first columns.
    """
    if not rows.terms:
        return phrases.NO_ROWS
    columns = _columns(rows)
    cells = [[row[rows.columns.index(name)] for name in columns] for row in words_of(rows)]
    widths = _widths(columns, cells)
    columns = columns[: len(widths)]
    table = [_line(columns, widths), _line(["-" * width for width in widths], widths)]
    shown = 0
    for above, row in zip([None, *cells], cells, strict=False):
        if above and above[: len(widths)] == row[: len(widths)]:  # they differ in a column that is left out
            shown += 1
            continue
        written = _line(_unlike(above, row[: len(widths)]), widths)
        room = LINES - lines("\n".join([*table, "", wrapped(_foot(rows, columns, shown + 1))]))
        if shown and lines(written) > room:
            break
        table.append(written)
        shown += 1
    foot = _foot(rows, columns, shown)
    return printable("\n".join([*table, *(["", wrapped(foot)] if foot else [])]))


def _foot(rows: Rows, columns: Sequence[str], shown: int) -> str:
    """What is left out, and how to see it."""
    hidden = [name for name in rows.columns if name not in columns and name != "case"]
    rest = len(rows) - shown
    said = [f"{rest:,} more {'row' if rest == 1 else 'rows'}"] if rest else []
    said += [f"columns left out: {', '.join(hidden)}"] if hidden else []
    return f"{'; '.join(said)}. {further.MORE_ROWS}" if said else ""


def _columns(rows: Rows) -> list[str]:
    """The columns that tell something new, in their order: not the case, and of identifier and label what says more."""
    columns = dict(zip(rows.columns, zip(*rows.terms, strict=True), strict=True))
    written = {name: [_text(term) for term in things] for name, things in columns.items()}
    told = {"case"}
    first = next((name for name in columns if name not in told), "")
    for name, things in columns.items():
        labels = [rows.labels.get(term.value, "") if isinstance(term, NamedNode) else "" for term in things]
        label = next((other for other, texts in written.items() if any(texts) and texts == labels), None)
        if label and all(_alike(slug(term.value), said) for term, said in zip(things, labels, strict=True) if said):
            told.add(label)
        elif label and name != first:
            told.add(name)
    said: dict[tuple[str, ...], str] = {}
    for name, words in zip(columns, zip(*words_of(rows), strict=True), strict=True):
        if name not in told:
            said.setdefault(words, name)  # of columns with the same words, the first
    return [*said.values()] or [*columns]


def _text(term: Cell) -> str:
    return term.value if isinstance(term, Literal) else ""


def _alike(identifier: str, label: str) -> bool:
    """Whether a label has the words of an identifier, and hardly any other."""
    words, said = set(identifier.split("-")), set(re.findall(r"\w+", label.lower()))
    return words <= said and len(said - words) <= _HARDLY


_HARDLY = 3


def _widths(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column; the widest are squeezed alike, and the last ones are left out if that is not enough."""
    wanted = [max(map(len, (name, *column))) for name, column in zip(columns, zip(*cells, strict=True), strict=True)]
    for number in range(len(wanted), 0, -1):
        least = [max(len(name), _NARROWEST) for name in columns[:number]]
        for most in range(WIDTH, _NARROWEST - 1, -1):
            widths = [min(want, max(most, low)) for want, low in zip(wanted, least, strict=False)]
            if sum(widths) + _GAP * (number - 1) <= WIDTH:
                return widths
    return [WIDTH]


def _unlike(above: Sequence[str] | None, row: Sequence[str]) -> list[str]:
    """A row without what its first columns share with the row above."""
    shared = 0
    while above and shared < len(row) - 1 and above[shared] == row[shared]:
        shared += 1
    return [*[""] * shared, *row[shared:]]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """A row, in as many lines as its highest cell takes."""
    columns = [_wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, columns))
    filled = [[*column, *[""] * (height - len(column))] for column in columns]
    return "\n".join(
        (" " * _GAP).join(f"{part:{width}}" for part, width in zip(parts, widths, strict=True)).rstrip()
        for parts in zip(*filled, strict=True)
    )


def _wrapped(cell: str, width: int) -> list[str]:
    parts = textwrap.wrap(cell, width) or [""]
    if len(parts) > _MOST_LINES:
        parts = [*parts[: _MOST_LINES - 1], f"{parts[_MOST_LINES - 1][: width - 4]} ..."]
    return parts
