"""What the benchmarks compare gives equal answers, and every part of them runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from bench import engines
from bench.benchmarks import Timed, in_c
from bench.generator import Known, Size, cohort, table, write, write_table
from kg.auditing.batches import RESULT, Auditor
from kg.guide import Guide, load
from kg.knowledge.content.content import read
from kg.logic.circuit.gates import restricted
from kg.logic.circuit.vector import Executor
from tests.conftest import ROOT


def test_circuit_joins_and_set_query_find_the_same_scenarios(tmp_path: Path) -> None:
    guide = Guide(read(write(tmp_path / "guideline", 3, Size.of(5))))
    known = engines.amounts(guide, cohort(Known.of(guide.core.content), 2, 60))
    assert len(known.applying) > 20
    store = engines.built(guide)
    engines.add_cases(store, known)
    assert engines.asked(store) == known.applying
    pytest.importorskip("duckdb")
    assert engines.Joins(engines.built(guide), known).answers() == known.applying


def test_the_generator_is_deterministic_and_its_cases_reach_every_scenario(tmp_path: Path) -> None:
    size = Size.of(6)
    one, other = (write(tmp_path / name, 5, size) for name in ("one", "other"))
    for path in one.rglob("*.ttl"):
        assert path.read_bytes() == (other / path.relative_to(one)).read_bytes()
    guide = load(one)
    known = Known.of(guide.core.content)
    rows = table(known.vocabulary, cohort(known, 1, 20_000))
    assert rows.equals(table(known.vocabulary, cohort(Known.of(guide.core.content), 1, 20_000)))
    verdicts = Auditor(guide).batch(rows.combine_chunks().to_batches()[0])
    assert verdicts.schema == RESULT
    assert 19_000 < verdicts.column("error").null_count < 20_000, "few cases contradict themselves, and some do"
    led = set(pa.compute.list_flatten(verdicts.column("scenario")).to_pylist())
    scenarios = sum(len(topic.scenarios) for topic in known.topics)
    assert len(led) >= 0.8 * scenarios


def test_gates_in_c_say_what_the_executor_says(guide: Guide, tmp_path: Path) -> None:
    whole = guide.core.circuits.of(frozenset(guide.core.content.topics))
    circuit = restricted(whole, {"handedTo": whole.outputs["handedTo"]})  # the whole takes a compiler minutes
    compiled = in_c(circuit, tmp_path)
    if compiled is None:
        pytest.skip("no C compiler")
    inputs = np.random.default_rng(1).integers(0, 1 << 63, size=(len(circuit.inputs), 3), dtype=np.uint64)
    assert np.array_equal(compiled(inputs), Executor(circuit).run(inputs))


def test_a_job_says_its_seconds_as_json(tmp_path: Path) -> None:
    place = write(tmp_path / "guideline", 3, Size.of(2))
    orders = write_table(tmp_path / "orders.parquet", Known.of(read(place)), 1, 500)
    command = [sys.executable, str(ROOT / "bench" / "jobs.py"), "arrays", str(orders), str(place)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    assert json.loads(told)["two"] > 0


def test_a_time_is_told_in_the_unit_that_fits() -> None:
    assert Timed((0.002, 0.001, 0.004)).each(1) == "2 ms (1 to 4)"
