"""Audits past orders: streams a table of cases through circuits, keeps what is finished, and sums it up.

Each batch becomes a part beside the result, and parts are put together while others are judged. After an interruption
the finished parts are kept, and the next run does the rest; the result appears at the end.
"""

from __future__ import annotations

import csv
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kg.auditing.batches import PLAIN, RESULT, Auditor
from kg.auditing.orders import batches, count, file_lists_studies
from kg.auditing.parts import AGAIN, fingerprint, keeping_parts, load_part, store_part
from kg.auditing.rows import Export
from kg.auditing.summary import AuditSummary
from kg.auditing.tables import lists_studies, table_of
from kg.documents import refuse_special
from kg.errors import AuditError
from kg.files import blamed, refuse_unwritable, whole, write_text
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named
from kg.patient.assess.assessor import Assessor
from kg.progress import Tell
from kg.shown import Shown
from kg.spreadsheet import guarded

Told = Callable[[int, int | None], None]
"""A function that is told how many rows are done, and of how many."""

Finished = Generator[tuple[Path, int], None, None]
"""Finished parts in order, each with the number of rows done up to it."""

BATCH = 1 << 17
"""Rows in a batch: large enough that each topic sees many cases, small enough for memory."""

REJECTS = pa.schema([("row", pa.int64()), ("id", pa.string()), ("cause", pa.string())])
_auditor: list[Auditor] = []
"""The auditor of a worker process; it is empty in the parent."""


@dataclass(frozen=True, repr=False)
class Audit(Shown):
    """A finished audit.

    Attributes:
        table: The verdicts of the good rows, in their order, with the columns of ``PLAIN`` except ``error``.
        rejects: Number, id and cause of each bad row.
        summary: The counts.
    """

    table: pa.Table
    rejects: pa.Table
    summary: AuditSummary


def audit(
    table: object,
    guide: Assessor | None = None,
    assume_absent: Sequence[str] = (),
    *,
    columns: Mapping[str, str] | None = None,
) -> Audit:
    """Judge every row of a table in memory.

    Args:
        table: One row for each case, as a pandas data frame, a pyarrow table or record batch, or a list of
            dictionaries; see ``docs/how-to/audit.md`` for the columns.
        guide: The guide; by default that of the shipped ontology.
        assume_absent: Findings assumed to be absent, with all their kinds, in every row that does not state them.
        columns: Our name of a column, by the name that the table gives it.

    Raises:
        AuditError: It is no such table, a column is missing or named twice, or has values of the wrong type.

    >>> rows = [
    ...     {"id": "1", "present": ["thoracic-back-pain", "fever"], "ordered": "ct-thoracic-spine-without-contrast"}
    ... ]
    >>> audit(rows).table.column("outcome").to_pylist()
    ['recommended']
    """
    rows = table_of(table, Export.of(columns or {}))
    if guide is not None and not isinstance(guide, Assessor):
        message = f"the guide of an audit is what kg.load() returns, not {type(guide).__name__}"
        raise AuditError(message)
    guide = guide or Assessor.of_folder()
    auditor = Auditor(guide, assume_absent, presume=lists_studies(table, Export.of(columns or {})))
    summary = _empty_summary(guide)
    good, bad, first = [], [], 1
    for batch in rows.combine_chunks().to_batches(max_chunksize=BATCH) or [pa.RecordBatch.from_pylist([], rows.schema)]:
        result = auditor.batch(batch)
        summary = summary.plus(result)
        part, rejected = _parted(result, first)
        good.append(part)
        bad.append(rejected)
        first += batch.num_rows
    return Audit(pa.concat_tables(good).cast(_good(PLAIN)), pa.concat_tables(bad), summary)


