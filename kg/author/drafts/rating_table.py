"""Reads a published rating table: rows with their lines, and the words that tables write in many ways."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kg.documents import read_text
from kg.errors import AuthoringError, listed
from kg.spreadsheet import unguarded

NEEDED = ("variant", "procedure", "category", "radiation level", "source")
"""Columns that a table must have. A cell of ``radiation level`` may be empty; ``;`` separates several sources."""

OPTIONAL = ("title", "disagreement", "region", "phase")
"""Columns that a table may have: the title of the variant, whether the panel's disagreement is known, the regions in
which the rating holds, separated by ``,`` or ``;``, and whether the variant is initial imaging, a next study or
follow-up."""

NOT_SEEN = "not seen"
"""What a cell says whose value the source prints where nobody of us could read it; an empty cell says nothing."""

_DASHES = re.compile("[\u2010-\u2015\u2212-]")
_UNSEEN_SIGNS = re.compile("[\ufe00-\ufe0f\u200b-\u200d\u2060\ufeff]")
"""Signs that only choose a glyph or a line break, such as the one that makes a sign colored."""


@dataclass(frozen=True)
class RatingRow:
    """One line of the table.

    Attributes:
        line: Its number in the file; the header is line 1.
        cells: What it says, by our names of the columns.
    """

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """What the line says in a column; an empty string where the table lacks the column."""
        return self.cells.get(column, "")

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources that print the rating."""
        return tuple(dict.fromkeys(part.strip() for part in self["source"].split(";") if part.strip()))

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions in which the rating holds."""
        parts = self["region"].replace(";", ",").split(",")
        return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def rows_of_table(table: Path, columns: Mapping[str, str], source: str = "", own: str = "") -> list[RatingRow]:
    """Read a table.

    Args:
        table: A CSV file in UTF-8 with a header.
        columns: What the table calls a column of ``NEEDED`` or ``OPTIONAL``, if it has another name there.
        source: The source of every rating, whatever the table says.
        own: The source of a rating of which the table says none.

    Raises:
        AuthoringError: It cannot be read, lacks a column, or a line has another number of cells than the header.
    """
    for column in columns:
        if column not in NEEDED + OPTIONAL:
            message = f"'{column}' is not a column that can have another name; use one of {listed(NEEDED + OPTIONAL)}"
            raise AuthoringError(message)
    text = read_text(table, AuthoringError, "CSV")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, [unguarded(cell).strip() for cell in cells]) for cells in reader if any(cells)]
    except csv.Error as error:
        message = f"{table}, line {reader.line_num}: is not CSV ({error}); correct the quotes there"
        raise AuthoringError(message) from error
    header = lines[0][1] if lines else []
    named = [column for column in NEEDED + OPTIONAL if not (source and column == "source")]
    called = {columns.get(column, column): column for column in named}
    needed = [column for column in named if column in NEEDED and not (own and column == "source")]
    _refuse_header(table, header, [columns.get(column, column) for column in needed])
    _refuse_header(table, header, [columns[column] for column in OPTIONAL if column in columns])
    if len(lines) < 2:
        message = f"{table}: has a header but no line below it; write one line for each rating"
        raise AuthoringError(message)
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            message = (
                f"{table}, line {number}: has {len(cells)} cells but the header has {len(header)}; "
                "put quotes around a cell that contains a comma"
            )
            raise AuthoringError(message)
    rows = []
    for number, cells in lines[1:]:
        said = {called[name]: cell for name, cell in zip(header, cells, strict=True) if name in called}
        rows.append(RatingRow(number, said | {"source": source or said.get("source") or own}))
    return rows


def _refuse_header(table: Path, header: list[str], needed: Iterable[str]) -> None:
    missing = [column for column in needed if column not in header]
    if missing:
        message = (
            f"{table}, line 1: the header lacks {listed(missing)}; write the names of the columns in the first line, "
            "separated by commas, or give the name that the table uses with --column"
        )
        raise AuthoringError(message)
    twice = sorted({column for column in needed if header.count(column) > 1})
    if twice:
        message = f"{table}, line 1: the header names {listed(twice)} twice; keep one"
        raise AuthoringError(message)


def plain_text(name: str) -> str:
    """A name without what spelling adds: case, hyphens, dashes, wide signs and double spaces.

    >>> plain_text("MRI  Thoracic-Spine")
    'mri thoracic spine'
    """
    return " ".join(_DASHES.sub(" ", _one_form(name)).split())


def tight_text(name: str) -> str:
    """A value without any blanks, whichever dash it has, as tables print radiation levels in narrow columns.

    >>> tight_text("☢☢  0.1\u20131mSv")
    '☢☢0.1-1msv'
    """
    return "".join(_DASHES.sub("-", _one_form(name)).split())


def _one_form(name: str) -> str:
    return _UNSEEN_SIGNS.sub("", unicodedata.normalize("NFKC", name)).casefold()


def lines_named(lines: Iterable[int], most: int = 3) -> str:
    """Lines for a message: all of them, or the first ones and how many there are.

    >>> lines_named([2]), lines_named([2, 5]), lines_named(range(2, 80))
    ('line 2', 'lines 2 and 5', 'lines 2, 3, 4 and 75 more')
    """
    numbers = sorted(set(lines))
    if len(numbers) == 1:
        return f"line {numbers[0]}"
    *first, last = [*map(str, numbers[:most]), *([f"{len(numbers) - most} more"] if len(numbers) > most else [])]
    return f"lines {', '.join(first)} and {last}"


def turtle_text(text: str) -> str:
    r"""A text as it stands between quotation marks in Turtle, on one line.

    >>> print(turtle_text('the "first"\nline'))
    the \"first\" line
    """
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\r", " ")
