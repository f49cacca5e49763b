"""Audit past orders: stream a table of cases through circuits, keep what is finished, and sum it up.

Each batch becomes a part beside the result, and parts are put together while others are judged. After an interruption
the finished parts are kept and the rest is done; the result appears at the end.
"""

from __future__ import annotations

import csv
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kg.errors import AuditError
from kg.files import blamed, refuse_unwritable, whole, write_text
from kg.finished import AGAIN, fingerprint, kept, load, store
from kg.names import slug
from kg.queries import named
from kg.showing import Shown
from kg.summary import Summary
from kg.table import PLAIN, RESULT, Auditor
from kg.table_files import batches, count

if TYPE_CHECKING:
    from kg.guide import Guide

Told = Callable[[int, int | None], None]
"""What is told how many rows are done, and of how many."""

Finished = Generator[tuple[Path, int], None, None]
"""Parts that are whole, in order, each with how many rows are done."""

BATCH = 1 << 17
"""Rows of a batch: large enough that each topic sees many cases, small enough for memory."""

REJECTS = pa.schema([("row", pa.int64()), ("id", pa.string()), ("cause", pa.string())])
_auditor: list[Auditor] = []
"""The auditor of a worker, in its own process; nobody sets it in another."""


@dataclass(frozen=True)
class Audit(Shown):
    """A finished audit.

    Attributes:
        table: The verdicts of the good rows, in their order; columns of ``kg.table.PLAIN`` without ``error``.
        rejects: Number, id and cause of each bad row.
        summary: The counts.
    """

    table: pa.Table
    rejects: pa.Table
    summary: Summary

    def __str__(self) -> str:
        """The summary as text of at most 80 columns."""
        return str(self.summary)


def audit(table: pa.Table, guide: Guide | None = None, assume_absent: Sequence[str] = ()) -> Audit:
    """Judge every row of a table in memory.

    Args:
        table: A row a case; see ``docs/audit.md`` for the columns.
        guide: The guideline; without one, the shipped ontology.
        assume_absent: Findings of which every kind is taken to be absent in every row unless stated.

    Returns:
        Verdicts, rejects and summary.

    Raises:
        AuditError: A column is missing or does not hold what it should.

    >>> import pyarrow
    >>> rows = [
    ...     {"id": "1", "present": ["thoracic-back-pain", "fever"], "ordered": "ct-thoracic-spine-without-contrast"}
    ... ]
    >>> audit(pyarrow.Table.from_pylist(rows)).table.column("outcome").to_pylist()
    ['needs-information']
    """
    guide = guide or _shipped()
    auditor = Auditor(guide, assume_absent)
    summary = _summary(guide)
    table = table.select([name for name in table.column_names if name != "error"])  # the readers' own, not a user's
    good, bad, first = [], [], 1
    for batch in table.combine_chunks().to_batches(max_chunksize=BATCH) or [
        pa.RecordBatch.from_pylist([], table.schema)
    ]:
        result = auditor.batch(batch)
        summary = summary.plus(result)
        part, rejected = _parted(result, first)
        good.append(part)
        bad.append(rejected)
        first += batch.num_rows
    return Audit(pa.concat_tables(good).cast(_good(PLAIN)), pa.concat_tables(bad), summary)


