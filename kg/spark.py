"""Audit past orders on a Spark cluster: the same batches through the same function, ``kg.table.Auditor.batch``.

The triples travel with the job: no worker needs the content folder. It compiles a circuit when it meets its topics.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
from pyoxigraph import Quad, RdfFormat, parse, serialize

from kg.auditing import BATCH
from kg.errors import AuditError, listed
from kg.table import PLAIN, REQUIRED, ROWS, Auditor

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from kg.guide import Guide

Batches = Iterable[pa.RecordBatch]

_SCHEMA = (
    "id string, unit string, ordered string, outcome string, scenario array<string>, rating string, "
    "contraindicated boolean, recommended array<string>, urgency string, warnings array<string>, error string"
)
"""``kg.table.PLAIN``, as Spark writes it."""

_auditors: dict[str, Auditor] = {}
"""The auditor of this worker, by the audit it was made for: Spark reuses a worker's process for many partitions."""


def audit_frame(orders: DataFrame, guide: Guide | None = None, assume_absent: Sequence[str] = ()) -> DataFrame:
    """Judge every row of a Spark frame.

    Args:
        orders: A row a case; see ``docs/audit.md`` for the columns. Other columns are left out.
        guide: The guideline; without one, the shipped ontology.
        assume_absent: Findings of which every kind is taken to be absent in every row unless stated.

    Returns:
        Columns of ``kg.table.PLAIN``, a row for each row. ``error`` says why a row has no verdict.

    Raises:
        AuditError: A required column is missing.
    """
    from kg.guide import load

    missing = [name for name in REQUIRED if name not in orders.columns]
    if missing:
        message = f"the frame has no column {listed(missing)}; its columns are {listed(orders.columns)}"
        raise AuditError(message)
    names = [name for name in ROWS.names if name in orders.columns]
    judge = judging(guide or load(), assume_absent)
    return orders.select(*names).mapInArrow(judge, _SCHEMA)


def judging(guide: Guide, assume_absent: Sequence[str] = ()) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """The function that runs on the workers.

    Args:
        guide: The guideline.
        assume_absent: As for ``audit_frame``.

    Returns:
        A function from batches of orders to batches of verdicts, which may be sent to another process.

    >>> import kg, pickle
    >>> judge = pickle.loads(pickle.dumps(judging(kg.load())))
    >>> orders = pa.RecordBatch.from_pylist([{"id": "1", "present": ["thoracic-back-pain"], "ordered": None}])
    >>> next(judge([orders])).column("outcome").to_pylist()
    ['needs-information']
    """
    return _Judge(guide, tuple(assume_absent))


class _Judge:
    """Carries a guideline to a worker: its triples as text, as they are not sent between processes."""

    def __init__(self, guide: Guide, assume_absent: tuple[str, ...]) -> None:
        # Made here as well, so that a wrong word is an error before anything is sent.
        Auditor(guide, assume_absent)
        self._graphs = {name: _written(triples) for name, triples in guide.content.graphs.items()}
        self._derived = _written(guide.content.derived)
        self._prefixes = dict(guide.content.prefixes)
        self._assume_absent = assume_absent
        self._name = os.urandom(8).hex()

    def __call__(self, batches: Batches) -> Iterator[pa.RecordBatch]:
        if self._name not in _auditors:
            _auditors.clear()
            _auditors[self._name] = Auditor(self._guide(), self._assume_absent)
        for batch in _together(batches):
            yield _auditors[self._name].batch(batch).cast(PLAIN)

    def _guide(self) -> Guide:
        from kg.content import Content
        from kg.guide import Guide

        graphs = {name: _read(text) for name, text in self._graphs.items()}
        return Guide(Content(graphs, _read(self._derived), self._prefixes))


def _together(batches: Batches) -> Iterator[pa.RecordBatch]:
    """Batches of as many rows as in a local audit, or a few more: a batch visits each set of topics once.

    Spark writes small batches faster than large ones: unless told not to, it counts the bytes of all nested columns
    anew at every row (see ``docs/audit.md``).
    """
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(each.num_rows for each in held) >= BATCH:
            yield pa.concat_batches(held)
            held = []
    if held:
        yield pa.concat_batches(held)


def _written(triples: Iterable[Quad]) -> bytes:
    return serialize((quad.triple for quad in triples), format=RdfFormat.N_TRIPLES) or b""


def _read(text: bytes) -> tuple[Quad, ...]:
    return tuple(parse(text, format=RdfFormat.N_TRIPLES))
