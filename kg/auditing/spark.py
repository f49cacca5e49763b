"""Audits past orders on a Spark cluster: the same batches through the same function, ``Auditor.batch``.

The triples travel with the job, so that no worker needs the content folder. A worker compiles the circuit of a set of
topics when it first meets a row of these topics.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
from pyoxigraph import Quad, RdfFormat, parse, serialize

from kg.auditing.batches import PLAIN, REQUIRED, ROWS, Auditor
from kg.auditing.run import BATCH
from kg.errors import AuditError, listed
from kg.patient.assess.assessor import Assessor

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Batches = Iterable[pa.RecordBatch]

_SCHEMA = (
    "id string, unit string, ordered string, outcome string, scenario array<string>, rating string, "
    "contraindicated boolean, best array<string>, urgency string, warnings array<string>, error string"
)
"""``kg.auditing.batches.PLAIN``, as Spark writes it."""

_auditors: dict[str, Auditor] = {}
"""The auditor of this worker, by the name of its audit: Spark reuses the process of a worker for many partitions."""


def audit_frame(orders: DataFrame, guide: Assessor | None = None, assume_absent: Sequence[str] = ()) -> DataFrame:
    """Judge every row of a Spark frame.

    Args:
        orders: One row for each case; see ``docs/how-to/audit.md`` for the columns. Other columns are ignored.
        guide: The guide; by default that of the shipped ontology.
        assume_absent: Findings assumed to be absent, with all their kinds, in every row that does not state them.

    Returns:
        One row for each row, with columns of ``kg.auditing.batches.PLAIN``; ``error`` says why a row has no verdict.

    Raises:
        AuditError: It is no Spark frame, or a required column is missing.
    """
    if not hasattr(orders, "mapInArrow"):
        message = f"kg.audit_frame takes a Spark frame, not {type(orders).__name__}; kg.audit takes a table in memory"
        raise AuditError(message)
    missing = [name for name in REQUIRED if name not in orders.columns]
    if missing:
        message = f"the frame has no column {listed(missing)}; its columns are {listed(orders.columns)}"
        raise AuditError(message)
    names = [name for name in ROWS.names if name in orders.columns]
    judge = judging(guide or Assessor.of_folder(), assume_absent, presume="performed" in orders.columns)
    return orders.select(*names).mapInArrow(judge, _SCHEMA)


def judging(
    guide: Assessor, assume_absent: Sequence[str] = (), *, presume: bool = True
) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """The function that runs on the workers: batches of orders in, batches of verdicts out. It can be pickled.

    Args:
        guide: The guide that the workers use.
        assume_absent: As for ``audit_frame``.
        presume: Whether the orders have a column for studies, so that one not listed was not performed.

    >>> import kg, pickle
    >>> judge = pickle.loads(pickle.dumps(judging(kg.load())))
    >>> orders = pa.RecordBatch.from_pylist([{"id": "1", "present": ["thoracic-back-pain"], "ordered": None}])
    >>> next(judge([orders])).column("outcome").to_pylist()
    ['needs-information']
    """
    return _Judge(guide, tuple(assume_absent), presume=presume)


class _Judge:
    """Carries the content of a guide to a worker as text, because triples cannot be sent between processes."""

    def __init__(self, guide: Assessor, assume_absent: tuple[str, ...], *, presume: bool) -> None:
        # Also made here, so that an unknown word is an error before anything is sent.
        Auditor(guide, assume_absent)
        self._graphs = {name: _text_of_quads(triples) for name, triples in guide.core.content.graphs.items()}
        self._derived = _text_of_quads(guide.core.content.derived)
        self._prefixes = dict(guide.core.content.prefixes)
        self._unfinished = dict(guide.core.content.unfinished)
        self._assume_absent, self._presume = assume_absent, presume
        self._name = os.urandom(8).hex()

    def __call__(self, batches: Batches) -> Iterator[pa.RecordBatch]:
        if self._name not in _auditors:
            _auditors.clear()
            _auditors[self._name] = Auditor(self._guide(), self._assume_absent, presume=self._presume)
        for batch in _large_batches(batches):
            yield _auditors[self._name].batch(batch).cast(PLAIN)

    def _guide(self) -> Assessor:
        from kg.knowledge.content.content import Content
        from kg.patient.assess.assessor import Assessor

        graphs = {name: _triples_of(text) for name, text in self._graphs.items()}
        return Assessor(Content(graphs, _triples_of(self._derived), self._prefixes, unfinished=self._unfinished))


def _large_batches(batches: Batches) -> Iterator[pa.RecordBatch]:
    """Join batches until they are as large as in a local audit, because each set of topics is visited once for a batch.

    Spark itself is faster with small batches: by default, it counts the bytes of all nested columns again at every row
    (see ``docs/how-to/audit.md``).
    """
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(each.num_rows for each in held) >= BATCH:
            yield pa.concat_batches(held)
            held = []
    if held:
        yield pa.concat_batches(held)


def _text_of_quads(triples: Iterable[Quad]) -> bytes:
    return serialize((quad.triple for quad in triples), format=RdfFormat.N_TRIPLES) or b""


def _triples_of(text: bytes) -> tuple[Quad, ...]:
    return tuple(parse(text, format=RdfFormat.N_TRIPLES))
