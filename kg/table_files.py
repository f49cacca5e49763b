"""Read tables of cases: Parquet by columns, CSV and NDJSON by lines of bounded length, in batches of ``kg.table.ROWS``.

A line that cannot be read becomes a row with an ``error``; it never stops the others. A file that cannot be read at all
is an ``AuditError``.
"""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from kg.case import Case
from kg.document import parse
from kg.errors import AuditError, CaseError, listed, shown
from kg.table import REQUIRED, ROWS, conform

LONGEST_LINE = 1 << 20
"""No case needs a longer line; a longer one is skipped, not read into memory."""

LONGEST_CAUSE = 300
"""So much of what is wrong with a line is kept: it may name all that the line says."""

COLUMNS = tuple(field.name for field in ROWS if field.name != "error")
"""What a row may say."""

Row = dict[str, Any]


def batches(path: Path, size: int) -> Iterator[pa.RecordBatch]:
    """Read a file in batches.

    Args:
        path: A file that ends in ``.parquet``, ``.csv``, ``.ndjson`` or ``.jsonl``.
        size: Rows a batch.

    Yields:
        Batches of ``kg.table.ROWS``, each of this size but the last.

    Raises:
        AuditError: The file cannot be read, or has not the columns of a table of cases.
    """
    readers = {".parquet": _parquet, ".csv": _csv, ".ndjson": _ndjson, ".jsonl": _ndjson}
    if path.suffix not in readers:
        message = f"{path}: its name must end in {listed(readers)}, which says how to read it"
        raise AuditError(message)
    try:
        empty = path.stat().st_size == 0
        if empty:
            message = f"{path}: is empty; a table needs at least the columns {listed(REQUIRED)}"
            raise AuditError(message)
        yield from readers[path.suffix](path, size)
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror or error}); check the file"
        raise AuditError(message) from error


def count(path: Path) -> int | None:
    """How many rows a file has, where it says so.

    Args:
        path: The file.

    Returns:
        The number for Parquet, None for others and for what is no whole file, which ``batches`` says.
    """
    try:
        return int(pq.read_metadata(path).num_rows) if path.suffix == ".parquet" else None
    except (OSError, pa.ArrowInvalid):
        return None


def _parquet(path: Path, size: int) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(path, read_dictionary=_words(path)) as file:
            known = [name for name in file.schema_arrow.names if name in ROWS.names and name != "error"]
            fields = [field for field in file.schema_arrow if field.name in known]
            nothing = [pa.nulls(0, field.type) for field in fields]  # so that the columns count where there are no rows
            _conformed(path, pa.RecordBatch.from_arrays(nothing, schema=pa.schema(fields)))
            left = ROWS.empty_table()
            for group in range(file.num_row_groups):  # each with a dictionary of its own, which Arrow does not join
                for batch in file.iter_batches(batch_size=size, row_groups=[group], columns=known):
                    rows = pa.Table.from_batches([_conformed(path, batch)])
                    left = pa.concat_tables([left, rows]) if left.num_rows else rows
                    while left.num_rows >= size:
                        yield left.slice(0, size).combine_chunks().to_batches()[0]
                        left = left.slice(size)
            yield from left.combine_chunks().to_batches()
    except pa.ArrowInvalid as error:
        message = f"{path}: is not a whole Parquet file ({str(error).splitlines()[0]}); write it again"
        raise AuditError(message) from error


def _conformed(path: Path, batch: pa.RecordBatch) -> pa.RecordBatch:
    try:
        return conform(batch)
    except AuditError as error:
        message = f"{path}: {error}"
        raise AuditError(message) from error


def _words(path: Path) -> list[str]:
    """The columns of words, within lists too, to be read with each different word once."""
    schema = pq.read_metadata(path).schema
    columns = [schema.column(number) for number in range(len(schema))]
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY" and column.path != "id"]


def _lines(file: IO[bytes]) -> Iterator[str | None]:
    """The lines of a file that are not blank; None for one that is too long or not UTF-8."""
    if file.read(len(BOM_UTF8)) != BOM_UTF8:
        file.seek(0)
    while line := file.readline(LONGEST_LINE):
        if line.isspace():
            continue
        whole = line.endswith(b"\n") or len(line) < LONGEST_LINE
        if whole:
            try:
                yield line.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError:
                yield None
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)
        yield None


