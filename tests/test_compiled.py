"""Machine code against arrays: the same verdicts, number for number, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kg
from bench.generator import Size, write
from bench.generator import cohort as drawn
from kg import bulk, compiled
from kg.cohort import Cohort, Pairs, cohort
from kg.compile_plan import compile_plan
from kg.examples import examples
from kg.lifting import together
from kg.plan import Plan
from kg.verdicts import Verdicts
from tests.generate import RARE, cases, guideline
from tests.truth import Knowledge


def arrays(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """All arrays of verdicts, in order."""
    if isinstance(value, tuple):
        for part in value:
            yield from arrays(part)
    else:
        yield value


def in_blocks_of(cases: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "BLOCK", cases)
    monkeypatch.setattr(compiled, "A_TOPIC", 1)


def assert_same(plan: Plan, known: Cohort) -> Verdicts:
    expected, found = (bulk.judge(plan, known, machine_code=way) for way in (False, True))
    held = [way.match(plan, known, expected.facts) for way in (bulk, compiled)]
    for one, other in zip(arrays((astuple(expected), held[0])), arrays((astuple(found), held[1])), strict=True):
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()
    return found


def test_the_shipped_guideline(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    in_blocks_of(100, monkeypatch)
    described = [example.case for example in examples(guide)]
    described += cases(Random("compiled"), Knowledge(guide.content), 400)
    described += RARE
    plan = compile_plan(guide.content)
    said = assert_same(plan, cohort(plan, described))
    assert set(said.outcome.tolist()) == set(range(6))
    assert len(said.warnings.case)


def test_random_guidelines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_blocks_of(4, monkeypatch)
    rng = Random("compiled guidelines")
    for number in range(40):
        guide = kg.Guide(guideline(rng, tmp_path / str(number), clean=rng.random() < 0.7))
        plan = compile_plan(guide.content)
        assert_same(plan, cohort(plan, list(cases(rng, Knowledge(guide.content), 12))))


@pytest.mark.parametrize("block", [64, 1000, 1 << 14])
def test_many_topics_with_blocks_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    place = tmp_path_factory.getbasetemp() / "compiled-guideline"
    if not place.exists():
        write(place, 3, Size.of(12))
    plan = compile_plan(kg.load(place).content)
    in_blocks_of(block, monkeypatch)
    assert_same(plan, drawn(plan, 7, 5000))


def test_no_case_at_all(guide: kg.Guide) -> None:
    plan = compile_plan(guide.content)
    assert len(assert_same(plan, cohort(plan, [])).outcome) == 0


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9))), min_size=1, max_size=4))
def test_pairs_are_put_in_order_alike(drawn: list[list[tuple[int, int]]]) -> None:
    parts = []
    for pairs in drawn:
        columns = np.array(sorted(pairs, key=lambda pair: pair[0]), dtype=np.int64).reshape(-1, 2)
        parts.append(Pairs(columns[:, 0].copy(), columns[:, 1].copy()))
    expected, found = together(parts), compiled.together(parts)
    assert [part.tolist() for part in found] == [part.tolist() for part in expected]


@pytest.mark.parametrize("worth", [1, 1000])
def test_machine_code_is_for_many_cases_only(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch, worth: int) -> None:
    monkeypatch.setattr(bulk, "WORTH_COMPILING", worth)
    asked: list[int] = []
    match = compiled.match

    def watched(plan: Plan, known: Cohort, facts: Any) -> Any:
        asked.append(known.count)
        return match(plan, known, facts)

    monkeypatch.setattr(compiled, "match", watched)
    plan = compile_plan(guide.content)
    bulk.judge(plan, cohort(plan, [kg.Case(present=["thoracic-back-pain"])]))
    assert asked == ([1] if worth == 1 else [])


def test_without_numba_the_arrays_judge(guide: kg.Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "WORTH_COMPILING", 0)
    monkeypatch.setattr(bulk, "_numba_is_installed", lambda: False)
    monkeypatch.setattr(compiled, "match", None)
    plan = compile_plan(guide.content)
    assert bulk.judge(plan, cohort(plan, [kg.Case(present=["thoracic-back-pain"])])).outcome.tolist() == [5]
