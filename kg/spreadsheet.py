"""Cells of CSV tables that a spreadsheet may open: none is run as a formula, and our readers get back what was there.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@``, whoever wrote it into the record. An apostrophe
in front makes it text (https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*(?:\s*[=+\-@＝＋－＠]|[\t\r\n])")  # noqa: RUF001 - spreadsheets read the wide signs, too
"""The beginning of a formula. Apostrophes may stand before it, so that what is guarded twice is undone one by one."""


def guarded(cell: str) -> str:
    """A cell as it is written: with an apostrophe in front where a spreadsheet would run it.

    >>> guarded("=1+1"), guarded("'=1+1"), guarded("A-1")
    ("'=1+1", "''=1+1", 'A-1')
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """A cell as it was before ``guarded``.

    >>> unguarded("'=1+1"), unguarded("''=1+1"), unguarded("'A-1")
    ('=1+1', "'=1+1", "'A-1")
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell
