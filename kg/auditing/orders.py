"""Reads tables of cases in batches of ``ROWS``: Parquet by columns, CSV and NDJSON by lines of bounded length.

A line that cannot be read becomes a row with an ``error``; it never stops the others. A file that cannot be read at all
is an ``AuditError``.
"""

from __future__ import annotations

import csv
import json
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from kg.auditing.batches import REQUIRED, ROWS, conform
from kg.auditing.rows import COLUMNS, LONGEST_CAUSE, SEPARATORS, Export, OrderRow, cells, row_of_csv, row_of_json
from kg.errors import AuditError, listed

LONGEST_LINE = 1 << 20
"""Bytes; no case needs a longer line, and a longer one is skipped without being read into memory."""


def batches(path: Path, size: int, export: Export | None = None) -> Iterator[pa.RecordBatch]:
    """Read a file in batches.

    Args:
        path: A file that ends in ``.parquet``, ``.csv``, ``.tsv``, ``.ndjson`` or ``.jsonl``.
        size: Rows in each batch but the last.
        export: How the file names and separates its columns; by default as ours.

    Yields:
        Batches with the columns of ``kg.auditing.batches.ROWS``.

    Raises:
        AuditError: The file cannot be read, or does not have the columns of a table of cases.
    """
    readers = {".parquet": _parquet, ".csv": _csv, ".tsv": _csv, ".ndjson": _ndjson, ".jsonl": _ndjson}
    export = export or Export()
    if path.suffix not in readers:
        message = f"{path}: its name must end in one of {listed(readers)}, which tells how to read it"
        raise AuditError(message)
    if export.systems and path.suffix == ".parquet":
        message = f"{path}: has typed columns; write the system of a code in it, such as icd10cm:M54.6, not in --column"
        raise AuditError(message)
    if export.separator is not None and readers[path.suffix] is not _csv:
        message = f"{path}: has no separator to be named, because it is not CSV; leave --separator out"
        raise AuditError(message)
    try:
        empty = path.stat().st_size == 0
        if empty:
            message = f"{path}: is empty; a table needs at least the columns {listed(REQUIRED)}"
            raise AuditError(message)
        yield from readers[path.suffix](path, size, export)
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror or error}); check the file"
        raise AuditError(message) from error


def file_lists_studies(path: Path, export: Export) -> bool:
    """Whether a file has a column for studies that were performed, so that one not listed was not done.

    Args:
        path: What ``batches`` reads; of a file that it refuses, anything may be said.
        export: How the file names its columns.
    """
    try:
        if path.suffix == ".parquet":
            names = list(pq.read_schema(path).names)
        elif path.suffix in (".csv", ".tsv"):
            with path.open("rb") as file:
                first = next(_lines_of_file(file), None) or ""
            names = _names(first, export.separator or ("\t" if path.suffix == ".tsv" else ","))
        else:  # each line of NDJSON has names of its own
            theirs = (name for name, ours in export.columns.items() if ours == "performed")
            return _names_one_of(path, [json.dumps(name).encode() for name in ("performed", *theirs)])
    except (OSError, pa.ArrowException):
        return True
    return "performed" in {export.columns.get(name, name) for name in names}


def _names_one_of(path: Path, keys: Sequence[bytes]) -> bool:
    """Whether a file contains one of some keys; most that do have one in their first lines."""
    before, longest = b"", max(map(len, keys))
    with path.open("rb") as file:
        while part := file.read(LONGEST_LINE):
            if any(key in before + part for key in keys):
                return True
            before = part[-longest:]
    return False