def _csv(path: Path, size: int) -> Iterator[pa.RecordBatch]:
    with path.open("rb") as file:
        lines = _lines(file)
        first = next(lines, "")
        if first is None or "\0" in first:
            message = f"{path}: the first line is too long, or not UTF-8 text; save the table as CSV in UTF-8"
            raise AuditError(message)
        names = first.replace('"', "").split(",")
        names = [name.strip() for name in names]
        missing = [name for name in REQUIRED if name not in names]
        if missing:
            message = f"{path}: has no column {listed(missing)}; its first line names {listed(names)}"
            raise AuditError(message)
        repeated = [name for name in COLUMNS if names.count(name) > 1]
        if repeated:
            message = f"{path}: its first line names the column {listed(repeated)} twice; keep one"
            raise AuditError(message)
        yield from _batched((_read(line, lambda text: _of_csv(text, names)) for line in lines), size)


def _ndjson(path: Path, size: int) -> Iterator[pa.RecordBatch]:
    with path.open("rb") as file:
        yield from _batched((_read(line, _of_json) for line in _lines(file)), size)


def _batched(rows: Iterator[Row], size: int) -> Iterator[pa.RecordBatch]:
    held: list[Row] = []
    for row in rows:
        held.append(row)
        if len(held) == size:
            yield pa.RecordBatch.from_pylist(held, schema=ROWS)
            held = []
    if held:
        yield pa.RecordBatch.from_pylist(held, schema=ROWS)


def _read(line: str | None, row_of: Callable[[str], Row]) -> Row:
    if line is None:
        return {"error": f"the line is longer than {LONGEST_LINE:,} bytes or not UTF-8; write one case a line"}
    try:
        return row_of(line)
    except (ValueError, csv.Error) as error:  # of which a CaseError is one
        return {"error": str(error)[:LONGEST_CAUSE]}


def _of_csv(line: str, names: list[str]) -> Row:
    (values,) = csv.reader([line], strict=True)
    if len(values) != len(names):
        message = f"the line has {len(values)} values for {len(names)} columns; mend the separators"
        raise CaseError(message)
    given = dict(zip(names, values, strict=True))
    return {
        "id": given["id"],
        "present": _split(given["present"]),
        "absent": _split(given.get("absent", "")),
        "measured": [_measure(part) for part in _split(given.get("measured", ""))],
        "performed": [_study(part) for part in _split(given.get("performed", ""))],
        "ordered": given["ordered"].strip() or None,
        "unit": given.get("unit") or None,
    }


def _split(text: str, separator: str = ";") -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]


def _measure(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name.strip(), float(number.replace("_", "?"))  # Python would read 1_0 as ten
    except ValueError as error:
        message = f"measured holds '{text[:80]}'; write it as age=65"
        raise CaseError(message) from error


def _study(text: str) -> Row:
    """A study as ``procedure:seen,seen,!not-seen``."""
    procedure, _, shown = text.partition(":")
    words = _split(shown, ",")
    absent = [word.removeprefix("!") for word in words if word.startswith("!")]
    return {"procedure": procedure.strip(), "present": [w for w in words if not w.startswith("!")], "absent": absent}


def _of_json(line: str) -> Row:
    data = parse(line, "the row", CaseError, "case")
    if not isinstance(data, dict):
        message = "the line is not an object with keys; write one case a line"
        raise CaseError(message)
    _refuse_other_columns(data)
    row, unit, ordered = (data.pop(name, None) for name in ("id", "unit", "ordered"))
    given = {name: value for name, value in {**data, "order": ordered}.items() if value is not None}
    case = Case.from_dict(given, "the row")
    plain = case.to_dict()
    return {
        "id": _name("id", row),
        "present": plain.get("present"),
        "absent": plain.get("absent"),
        "measured": [(name, float(value)) for name, value in case.measured.items()],
        "performed": plain.get("performed"),
        "ordered": case.order,
        "unit": None if unit is None else _name("unit", unit),
    }


def _refuse_other_columns(data: Row) -> None:
    for name in data:
        if name not in COLUMNS:
            message = f"unknown key {shown(name)}; the columns are {listed(COLUMNS)}"
            raise CaseError(message)
    missing = [name for name in REQUIRED if name not in data]
    if missing:
        message = f"the row has no {listed(missing)}; write null where nothing is known"
        raise CaseError(message)


def _name(column: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        message = f"{column} must be text or a whole number, not {shown(value)}"
        raise CaseError(message)
    return str(value)
