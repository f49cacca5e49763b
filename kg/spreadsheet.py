"""Tables for other programs: cells of CSV that no spreadsheet runs as a formula, and data frames of pandas.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@``, whoever wrote it into the record. An apostrophe
in front makes it text (https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from kg.errors import MissingPackageError

if TYPE_CHECKING:
    from pandas import DataFrame

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


def data_frame(rows: Iterable[Sequence[Any]], columns: Sequence[str], index: Sequence[str] | None = None) -> DataFrame:
    """A data frame of pandas, which is imported only now.

    Args:
        rows: The cells of each row.
        columns: The names of the columns.
        index: The names of the rows; numbers from 0 if left out.

    Raises:
        MissingPackageError: pandas is not installed.
    """
    try:
        from pandas import DataFrame
    except ImportError as error:
        message = "a data frame needs pandas; install it with: pip install 'nextstudy[pandas]'"
        raise MissingPackageError(message) from error
    return DataFrame(list(rows), columns=list(columns), index=index)
