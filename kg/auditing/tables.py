"""Takes the tables that Python programs have: Arrow tables, pandas data frames, lists of dictionaries."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from kg.auditing.batches import ROWS
from kg.auditing.orders import row_or_error
from kg.auditing.rows import COLUMNS, Export, OrderRow, row_of_data
from kg.errors import AuditError, CaseError, quoted

_TAKEN = "a pandas data frame, a pyarrow table or record batch, or a list of dictionaries"


def table_of(given: object, export: Export) -> pa.Table:
    """Read a table in memory.

    Args:
        given: A table of pyarrow, a data frame, anything else with an Arrow stream, or a list with a dictionary for
            each row. Of a list, a row that cannot be read becomes a row with an ``error``.
        export: How the table names its columns.

    Raises:
        AuditError: It is something else, or a column cannot be read.
    """
    if isinstance(given, list | tuple):
        return _of_list(list(given), export)
    if isinstance(given, str | Path):
        message = f"kg.audit takes {_TAKEN}, not a path; kg.audit_file reads {quoted(given)} and writes the result"
        raise AuditError(message)
    if isinstance(given, Mapping):
        message = f"kg.audit takes {_TAKEN}, not one dictionary; put the dictionary of each row in a list"
        raise AuditError(message)
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(given, pandas.DataFrame):
        return _of_frame(given, export)
    if isinstance(given, pa.RecordBatch):
        return _chosen(pa.Table.from_batches([given]), export)
    if isinstance(given, pa.Table):
        return _chosen(given, export)
    if hasattr(given, "__arrow_c_stream__"):
        try:
            return _chosen(pa.table(given), export)
        except (pa.ArrowException, TypeError, ValueError) as error:
            message = f"this {type(given).__name__} cannot be read as a table ({_first_line(error)}); give {_TAKEN}"
            raise AuditError(message) from error
    message = f"kg.audit takes {_TAKEN}, not {type(given).__name__}; make one of these of it"
    raise AuditError(message)


def lists_studies(given: object, export: Export) -> bool:
    """Whether a table in memory has a column for studies that were performed, so that one not listed was not done.

    Args:
        given: What ``table_of`` reads.
        export: How the table names its columns.
    """
    rows = given if isinstance(given, list | tuple) else ()
    names = getattr(given, "columns", ()) if not hasattr(given, "column_names") else given.column_names
    every = [*(name for row in rows if isinstance(row, dict) for name in row), *(names if not rows else ())]
    return "performed" in {export.columns.get(str(name), str(name)) for name in every}


def _of_list(given: list[Any], export: Export) -> pa.Table:
    for number, row in enumerate(given, 1):
        if not isinstance(row, dict):
            message = (
                f"row {number} is {type(row).__name__}; a list has a dictionary for each row, such as {{'id': '1'}}"
            )
            raise AuditError(message)
    if given:  # a column that no row has is no fault of each of them
        export.renamed(list(dict.fromkeys(str(name) for row in given for name in row)), "the list", file=False)
    return pa.Table.from_pylist([row_or_error(partial(_row, row, export)) for row in given], schema=ROWS)


def _row(data: dict[str, Any], export: Export) -> OrderRow:
    row = row_of_data(data, export)
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        message = f"the row contains half a character, {error.object[error.start]!a}; write the whole one"
        raise CaseError(message) from error
    return row


def _of_frame(frame: Any, export: Export) -> pa.Table:
    ours = export.renamed([str(name) for name in frame.columns], "the data frame", file=False)
    columns = {}
    for number, name in enumerate(ours):
        if name in COLUMNS:
            try:
                columns[name] = pa.array(frame.iloc[:, number], from_pandas=True)
            except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
                message = f"the column {quoted(name)} cannot be read ({_first_line(error)}); give all its rows one type"
                raise AuditError(message) from error
    return pa.table(columns)


def _chosen(table: pa.Table, export: Export) -> pa.Table:
    """The columns of a table that are ours; only readers of files may say what is wrong with a row, not users."""
    ours = export.renamed(table.column_names, "the table", file=False)
    kept = [number for number, name in enumerate(ours) if name in COLUMNS]
    return table.select(kept).rename_columns([ours[number] for number in kept])


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
