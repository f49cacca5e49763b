"""Measures one thing in a process of its own, with the interpreter of this checkout or of an older one.

    python bench/jobs.py arrays ORDERS [CONTENT]      # from the folder of the checkout that is measured

prints seconds as JSON. All code that differs between the two checkouts is here: how a table is judged.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

Work = Callable[[], object]
Seconds = Mapping[str, float]
ROUNDS = 3


def best(work: Work, rounds: int = ROUNDS) -> float:
    """The shortest of some rounds, after one to warm up: other work on the machine only ever adds time."""
    work()
    return min(_seconds(work) for _ in range(rounds))


def _seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _opened(content: str | None) -> Any:
    import kg

    return kg.load(Path(content)) if content else kg.load()


def _cohorts(auditor: Any, orders: str, parts: int) -> list[Any]:
    """A table as arrays, in this many parts."""
    import pyarrow.parquet as pq

    from kg.auditing.batches import conform
    from kg.auditing.refusals import RowErrors

    table = pq.read_table(orders)
    size = -(-table.num_rows // parts)
    cohorts = []
    for first in range(0, table.num_rows, size):
        rows = conform(table.slice(first, size).combine_chunks().to_batches()[0])
        cohorts.append(auditor.cohort(rows, RowErrors(rows.column("error"))))
    return cohorts


_judged: list[Work] = []


def _judge(number: int) -> None:
    _judged[number]()


def _in_two(works: list[Work]) -> float:
    """The time of two processes, each with its own half."""
    _judged[:] = works
    with ProcessPoolExecutor(2, get_context("fork")) as pool:
        return best(lambda: list(pool.map(_judge, range(2), chunksize=1)))


def arrays(orders: str, content: str | None = None) -> Seconds:
    """Judge a table from arrays: two halves in two processes, and all of it in one.

    Args:
        orders: A table as Parquet.
        content: A content folder; by default the shipped ontology.

    Returns:
        Seconds by name; this checkout also reports packing, gates, refusing and columns.
    """
    from kg.auditing.batches import Auditor

    auditor: Any = Auditor(_opened(content))
    (whole,), halves = _cohorts(auditor, orders, 1), _cohorts(auditor, orders, 2)
    if not find_spec("kg.bulk"):
        return _by_circuits(auditor, whole, halves, orders)
    judge = import_module("kg.bulk").judge
    found = {}
    for name, machine_code in (("numpy", False), ("numba", True)):

        def work(cohort: Any, machine_code: bool = machine_code) -> object:
            return judge(auditor.plan, cohort, machine_code=machine_code)

        found[f"{name} one"] = best(lambda work=work: work(whole))  # type: ignore[misc]
        found[f"{name} two"] = _in_two([lambda half=half, work=work: work(half) for half in halves])  # type: ignore[misc]
    return found


def _by_circuits(auditor: Any, whole: Any, halves: list[Any], orders: str) -> Seconds:
    import pyarrow.parquet as pq

    from kg.auditing.batches import conform
    from kg.auditing.refusals import RowErrors

    judge = auditor.judge
    judge.judge(whole)  # opens the circuits
    bits, laid = judge._packed(whole, judge._grouped(whole))
    found = {
        "packing": best(lambda: judge._packed(whole, judge._grouped(whole))),
        "gates": best(lambda: [judge._groups[n].executor.run(laid.part(bits, n)) for n in laid.used]),
        "one": best(lambda: judge.judge(whole)),
        "two": _in_two([lambda half=half: judge.judge(half) for half in halves]),  # type: ignore[misc]
        "refusing": best(lambda: auditor.refusing.judge(whole)),
    }
    rows = conform(pq.read_table(orders).combine_chunks().to_batches()[0])
    verdicts = judge.judge(whole)
    columns = best(lambda: auditor.cohort(rows, RowErrors(rows.column("error"))))
    columns += best(lambda: auditor.result(rows, whole, verdicts, RowErrors(rows.column("error"))))
    return found | {"columns": columns}


def audit(orders: str, result: str, content: str | None = None) -> Seconds:
    """Audit a file with two workers.

    Args:
        orders: A table as Parquet.
        result: The file to write.
        content: A content folder; by default the shipped ontology.
    """
    from kg.auditing.run import audit_file

    place = Path(content) if content else None
    return {"wall": _seconds(lambda: audit_file(Path(orders), Path(result), content=place))}


def ask(*present: str) -> Seconds:
    """The processor time for what to ask a patient about whom only this is known.

    Args:
        present: Findings; a number is the age.
    """
    import kg

    guide = _opened(None)
    words = [word for word in present if not word.isdigit()]
    ages = [int(word) for word in present if word.isdigit()]
    case = kg.Case(present=words, measured={"age": ages[0]} if ages else {})
    guide.assess(case)  # opens everything that is needed
    start = time.process_time()
    guide.what_to_ask(case)
    return {"processor": time.process_time() - start}


def surface(topic: str) -> Seconds:
    """The processor time for the decision surface of a topic."""
    guide = _opened(None)
    start = time.process_time()
    guide.surface(topic)
    return {"processor": time.process_time() - start}


def opening(content: str) -> Seconds:
    """The time to open content for the first time; the caller provides an empty folder for kept builds."""
    return {"wall": _seconds(lambda: _opened(content).index)}


JOBS: Mapping[str, Callable[..., Seconds]] = {job.__name__: job for job in (arrays, audit, ask, surface, opening)}

if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))  # the measured checkout, not the one that this file is in
    print(json.dumps(dict(JOBS[sys.argv[1]](*sys.argv[2:]))))