def audit_file(
    orders: Path | str,
    result: Path | str,
    *,
    rejects: Path | str | None = None,
    picture: Path | str | None = None,
    content: Path | None = None,
    assume_absent: Sequence[str] = (),
    export: Export | None = None,
    workers: int = 2,
    batch: int = BATCH,
    progress: Told | None = None,
) -> AuditSummary:
    """Judge every row of a file, and continue where an interrupted run stopped.

    Args:
        orders: Parquet, CSV or NDJSON; see ``docs/how-to/audit.md`` for the columns.
        result: The file to write: ``.parquet`` or ``.csv``.
        rejects: The file for bad rows; by default ``RESULT.rejects.csv`` beside the result.
        picture: The file for the summary as SVG; by default it is not drawn.
        content: The content folder; by default the shipped ontology.
        assume_absent: Findings assumed to be absent, with all their kinds, in every row that does not state them.
        export: How the file names and separates its columns; by default as ours.
        workers: The number of processes; with 1, everything is done in this process.
        batch: Rows in a batch.
        progress: Told how many rows are done, and of how many where the file says so.

    Raises:
        AuditError: The orders cannot be read, or the result cannot be written; finished parts are kept. Or ``workers``
            is less than 1.
    """
    orders, result = _file("orders", orders), _file("result", result)
    rejects, picture = (place if place is None else _file("file", place) for place in (rejects, picture))
    if result.suffix not in (".parquet", ".csv"):
        message = f"{result}: its name must end in '.parquet' or '.csv', which tells how to write it"
        raise AuditError(message)
    rejected = rejects or result.with_name(f"{result.name}.rejects.csv")
    if workers < 1:
        message = f"{workers} workers cannot judge anything; give at least 1"
        raise AuditError(message)
    parts = result.with_name(f"{result.name}.parts")
    _refuse_places(orders, [result, rejected, parts, *([picture] if picture else [])])
    refuse_special(orders, AuditError, "table", sys.maxsize)  # before anything opens it: a pipe would wait for ever
    guide = Assessor.of_folder(content)
    auditor = Auditor(guide, assume_absent, presume=file_lists_studies(orders, export or Export()))
    with keeping_parts(parts, fingerprint(orders, guide.core.folder, assume_absent, batch, export)):
        try:
            with closing(_judged(batches(orders, batch, export), parts, auditor, workers)) as finished:
                told = _told(finished, progress or (lambda done, of: None), count(orders))
                summary = _assemble(told, result, rejected, _empty_summary(guide))
        except BrokenProcessPool as error:
            message = f"{orders}: a worker was killed, perhaps because memory ran out; use fewer --workers{AGAIN}"
            raise AuditError(message) from error
        except UnicodeDecodeError as error:
            message = f"{orders}: contains text that is not UTF-8; save it as UTF-8"
            raise AuditError(message) from error
        if picture:
            write_text(picture, summary.svg(), AuditError)
    return summary


def _file(what: str, place: object) -> Path:
    if isinstance(place, str | Path):
        return Path(place)
    message = f"the {what} of kg.audit_file is a path, not {type(place).__name__}; kg.audit takes a table in memory"
    raise AuditError(message)


def _refuse_places(orders: Path, written: Sequence[Path]) -> None:
    """Find out before the work whether a file cannot be written, or would overwrite another one."""
    taken = {orders.resolve(): orders}
    for path in written:
        if (other := taken.setdefault(path.resolve(), path)) is not path:
            message = f"{path}: is to be written, but '{other}' is the same file; give each a name of its own"
            raise AuditError(message)
        if path.suffix != ".parts":
            refuse_unwritable(path, AuditError)


def _empty_summary(guide: Assessor) -> AuditSummary:
    """A summary without any rows; the best category counts as appropriate."""
    best, *_ = guide.core.slice(frozenset()).bench.table(named("ask", "categories"))
    return AuditSummary(frozenset({slug(best["category"])}), unfinished=guide.core.unfinished)


def _told(finished: Finished, progress: Told, total: int | None) -> Iterator[Path]:
    for path, done in finished:
        yield path
        progress(done, total)


def _judged(read: Iterator[pa.RecordBatch], parts: Path, auditor: Auditor, workers: int) -> Finished:
    """Judge the batches that have no part yet, a few at a time in other processes."""
    todo = _batches(read, parts)
    if workers <= 1 or "fork" not in get_all_start_methods():
        for path, batch, done in todo:
            if batch is not None:
                _judge_part(auditor, path, batch)
            yield path, done
        return
    # Forked, so that the content need not be sent, and before Arrow starts threads to read the file.
    with ProcessPoolExecutor(workers, get_context("fork"), _begin_worker, (os.getpid(), auditor)) as pool:
        pool.submit(int).result()
        running: deque[tuple[Future[None] | None, Path, int]] = deque()
        try:
            for path, batch, done in todo:
                running.append((pool.submit(_judge_elsewhere, path, batch) if batch else None, path, done))
                if len(running) > workers:
                    yield _next_finished(running)
            while running:
                yield _next_finished(running)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _begin_worker(parent: int, auditor: Auditor) -> None:
    """Set up a worker that watches its parent: if the parent is killed, nothing else would end the worker."""
    _auditor[:] = [auditor]
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches all processes; the parent lets workers finish their parts

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _next_finished(running: deque[tuple[Future[None] | None, Path, int]]) -> tuple[Path, int]:
    future, path, done = running.popleft()
    if future:
        future.result()
    return path, done