def audit_file(
    orders: Path,
    result: Path,
    *,
    rejects: Path | None = None,
    picture: Path | None = None,
    content: Path | None = None,
    assume_absent: Sequence[str] = (),
    workers: int = 2,
    batch: int = BATCH,
    progress: Told | None = None,
) -> Summary:
    """Judge every row of a file, and go on where an interrupted run stopped.

    Args:
        orders: Parquet, CSV or NDJSON; see ``docs/audit.md`` for the columns.
        result: The file to write: ``.parquet`` or ``.csv``.
        rejects: Where bad rows go; without it, beside the result as ``RESULT.rejects.csv``.
        picture: Where to draw the summary, as SVG.
        content: The guideline's folder; without one, the shipped ontology.
        assume_absent: Findings of which every kind is taken to be absent in every row unless stated.
        workers: Processes; 1 works in this one.
        batch: Rows a batch.
        progress: Told how many rows are done, and of how many where the file says so.

    Returns:
        The summary.

    Raises:
        AuditError: The orders cannot be read or the result cannot be written; finished parts are kept. Or there are no
            workers.
    """
    from kg.guide import load as opened

    if result.suffix not in (".parquet", ".csv"):
        message = f"{result}: its name must end in '.parquet' or '.csv', which says how to write it"
        raise AuditError(message)
    rejected = rejects or result.with_name(f"{result.name}.rejects.csv")
    if workers < 1:
        message = f"{workers} workers cannot judge anything; give at least 1"
        raise AuditError(message)
    parts = result.with_name(f"{result.name}.parts")
    _refuse_places(orders, [result, rejected, parts, *([picture] if picture else [])])
    guide = opened(content)
    auditor = Auditor(guide, assume_absent)
    with kept(parts, fingerprint(orders, guide.folder, assume_absent, batch)):
        try:
            with closing(_judged(orders, parts, auditor, workers, batch)) as finished:
                told = _told(finished, progress or (lambda done, of: None), count(orders))
                summary = _assemble(told, result, rejected, _summary(guide))
        except BrokenProcessPool as error:
            message = f"{orders}: a worker was ended, perhaps for want of memory; take fewer --workers{AGAIN}"
            raise AuditError(message) from error
        except UnicodeDecodeError as error:
            message = f"{orders}: holds text that is not UTF-8; write it again"
            raise AuditError(message) from error
        if picture:
            write_text(picture, summary.svg(), AuditError)
    return summary


def _refuse_places(orders: Path, written: Sequence[Path]) -> None:
    """Find out before the work that a file has no place, or would be written over another one."""
    taken = {orders.resolve(): orders}
    for path in written:
        if (other := taken.setdefault(path.resolve(), path)) is not path:
            message = f"{path}: is written here, yet '{other}' is the same file; give each a name of its own"
            raise AuditError(message)
        if path.suffix != ".parts":
            refuse_unwritable(path, AuditError)


def _shipped() -> Guide:
    from kg.guide import load

    return load()


def _summary(guide: Guide) -> Summary:
    """Counts of nothing yet; appropriate is the best category."""
    best, *_ = guide.part(frozenset()).bench.table(named("ask", "categories"))
    return Summary(frozenset({slug(best["category"])}))


def _told(finished: Finished, progress: Told, total: int | None) -> Iterator[Path]:
    for path, done in finished:
        yield path
        progress(done, total)


def _judged(orders: Path, parts: Path, auditor: Auditor, workers: int, size: int) -> Finished:
    """Judge the batches that have no part yet, a few at a time in other processes."""
    todo = _batches(orders, parts, size)
    if workers <= 1 or "fork" not in get_all_start_methods():
        for path, batch, done in todo:
            if batch is not None:
                _judge_part(auditor, path, batch)
            yield path, done
        return
    # Forked, so that the guideline is there without being sent, and before Arrow starts threads to read the file.
    with ProcessPoolExecutor(workers, get_context("fork"), _begin, (os.getpid(), auditor)) as pool:
        pool.submit(int).result()
        running: deque[tuple[Future[None] | None, Path, int]] = deque()
        try:
            for path, batch, done in todo:
                running.append((pool.submit(_judge_elsewhere, path, batch) if batch else None, path, done))
                if len(running) > workers:
                    yield _first(running)
            while running:
                yield _first(running)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _begin(parent: int, auditor: Auditor) -> None:
    """Begin a worker, which ends soon after its parent was killed: that closes nothing that the worker waits for."""
    _auditor[:] = [auditor]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent lets the begun parts be finished

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _first(running: deque[tuple[Future[None] | None, Path, int]]) -> tuple[Path, int]:
    future, path, done = running.popleft()
    if future:
        future.result()
    return path, done


