"""Deliberate faults in the content: the guards catch all that could harm a patient, and nearly all others.

Here a sample; ``make faults`` tries them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest
from pyoxigraph import Quad

import kg
from kg.author.shapes import graph_of
from kg.patient.assess.evaluation import Bench
from kg.patient.facts import THIS_CASE, facts
from tests.judges.faults.content_faults import (
    ALONE,
    EQUIVALENT,
    UNHARMED,
    Fault,
    Guards,
    damaged,
    expected_ratings,
    faults,
    proposed,
    rating_table,
    violations,
)
from tests.judges.generate import cases
from tests.judges.truth import Knowledge

EACH_HARMFUL, EACH = 110, 400
"""One harmful fault in so many is tried, and one of all."""


@pytest.fixture(scope="module")
def made(guide: kg.Guide) -> list[Fault]:
    """All faults."""
    return faults(guide.core.content)


def test_there_are_many_faults_of_many_kinds(made: list[Fault]) -> None:
    assert len(made) >= 200
    assert len({(fault.family, fault.place) for fault in made}) == len(made)
    assert len({fault.family for fault in made}) >= 40
    assert sum(fault.safety for fault in made) >= 100


def test_the_content_as_it_is_passes_all_guards(guards: Guards) -> None:
    assert guards.first(UNHARMED) == ""


def test_a_harmful_fault_is_caught_by_what_the_content_brings_along(guards: Guards, made: list[Fault]) -> None:
    tried = [fault for fault in made if fault.safety][::EACH_HARMFUL]
    tried = [fault for fault in tried if guards.matters(fault)]
    assert [str(fault) for fault in tried if not guards.first(fault, ALONE)] == []


def test_nearly_every_fault_is_caught(guards: Guards, made: list[Fault]) -> None:
    tried = [fault for fault in made[::EACH] if guards.matters(fault)]
    caught = [guards.first(fault) for fault in tried]
    alone = sum(guard in ALONE for guard in caught)
    assert alone >= 0.8 * len(tried), f"{alone} of {len(tried)}"
    assert sum(map(bool, caught)) >= 0.9 * len(tried), [
        str(fault) for fault, guard in zip(tried, caught, strict=True) if not guard
    ]


def test_looking_near_a_fault_finds_what_looking_everywhere_finds(guards: Guards, made: list[Fault]) -> None:
    for fault in made[7::900]:
        whole = violations(graph_of(damaged(guards.content, fault)))
        assert guards.is_invalid(fault) == bool(whole - guards.violations), fault


@pytest.mark.parametrize("name", EQUIVALENT)
def test_a_fault_that_was_left_out_changes_no_verdict(name: str, guide: kg.Guide) -> None:
    """Evidence for the reason that is given with it."""
    (fault,) = (fault for fault in proposed(guide.core.content) if str(fault) == name)
    contents = (guide, kg.Guide(damaged(guide.core.content, fault)))
    benches = [Bench(content.core.triples(content.core.topics)) for content in contents]
    for case in cases(Random(name), Knowledge(guide.core.content), 60):
        known, found = (verdicts(bench, facts(case, guide.core.lexicon)) for bench in benches)
        assert known == found, case.to_dict()


def verdicts(bench: Bench, stated: Iterable[Quad]) -> set[str]:
    """What is known and concluded of a case, with every topic laid out."""
    steps = ("presentAtom", "absentAtom", "outranked")
    with bench.evaluation(stated) as evaluation:
        quads = [quad for quad in evaluation.triples if quad.subject == THIS_CASE]
    return {str(quad) for quad in quads if not quad.predicate.value.endswith(steps)}


def test_the_table_of_ratings_is_that_of_the_content(guide: kg.Guide) -> None:
    assert rating_table(guide.core.content, minted=False) == expected_ratings()
