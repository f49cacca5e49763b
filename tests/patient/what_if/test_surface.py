"""The decision surface: against every single patient, and with faults that it must find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product
from pathlib import Path
from random import Random

import pytest
from pyoxigraph import Literal, NamedNode, Quad

import kg
from kg.knowledge.content.content import Content, from_triples
from kg.knowledge.content.terms import Term
from kg.knowledge.sparql.iris import RDF_TYPE, ns, slug
from kg.logic.circuit.gates import FALSE, TRUE, Builder, Circuit
from kg.logic.circuit.inputs import Input, Stated
from kg.patient.what_if.surface import Surface, Surveyor
from tests.judges.generate import contradictory, guideline
from tests.judges.truth import Knowledge, Verdicts, minimum_of_maxima

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


def surface_of(content: Content, fault: Callable[[Circuit], Circuit] = lambda circuit: circuit) -> Surface:
    guide = kg.Guide(content)
    (topic,) = content.topics
    return Surveyor(guide, slug(topic), fault(guide.core.circuits.of(frozenset({topic})))).surface()


def every_case(knowledge: Knowledge, findings: Sequence[str]) -> Iterator[tuple[kg.Case, bool]]:
    """Every combination of present, absent and unknown in which nothing unknown follows; and whether all is known."""
    for states in product((True, False, None), repeat=len(findings)):
        said = {(f, s) for f, s in zip(findings, states, strict=True) if s is not None}
        present, absent = ([slug(f) for f, s in said if s is wanted] for wanted in (True, False))
        case = kg.Case(present=present, absent=absent, presume=False)
        follows = {(f, s) for f, s in knowledge.closed(knowledge.atoms(case)) if f in findings}
        if follows == said and not contradictory(knowledge, case):
            yield case, None not in states


Answer = tuple[str, frozenset[str], frozenset[str], frozenset[str]]
"""Outcome, and the identifiers of what leads, what is considered and what is best."""


@dataclass
class Counted:
    """What a surface says, in figures; or the same counted case by case in plain Python, by no query and no circuit."""

    leaves: Counter[Answer]
    gaps: Counter[tuple[str, ...]]
    overlaps: Counter[frozenset[str]]
    unsafe: set[str]
    known: int

    @classmethod
    def of(cls, surface: Surface) -> Counted:
        """Read a surface."""

        def ids(terms: Iterable[Term]) -> frozenset[str]:
            return frozenset(term.id for term in terms)

        leaves, gaps, overlaps = Counter[Answer](), Counter[tuple[str, ...]](), Counter[frozenset[str]]()
        for leaf in surface.leaves:
            leaves[leaf.outcome.id, ids(leaf.leading), ids(leaf.considered), ids(leaf.best)] += leaf.weight
        for gap in surface.gaps:
            gaps[tuple(gap.nearest)] += gap.weight
        for overlap in surface.overlaps:
            overlaps[ids(overlap.leading)] += overlap.weight
        unsafe = {study for item in surface.unsafe for study in ids(item.studies) or {"outcome"}}
        return cls(leaves, gaps, overlaps, unsafe, surface.known)

    @classmethod
    def brute(cls, knowledge: Knowledge, deciding: Sequence[str]) -> Counted:
        """Judge every combination of the deciding findings."""
        counted = cls(Counter(), Counter(), Counter(), set(), 0)
        patients, committed = [], []
        for case, complete in every_case(knowledge, deciding):
            verdict = knowledge.judge(case)
            leading, considered, best = (
                frozenset(map(slug, part)) for part in (verdict.leading, verdict.considered, verdict.best)
            )
            counted.leaves[verdict.outcome, leading, considered, best] += 1
            if verdict.outcome in ("recommended", "consider", "no-imaging"):
                committed.append((case, verdict))
            counted.known += complete
            atoms = knowledge.atoms(case)
            known = knowledge.closed(atoms)
            handed = any(knowledge.the("neighbour", node) for node in verdict.applies)
            if complete and knowledge.entered(atoms, known) and not handed:
                if verdict.leading:
                    patients.append((case, verdict))
                else:
                    counted.gaps[nearest(knowledge, known)] += 1
            if complete and len(verdict.leading) > 1 and not handed:
                counted.overlaps[frozenset(map(slug, verdict.leading))] += 1
        for (case, answer), (patient, verdict) in product(committed, patients):
            if set(case.present) <= set(patient.present) and set(case.absent) <= set(patient.absent):
                counted.unsafe |= wronged(knowledge, answer, verdict)
        return counted


def wronged(knowledge: Knowledge, answer: Verdicts, patient: Verdicts) -> set[str]:
    """What of an answer a patient is wronged by: studies, or the outcome; what is contraindicated is left aside."""
    claimed = {study for study in answer.best & answer.robust if not knowledge.contraindicated(study, patient.applies)}
    settled = answer.outcome == "no-imaging" and answer.considered <= answer.leading
    return {slug(study) for study in claimed - patient.robust if patient.considered} | (
        {"outcome"} if settled and patient.outcome != answer.outcome else set()
    )


def nearest(knowledge: Knowledge, known: set[tuple[str, bool]]) -> tuple[str, ...]:
    """The labels of the criteria that fail in the scenarios of which the fewest fail."""
    failed = [
        [
            knowledge.only("label", node)
            for node in knowledge.the("criterion", scenario)
            if minimum_of_maxima([knowledge.criteria[node]], known) == 0
        ]
        for scenario in knowledge.scenarios()
    ]
    return tuple(sorted({label for labels in failed if len(labels) == min(map(len, failed)) for label in labels}))


def compare(content: Content, knowledge: Knowledge, deciding: Sequence[str]) -> Counter[str]:
    """Compare a surface with every case, one by one."""
    surface, brute = surface_of(content), Counted.brute(knowledge, deciding)
    assert Counted.of(surface) == brute, content.folder
    assert surface.covered == surface.combinations == brute.leaves.total()
    for leaf in surface.leaves:  # the example of a kind of answer is answered so
        verdict = knowledge.judge(kg.Case.from_dict(leaf.example))
        assert (leaf.outcome.id, ids_of(leaf.best)) == (verdict.outcome, set(map(slug, verdict.best)))
    return Counter(gaps=bool(brute.gaps), overlaps=bool(brute.overlaps), unsafe=bool(brute.unsafe))


def ids_of(terms: Iterable[Term]) -> set[str]:
    return {term.id for term in terms}


def test_the_surface_is_what_every_patient_gets(tmp_path: Path) -> None:
    seen = Counter[str]()
    for content, knowledge, deciding in small_guidelines("surface", tmp_path, 12):
        seen += compare(content, knowledge, deciding)
    assert seen["gaps"] > 3
    assert seen["overlaps"] > 1
    assert seen["unsafe"] == 0, "the faults below are found"


def copied(make: Builder, circuit: Circuit, inputs: Mapping[Input, int]) -> dict[str, dict[str, int]]:
    """The outputs of a circuit made anew, with other literals in the place of some inputs."""
    value = [TRUE, *(inputs.get(fact, make.input(fact)) for fact in circuit.inputs)]
    for gate in circuit.gates:
        value.append(make.all(value[literal >> 1] ^ (literal & 1) for literal in gate))
    return {name: {iri: value[x >> 1] ^ (x & 1) for iri, x in found.items()} for name, found in circuit.outputs.items()}


def closed_world(circuit: Circuit) -> Circuit:
    """Takes every finding that is not present for absent."""
    make = Builder()
    right = copied(make, circuit, {})
    absent: dict[Input, int] = {
        Stated("absent", finding): literal ^ 1 for finding, literal in right["knownPresent"].items()
    }
    wrong = copied(make, circuit, absent)
    return make.circuit({**right, **{name: wrong[name] for name in ("outcome", "best", "robust") if name in wrong}})


def forgetful(circuit: Circuit) -> Circuit:
    """Offers what is contraindicated."""
    make = Builder()
    said = copied(make, circuit, {})
    against = said.get("contraindicated", {})
    best = {study: make.any([literal, against.get(study, FALSE)]) for study, literal in said.get("best", {}).items()}
    return make.circuit({**said, "best": best})


@pytest.mark.parametrize(
    ("fault", "why"), [(closed_world, "unknown treated as absent"), (forgetful, "contraindicated study is best")]
)
def test_a_planted_fault_is_found(tmp_path: Path, fault: Callable[[Circuit], Circuit], why: str) -> None:
    reasons = Counter[str]()
    for content, _, _ in small_guidelines("planted", tmp_path, 6):
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
