"""A table decided by circuits: the same as the derive queries on Oxigraph, case by case, in whatever batches."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

import kg
from bench.generator import Size, write
from kg.auditing import conclusions as judging
from kg.auditing.batches import WANTED
from kg.auditing.cohort import Cohort, WordNumbering
from kg.auditing.conclusions import CohortRunner
from kg.author.examples import examples
from kg.guide import Guide
from kg.knowledge.content.content import read
from kg.logic.circuit.execute import run
from kg.logic.circuit.gates import Circuit, restricted
from kg.logic.circuit.inputs import Input
from kg.logic.compiler.compile import compiled
from kg.patient.facts import THIS_CASE, facts
from tests.judges.generate import cases
from tests.judges.truth import Knowledge

RELATIONS = (
    *("outcome", "leading", "best", "urgency", "orderRating", "contraindicated", "impossible", "knownPresent"),
    *("knownAbsent", "acts", "considered", "candidate", "robust", "behind", "undecided"),
)


@pytest.mark.parametrize("presume", [True, False])
@pytest.mark.parametrize("few", [0, 100_000])
def test_a_cohort_is_judged_as_the_derive_queries_judge_each_case(
    guide: kg.Guide, monkeypatch: pytest.MonkeyPatch, few: int, presume: bool
) -> None:
    """With circuits narrowed to what was stated so far, and taken whole; with presumptions, and without."""
    monkeypatch.setattr(judging, "_FEW", few)
    vocabulary = WordNumbering.of(guide.core.index.words)
    judge = CohortRunner(
        vocabulary,
        guide.core.index.leads,
        guide.core.circuits.of,
        dict.fromkeys(RELATIONS),
        None,
        guide.core.presumptions if presume else (),
    )
    described = [example.case for example in examples(guide)[::12]]
    described += cases(random.Random("judge"), Knowledge(guide.core.content), 15)
    described = [as_in_a_table(case, presume=presume) for case in described]
    for lot in (described[:3], described[3:20], described):  # each states what none before it did
        verdicts = judge.judge(Cohort.of(vocabulary, lot))
        for number, case in enumerate(lot):
            part = guide.core.slice(guide.core.entered(guide.core.facts(case)))
            with part.bench.evaluation(facts(case, part.lexicon)) as evaluation:
                expected = evaluation.conclusions(THIS_CASE, RELATIONS)
            for relation in RELATIONS:
                of, things = verdicts.pairs[relation]
                found = {verdicts.things[relation][thing] for thing in things[of == number].tolist()}
                assert found == set(expected.get(relation, ())), (relation, case.to_dict())


def as_in_a_table(case: kg.Case, *, presume: bool) -> kg.Case:
    """The case without days, which a table does not have; and what is presumed holds for all its rows or for none."""
    return replace(case, performed=tuple(replace(s, date="") for s in case.performed), since={}, presume=presume)


def test_what_topics_share_is_grounded_once_and_says_the_same(tmp_path: Path) -> None:
    guide = Guide(read(write(tmp_path / "guideline", 3, Size.of(4))))
    topics, wanted = guide.core.content.topics, frozenset((*WANTED, "knownPresent", "impossible"))
    for some in (topics[:1], topics[1:3], topics):
        fresh = compiled(guide.core.bearing(frozenset(some)))
        narrow = restricted(fresh, {name: fresh.outputs.get(name, {}) for name in wanted})
        shared = guide.core.circuits.part(frozenset(some), wanted)
        assert {name: set(found) for name, found in shared.outputs.items()} == {
            name: set(found) for name, found in narrow.outputs.items()
        }
        assert set(shared.inputs) == set(narrow.inputs)
        rng = random.Random("shared")
        rows = {fact: rng.getrandbits(4096) & rng.getrandbits(4096) for fact in narrow.inputs}
        one, other = (_outputs(circuit, rows) for circuit in (shared, narrow))
        assert one == other


def _outputs(circuit: Circuit, rows: dict[Input, int]) -> dict[tuple[str, str], int]:
    ran = run(circuit, {fact: rows[fact] for fact in circuit.inputs}, 4096)
    return {(name, thing): ran.holds(x) for name, found in circuit.outputs.items() for thing, x in found.items()}
