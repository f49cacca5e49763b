"""The decision surface: against every patient, one by one, and with faults that it has to find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, product
from pathlib import Path
from random import Random

import pytest
from pyoxigraph import Literal, NamedNode, Quad

import kg
from kg.branching import Found, Trials
from kg.content import Content, from_triples
from kg.names import RDF_TYPE, ns, slug
from kg.surface import Surface, Surveyor
from tests.generate import contradictory, guideline
from tests.truth import Knowledge

LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")


def small_guidelines(seed: str, place: Path, count: int) -> Iterator[tuple[Content, Knowledge, list[str]]]:
    """Guidelines with one topic and few deciding findings."""
    rng = Random(seed)
    while count:
        content = guideline(rng, place / str(rng.random()))
        knowledge = Knowledge(content)
        deciding = sorted(
            {entry for topic in knowledge.topics for entry in knowledge.the("entry", topic)}
            | {
                finding
                for condition, criteria in knowledge.conditions.items()
                if knowledge.the("topic", condition) or knowledge.the("first", condition)
                for criterion in criteria
                for finding, _ in criterion
            }
        )
        if len(content.topics) == 1 and len(deciding) <= 5:
            count -= 1
            yield content, knowledge, deciding


def surface_of(content: Content, trials: type[Trials] = Trials) -> Surface:
    guide = kg.Guide(content)
    part = guide.part(frozenset(content.topics))
    (topic,) = content.topics
    return Surveyor(guide, slug(topic), trials(part.bench, part.lexicon)).surface()


def every_case(knowledge: Knowledge, findings: Sequence[str]) -> Iterator[tuple[kg.Case, bool]]:
    """Every combination of present, absent and unknown in which nothing unknown follows; and whether all is known."""
    for states in product((True, False, None), repeat=len(findings)):
        said = {(f, s) for f, s in zip(findings, states, strict=True) if s is not None}
        follows = {(f, s) for f, s in knowledge.closed(said) if f in findings}
        case = kg.Case(present=[slug(f) for f, s in said if s], absent=[slug(f) for f, s in said if not s])
        if follows == said and not contradictory(knowledge, case):
            yield case, None not in states


def test_the_surface_is_what_every_patient_gets(tmp_path: Path) -> None:
    seen = Counter[str]()
    for content, knowledge, deciding in small_guidelines("surface", tmp_path, 12):
        surface = surface_of(content)
        outcomes, gaps, overlaps, total, known = Counter[str](), 0, 0, 0, 0
        for case, complete in every_case(knowledge, deciding):
            verdict = knowledge.judge(case)
            outcomes[verdict.outcome] += 1
            total, known = total + 1, known + complete
            handed = any(knowledge.the("neighbour", node) for node in verdict.applies)
            atoms = knowledge.atoms(case)
            entered = knowledge.entered(atoms, knowledge.closed(atoms))
            gaps += bool(complete and entered and not verdict.leading and not handed)
            overlaps += bool(complete and len(verdict.leading) > 1 and not handed)
        found = Counter[str]()
        for leaf in surface.leaves:
            found[leaf.outcome.id] += leaf.weight
        assert found == outcomes, content.folder
        assert (surface.covered, surface.combinations, surface.known) == (total, total, known)
        assert sum(gap.weight for gap in surface.gaps) == gaps
        assert sum(overlap.weight for overlap in surface.overlaps) == overlaps
        seen.update(gaps=bool(gaps), overlaps=bool(overlaps), unsafe=bool(surface.unsafe))
    assert seen["gaps"] > 3
    assert seen["overlaps"] > 1
    # One author orders two scenarios both ways, so that neither leads once all is known: found as unsafe, and rightly.
    assert seen["unsafe"] == 1


class ClosedWorld(Trials):
    """Takes every finding that is not stated for absent."""

    findings: Sequence[str] = ()

    def __call__(self, cases: Sequence[kg.Case]) -> list[Found]:
        """Derive, with everything assumed absent."""
        closed = super().__call__([case.assuming_absent(*self.findings) for case in cases])
        answers = ("outcome", "best", "robust")
        return [
            {**said, **{name: wrong[name] for name in answers}}
            for said, wrong in zip(super().__call__(cases), closed, strict=True)
        ]


class Forgetful(Trials):
    """Offers what is contraindicated."""

    def __call__(self, cases: Sequence[kg.Case]) -> list[Found]:
        """Derive, with what is contraindicated among the best."""
        return [{**found, "best": found["best"] | found["contraindicated"]} for found in super().__call__(cases)]


@pytest.mark.parametrize(
    ("fault", "why"), [(ClosedWorld, "unknown treated as absent"), (Forgetful, "contraindicated study is best")]
)
def test_a_planted_fault_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: type[Trials], why: str
) -> None:
    reasons = Counter[str]()
    for content, knowledge, _ in small_guidelines("planted", tmp_path, 6):
        monkeypatch.setattr(ClosedWorld, "findings", [slug(finding) for finding in knowledge.findings])
        assert not surface_of(content).unsafe
        reasons.update(item.why for item in surface_of(content, fault).unsafe)
    assert reasons[why] > 0, reasons


def test_a_precedence_that_is_taken_away_shows_as_overlap(tmp_path: Path) -> None:
    grown = 0
    for content, _, _ in small_guidelines("precedence", tmp_path, 6):
        gone = {q.subject for quads in content.graphs.values() for q in quads if q.object == ns("Precedence")}
        without = replace(
            content,
            graphs={
                name: tuple(quad for quad in quads if quad.subject not in gone and quad.object not in gone)
                for name, quads in content.graphs.items()
            },
        )
        before, after = (sum(o.weight for o in surface_of(c).overlaps) for c in (content, without))
        assert after >= before
        grown += after > before
    assert grown > 0


def test_an_overlap_that_a_concurrence_decides_is_told_apart(tmp_path: Path) -> None:
    told = 0
    for content, knowledge, _ in small_guidelines("concurrence", tmp_path, 6):
        (topic,) = content.topics
        rule = NamedNode(f"{topic}/concurrence/all")
        said = [Quad(rule, RDF_TYPE, ns("Concurrence")), Quad(rule, LABEL, Literal("all together"))]
        said += [Quad(rule, ns("concurrent"), NamedNode(scenario)) for scenario in knowledge.scenarios()]
        decided = from_triples(chain(*content.graphs.values(), said))
        before, after = surface_of(content), surface_of(decided)
        assert not before.concurrent
        assert not after.overlaps
        assert sum(o.weight for o in after.concurrent) == sum(o.weight for o in before.overlaps)
        told += len(after.concurrent)
    assert told > 0