def _batches(read: Iterator[pa.RecordBatch], parts: Path) -> Iterator[tuple[Path, pa.RecordBatch | None, int]]:
    """For each batch: its part, the batch itself if that part is missing, and the number of rows up to its end."""
    done = 0
    for number, batch in enumerate(read):
        path = parts / f"{number:06}.arrow"
        done += batch.num_rows
        yield path, None if path.exists() else batch, done


def _judge_elsewhere(path: Path, batch: pa.RecordBatch) -> None:
    _judge_part(_auditor[0], path, batch)


def _judge_part(auditor: Auditor, path: Path, batch: pa.RecordBatch) -> None:
    store_part(path, pa.Table.from_batches([auditor.batch(batch)]))


def _parted(result: pa.RecordBatch | pa.Table, first: int) -> tuple[pa.Table, pa.Table]:
    """The good rows, and the bad rows with their number."""
    table = pa.table(result) if isinstance(result, pa.RecordBatch) else result
    bad = pc.is_valid(table.column("error"))
    rows = pa.array(np.arange(first, first + table.num_rows))
    numbered = pa.table([rows, table.column("id"), table.column("error")], schema=REJECTS)
    return table.drop_columns(["error"]).filter(pc.invert(bad)), numbered.filter(bad)


def _assemble(parts: Iterator[Path], result: Path, rejects: Path, summary: AuditSummary) -> AuditSummary:
    """Put the parts together in order, and sum them up."""
    first = 1
    with (  # the result outermost, so that it appears last
        whole(result, AuditError, then=AGAIN) as good_rows,
        whole(rejects, AuditError, then=AGAIN) as bad_rows,
        bad_rows.open("w", newline="", encoding="utf-8") as file,
        _TableWriter(good_rows, result.suffix) as out,
    ):
        lines = csv.writer(file)
        lines.writerow(REJECTS.names)
        for part in parts:
            table = load_part(part)
            summary = summary.plus(table)
            good, bad = _parted(table, first)
            out.write(good)
            with blamed(rejects, AuditError, then=AGAIN):
                lines.writerows(zip(*map(_csv_column, bad.columns), strict=True))
            first += table.num_rows
    return summary


class _TableWriter:
    """Writes tables to Parquet, or to CSV with ``;`` between the words of a list."""

    def __init__(self, path: Path, suffix: str) -> None:
        # Readers get plain text: Arrow types are not stored. Ids are unique, so a dictionary would not help.
        words = [f"{f.name}.list.element" if pa.types.is_list(f.type) else f.name for f in _good(RESULT)][1:]
        plain = {"store_schema": False, "use_dictionary": words}
        self._parquet = pq.ParquetWriter(path, _good(RESULT), **plain) if suffix == ".parquet" else None
        self._csv = None if self._parquet else path.open("w", newline="", encoding="utf-8")
        if self._csv:
            csv.writer(self._csv).writerow(_good(PLAIN).names)

    def __enter__(self) -> _TableWriter:
        return self

    def __exit__(self, *_: object) -> None:
        for file in (self._parquet, self._csv):
            if file is not None:
                file.close()

    def write(self, table: pa.Table) -> None:
        if self._parquet:
            self._parquet.write_table(table)
        elif self._csv:
            columns = [
                pc.binary_join(column.combine_chunks(), ";") if pa.types.is_list(column.type) else column
                for column in table.cast(_good(PLAIN)).columns
            ]
            csv.writer(self._csv).writerows(zip(*map(_csv_column, columns), strict=True))


def _csv_column(column: pa.ChunkedArray | pa.Array) -> list[object]:
    """The cells of a column; what came from the orders may be no formula in a spreadsheet."""
    values = column.to_pylist()
    guards = {text: guarded(text) for text in set(values) if isinstance(text, str)}
    return [guards.get(value, value) for value in values]


def _good(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field for field in schema if field.name != "error"])


class Progress:
    """How far an audit is, in words: rows done, rate, time left."""

    def __init__(self, tell: Tell) -> None:
        """Start the clock.

        Args:
            tell: Told the words.
        """
        self._start, self._tell = time.monotonic(), tell

    def __call__(self, done: int, total: int | None) -> None:
        """Say how far the audit is; ``total`` is None where the number of rows is not known."""
        rate = done / max(time.monotonic() - self._start, 1e-9)
        left = f" of {total:,}, {(total - done) / rate:,.0f} s left" if total else ""
        self._tell(f"{done:,} rows{left}, {rate:,.0f} a second")
