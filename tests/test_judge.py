"""A table judged by circuits: the same as the derive queries on Oxigraph, case by case, however cases come in."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import kg
from bench.generator import Size, write
from kg.content import read
from kg.examples import examples
from kg.facts import THIS_CASE, facts
from kg.guide import Guide
from kg.logic import judge as judging
from kg.logic.circuit import Circuit, restricted
from kg.logic.cohort import Cohort, Vocabulary
from kg.logic.compile import compiled
from kg.logic.execute import run
from kg.logic.inputs import Input
from kg.logic.judge import Judge
from kg.table import WANTED
from tests.generate import cases
from tests.truth import Knowledge

RELATIONS = (
    *("outcome", "leading", "best", "urgency", "orderRating", "contraindicated", "impossible", "knownPresent"),
    *("knownAbsent", "acts", "considered", "candidate", "robust", "behind", "undecided"),
)


@pytest.mark.parametrize("few", [0, 100_000])
def test_a_cohort_is_judged_as_the_derive_queries_judge_each_case(
    guide: kg.Guide, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """With circuits narrowed to what was stated so far, and taken whole."""
    monkeypatch.setattr(judging, "_FEW", few)
    vocabulary = Vocabulary.of(guide.index.words)
    judge = Judge(vocabulary, guide.index.entries, guide.circuits.of, dict.fromkeys(RELATIONS), None)
    described = [example.case for example in examples(guide)]
    described += cases(random.Random("judge"), Knowledge(guide.content), 40)
    for lot in (described[:3], described[3:30], described):  # each states what none before it did
        verdicts = judge.judge(Cohort.of(vocabulary, lot))
        for number, case in enumerate(lot):
            part = guide.part(guide.topics_of(case))
            with part.bench.evaluation(facts(case, part.lexicon)) as evaluation:
                expected = evaluation.conclusions(THIS_CASE, RELATIONS)
            for relation in RELATIONS:
                of, things = verdicts.pairs[relation]
                found = {verdicts.things[relation][thing] for thing in things[of == number].tolist()}
                assert found == set(expected.get(relation, ())), (relation, case.to_dict())


def test_what_topics_share_is_grounded_once_and_says_the_same(tmp_path: Path) -> None:
    guide = Guide(read(write(tmp_path / "guideline", 3, Size.of(4))))
    topics, wanted = guide.content.topics, frozenset((*WANTED, "knownPresent", "impossible"))
    for some in (topics[:1], topics[1:3], topics):
        fresh = compiled(guide.bearing(frozenset(some)))
        narrow = restricted(fresh, {name: fresh.outputs.get(name, {}) for name in wanted})
        shared = guide.circuits.part(frozenset(some), wanted)
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