def _batches(orders: Path, parts: Path, size: int) -> Iterator[tuple[Path, pa.RecordBatch | None, int]]:
    """The part of each batch, the batch if that part is not there, and how many rows there are up to it."""
    done = 0
    for number, batch in enumerate(batches(orders, size)):
        path = parts / f"{number:06}.arrow"
        done += batch.num_rows
        yield path, None if path.exists() else batch, done


def _judge_elsewhere(path: Path, batch: pa.RecordBatch) -> None:
    _judge_part(_auditor[0], path, batch)


def _judge_part(auditor: Auditor, path: Path, batch: pa.RecordBatch) -> None:
    store(path, pa.Table.from_batches([auditor.batch(batch)]))


def _parted(result: pa.RecordBatch | pa.Table, first: int) -> tuple[pa.Table, pa.Table]:
    """Good rows, and bad rows with their number."""
    table = pa.table(result) if isinstance(result, pa.RecordBatch) else result
    bad = pc.is_valid(table.column("error"))
    rows = (
        pa.array(range(first, first + table.num_rows), pa.int64())
        if pc.any(bad).as_py()
        else pa.nulls(table.num_rows, pa.int64())
    )
    numbered = pa.table([rows, table.column("id"), table.column("error")], schema=REJECTS)
    return table.drop_columns(["error"]).filter(pc.invert(bad)), numbered.filter(bad)


def _assemble(parts: Iterator[Path], result: Path, rejects: Path, summary: Summary) -> Summary:
    """Put the parts together in their order, and sum them up."""
    first = 1
    with (  # the result outermost, so that it appears last
        whole(result, AuditError, then=AGAIN) as good_rows,
        whole(rejects, AuditError, then=AGAIN) as bad_rows,
        bad_rows.open("w", newline="", encoding="utf-8") as file,
        _Writer(good_rows, result.suffix) as out,
    ):
        lines = csv.writer(file)
        lines.writerow(REJECTS.names)
        for part in parts:
            table = load(part)
            summary = summary.plus(table)
            good, bad = _parted(table, first)
            out.write(good)
            with blamed(rejects, AuditError, then=AGAIN):
                lines.writerows(row.values() for row in bad.to_pylist())
            first += table.num_rows
    return summary


class _Writer:
    """Writes tables to Parquet, or to CSV with ``;`` between the words of a list."""

    def __init__(self, path: Path, suffix: str) -> None:
        # Whoever reads it finds text: how Arrow held it is not stored. An id stands once; a dictionary is of no use.
        words = [f"{f.name}.list.element" if pa.types.is_list(f.type) else f.name for f in _good(RESULT)][1:]
        plain = {"store_schema": False, "use_dictionary": words}
        self._parquet = pq.ParquetWriter(path, _good(RESULT), **plain) if suffix == ".parquet" else None
        self._csv = None if self._parquet else path.open("w", newline="", encoding="utf-8")
        if self._csv:
            csv.writer(self._csv).writerow(_good(PLAIN).names)

    def __enter__(self) -> _Writer:
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
            csv.writer(self._csv).writerows(zip(*(column.to_pylist() for column in columns), strict=True))


def _good(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field for field in schema if field.name != "error"])


class Progress:
    """A line on a terminal: rows done, rate, time left."""

    def __init__(self) -> None:
        """Start the clock."""
        self._start = time.monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        """Say how far it is.

        Args:
            done: Rows done.
            total: Rows in all, where known.
        """
        rate = done / max(time.monotonic() - self._start, 1e-9)
        left = f" of {total:,}, {(total - done) / rate:,.0f} s left" if total else ""
        sys.stderr.write(f"\r{done:,} rows{left}, {rate:,.0f} a second\033[K")
        sys.stderr.flush()
