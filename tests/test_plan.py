"""The plan against the queries: the same verdicts on every case of every guideline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import kg
from kg.bulk import _situations, judge
from kg.case import Case
from kg.cohort import Pairs, cohort
from kg.compile_plan import compile_plan
from kg.examples import examples
from kg.facts import THIS_CASE, facts
from kg.names import slug
from kg.plan import Plan
from kg.verdicts import OUTCOMES
from tests.generate import RARE, cases, guideline
from tests.truth import Knowledge

Said = dict[str, Any]


def queried(guide: kg.Guide, case: Case) -> Said:
    """What the queries say over the part of the guideline that is worth looking at."""
    topics = guide.topics_of(case)
    with guide.part(topics).bench.evaluation(facts(case, guide.lexicon)) as evaluation:
        found = evaluation.conclusions(THIS_CASE)
    named = {name: {slug(iri) for iri in found[name]} for name in ("considered", "leading", "robust", "best")}
    loaded = {
        iri
        for iri in found["applies"]
        if not any(iri.startswith(f"{t}/") for t in guide.content.topics if t not in topics)
    }
    ranks = [int(guide.knowledge.urgency_rules[iri]["rank"]) for iri in loaded if iri in guide.knowledge.urgency_rules]
    warned = {slug(iri) for iri in loaded if guide.knowledge.kinds.get(iri) == "Warning"}
    order = guide.lexicon.term("Procedure", case.order).value if case.order else None
    return {
        **named,
        "outcome": slug(found["outcome"][0]),
        "urgency": max(ranks, default=0),
        "warnings": warned,
        "contraindicated": order in found["contraindicated"],
    }


def planned(plan: Plan, described: Sequence[Case]) -> list[Said]:
    """What the plan says."""
    found = judge(plan, cohort(plan, described))

    def words(pairs: Pairs, names: Sequence[str], case: int) -> set[str]:
        return {slug(names[thing]) for thing in pairs.thing[pairs.case == case].tolist()}

    return [
        {
            "considered": words(found.considered, plan.conditions, number),
            "leading": words(found.leading, plan.conditions, number),
            "robust": words(found.robust, plan.procedures, number),
            "best": words(found.best, plan.procedures, number),
            "outcome": OUTCOMES[found.outcome[number]],
            "urgency": int(found.urgency[number]),
            "warnings": words(found.warnings, plan.conditions, number),
            "contraindicated": bool(found.contraindicated[number]),
        }
        for number in range(len(described))
    ]


def assert_equal(guide: kg.Guide, described: Sequence[Case]) -> list[Said]:
    said = planned(compile_plan(guide.content), described)
    for case, found in zip(described, said, strict=True):
        assert found == queried(guide, case), case.to_dict()
    return said


def test_plan_and_queries_agree_on_the_shipped_guideline(guide: kg.Guide) -> None:
    knowledge = Knowledge(guide.content)
    described = [example.case for example in examples(guide)]
    described += cases(Random("plan"), knowledge, 250)
    described += RARE
    said = assert_equal(guide, described)
    assert {found["outcome"] for found in said} == set(OUTCOMES)
    led = {scenario for found in said for scenario in found.get("leading", ())}
    assert led == {slug(scenario) for scenario in knowledge.scenarios()}, "every scenario is reached"


@pytest.mark.parametrize("chunk", range(2))
def test_plan_and_queries_agree_on_random_guidelines(tmp_path: Path, chunk: int) -> None:
    rng = Random(f"plans {chunk}")
    for number in range(25):
        guide = kg.Guide(guideline(rng, tmp_path / str(number), clean=rng.random() < 0.7))
        assert_equal(guide, list(cases(rng, Knowledge(guide.content), 6)))


@pytest.mark.parametrize("colliding", [False, True])
def test_situations_are_shared_by_equal_cases_only(monkeypatch: pytest.MonkeyPatch, colliding: bool) -> None:
    if colliding:
        monkeypatch.setattr("kg.bulk._mixed", lambda words: np.zeros(len(words), dtype=np.uint64))
    rng = np.random.default_rng(7)
    count = 400
    parts = []
    for _ in range(2):
        keys = np.unique(rng.integers(0, count * 4, 300))
        parts.append(Pairs(keys // 4, keys % 4))
    situation, first = _situations(count, tuple(parts))
    said = [tuple(tuple(part.thing[part.case == case].tolist()) for part in parts) for case in range(count)]
    assert [said[first[number]] for number in situation.tolist()] == said
    assert colliding or len(first) == len(set(said))
