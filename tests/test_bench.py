"""What the benchmarks compare is the same: the core of a verdict by the plan, by a loop, and by a set query."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kg.compile_plan import compile_plan
from pyoxigraph import Store

from bench import engines
from bench.generator import Size, cohort, write
from kg.content import read


def test_plan_loop_and_set_query_find_the_same_scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = read(write(tmp_path / "guideline", 3, Size.of(5)))
    plan = compile_plan(content)
    cases = cohort(plan, 2, 60)
    known, atoms = engines.matching(content, plan), engines.atoms(plan, cases)
    expected = engines.by_plan(plan, cases)
    assert len(expected) > 20
    monkeypatch.setattr(engines, "_kernel", [engines._loop])  # as plain Python: numba is not needed to test
    found = engines.loop(known, atoms, cases.count)
    assert np.array_equal(engines.keyed(*found, len(known.conditions)), expected)
    store = Store()
    for triples in (*content.graphs.values(), content.derived, engines.triples(known, atoms)):
        store.extend(triples)
    rows: Any = store.query(engines.PREFIX + engines.SET_QUERY)
    asked = [(row["case"].value, row["scenario"].value) for row in rows]
    assert np.array_equal(engines.of_rows(known, asked), expected)
    for case in range(5):
        single: Any = store.query(engines.one_query(known, atoms.thing[atoms.case == case].tolist()))
        found_of_case = [(f"case/{case}", row["scenario"].value) for row in single]
        size = len(known.conditions)
        assert np.array_equal(engines.of_rows(known, found_of_case), expected[expected // size == case])