def count(path: Path) -> int | None:
    """How many rows a Parquet file has; None for other files, and for a damaged one, which ``batches`` reports."""
    try:
        return int(pq.read_metadata(path).num_rows) if path.suffix == ".parquet" else None
    except (OSError, pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _parquet(path: Path, size: int, export: Export) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(path, read_dictionary=_columns_of_words(path)) as file:
            theirs = file.schema_arrow.names
            ours = dict(zip(theirs, export.renamed(theirs, f"{path}:"), strict=True))
            known = [name for name in theirs if ours[name] in COLUMNS]
            fields = [field for field in file.schema_arrow if field.name in known]
            nothing = [pa.nulls(0, field.type) for field in fields]  # so that columns are checked even without rows
            _conformed(path, pa.RecordBatch.from_arrays(nothing, names=[ours[field.name] for field in fields]))
            left = ROWS.empty_table()
            for group in range(file.num_row_groups):  # each has its own dictionary, and Arrow does not join them
                for batch in file.iter_batches(batch_size=size, row_groups=[group], columns=known):
                    named = batch.rename_columns([ours[name] for name in batch.schema.names])
                    rows = pa.Table.from_batches([_conformed(path, named)])
                    left = pa.concat_tables([left, rows]) if left.num_rows else rows
                    while left.num_rows >= size:
                        yield left.slice(0, size).combine_chunks().to_batches()[0]
                        left = left.slice(size)
            yield from left.combine_chunks().to_batches()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        message = f"{path}: is not a complete Parquet file ({str(error).splitlines()[0]}); write it again"
        raise AuditError(message) from error


def _conformed(path: Path, batch: pa.RecordBatch) -> pa.RecordBatch:
    try:
        return conform(batch)
    except AuditError as error:
        message = f"{path}: {error}"
        raise AuditError(message) from error


def _columns_of_words(path: Path) -> list[str]:
    """The columns of words, also inside lists; they are read so that each word is stored once."""
    schema = pq.read_metadata(path).schema
    columns = [schema.column(number) for number in range(len(schema))]
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY" and column.path != "id"]


def _lines_of_file(file: IO[bytes]) -> Iterator[str | None]:
    """The lines of a file that are not blank, ended by LF, CR LF or CR; None for one too long or not UTF-8."""
    rest, skipping = b"", False
    for block in _blocks(file):
        # Both signs end a line. The empty one within CR LF is blank, also where a block ends between the two.
        *lines, rest = (rest + block).replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            yield from _line_of_bytes(line, skipping)
            skipping = False
        if skipping or len(rest) >= LONGEST_LINE:
            rest, skipping = b"", True
    yield from _line_of_bytes(rest, skipping)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """A file without the byte order mark, piece by piece."""
    if (first := file.read(len(BOM_UTF8))) != BOM_UTF8:
        yield first
    while block := file.read(LONGEST_LINE):
        yield block


def _line_of_bytes(line: bytes, skipping: bool) -> Iterator[str | None]:
    if skipping or len(line) >= LONGEST_LINE:
        yield None
    elif line and not line.isspace():
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError:
            yield None


def _csv(path: Path, size: int, export: Export) -> Iterator[pa.RecordBatch]:
    separator = export.separator or ("\t" if path.suffix == ".tsv" else ",")
    with path.open("rb") as file:
        lines = _lines_of_file(file)
        first = next(lines, "")
        if first is None or "\0" in first:
            message = f"{path}: the first line is too long, or not UTF-8 text; save the table as CSV in UTF-8"
            raise AuditError(message)
        names = _header(path, first, separator, export)
        yield from _batched(
            (_row_of_line(line, lambda text: row_of_csv(text, names, separator, export)) for line in lines), size
        )


def _header(path: Path, line: str, separator: str, export: Export) -> list[str]:
    """The columns that the first line of a CSV file names; refused if they lack one of ours."""
    theirs = _names(line, separator)
    fitting = [sign for sign in dict.fromkeys(SEPARATORS.values()) if len(_names(line, sign)) >= len(REQUIRED)]
    if len(theirs) < len(REQUIRED) and len(fitting) == 1:
        sign = "tab" if fitting == ["\t"] else fitting[0]
        message = f"{path}: its first line is one cell; give --separator '{sign}', which separates its names"
        raise AuditError(message)
    export.renamed(theirs, f"{path}:", says="its first line names")
    return theirs


def _names(line: str, separator: str) -> list[str]:
    try:
        return [name.strip() for name in cells(line, separator)]
    except csv.Error:
        return [name.strip() for name in line.split(separator)]


def _ndjson(path: Path, size: int, export: Export) -> Iterator[pa.RecordBatch]:
    with path.open("rb") as file:
        rows = (_row_of_line(line, lambda text: row_of_json(text, export)) for line in _lines_of_file(file))
        yield from _batched(rows, size)


def _batched(rows: Iterator[OrderRow], size: int) -> Iterator[pa.RecordBatch]:
    held: list[OrderRow] = []
    for row in rows:
        held.append(row)
        if len(held) == size:
            yield pa.RecordBatch.from_pylist(held, schema=ROWS)
            held = []
    if held:
        yield pa.RecordBatch.from_pylist(held, schema=ROWS)


def _row_of_line(line: str | None, row_of: Callable[[str], OrderRow]) -> OrderRow:
    if line is None:
        return {"error": f"the line is longer than {LONGEST_LINE:,} bytes or not UTF-8; write one case on each line"}
    return row_or_error(lambda: row_of(line))


def row_or_error(read: Callable[[], OrderRow]) -> OrderRow:
    """A row, or a row that says why it cannot be read."""
    try:
        return read()
    except ValueError as error:  # a CaseError is one, too
        return {"error": str(error)[:LONGEST_CAUSE]}
