"""Whatever the schema names as a class can be asked for, in the built file as here; cases meet none of it."""

from __future__ import annotations

from collections import defaultdict

import pytest
from pyoxigraph import NamedNode, Store

import kg
from kg.author.publish.build import FORMATS
from kg.knowledge.content.content import from_triples
from kg.knowledge.sparql.iris import NS, RDF_TYPE, SUB_CLASS_OF, ns
from kg.knowledge.sparql.queries import Query
from tests.conftest import ROOT

RANGE = NamedNode("http://www.w3.org/2000/01/rdf-schema#range")


@pytest.fixture(scope="module")
def expected(guide: kg.Guide) -> dict[str, set[str]]:
    """The instances of each class, worked out here: those stated, those of nested nodes, and those of classes below."""
    stated = [triple for triples in guide.core.content.graphs.values() for triple in triples]
    nested = {t.subject for t in stated if t.predicate == ns("iriFrom")}
    kinds = {t.subject: t.object for t in stated if t.predicate == RANGE and t.subject in nested}
    above: dict[object, set[object]] = defaultdict(set)
    for triple in stated:
        if triple.predicate == SUB_CLASS_OF:
            above[triple.subject].add(triple.object)
    found: dict[str, set[str]] = defaultdict(set)

    def add(thing: object, kind: object) -> None:
        if isinstance(kind, NamedNode) and isinstance(thing, NamedNode) and thing.value not in found[kind.value]:
            found[kind.value].add(thing.value)
            for wider in above[kind]:
                add(thing, wider)

    for triple in stated:
        if triple.predicate == RDF_TYPE:
            add(triple.subject, triple.object)
        elif triple.predicate in kinds:
            add(triple.object, kinds[triple.predicate])
    return found


def asked(store: Store, kind: str) -> set[str]:
    return {quad.subject.value for quad in store.quads_for_pattern(None, RDF_TYPE, NamedNode(kind))}  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["Rating", "Criterion", "Condition", "Term", "Measurement", "PerformedStudy", "Range"])
def test_what_the_schema_names_is_found(guide: kg.Guide, expected: dict[str, set[str]], kind: str) -> None:
    rows = guide.query(f"PREFIX ns: <{NS}> SELECT ?x WHERE {{ ?x a ns:{kind} }}")
    found = {row["x"] for row in rows}
    assert found == expected[NS + kind]
    assert len(found) == len(rows) >= 10


@pytest.mark.parametrize("closure", [True, False])
def test_every_class_has_the_same_instances_in_the_built_file(
    guide: kg.Guide, expected: dict[str, set[str]], closure: bool
) -> None:
    store = Store()
    store.load(guide.build("turtle", closure=closure), format=FORMATS["turtle"])
    for kind, things in expected.items():
        if not kind.startswith("http://www.w3.org/2002/07/owl#"):
            assert asked(store, kind) == asked(guide.core.lookup.store, kind) == things, kind
    assert expected["http://www.w3.org/ns/prov#Entity"] >= expected[f"{NS}Source"]


def test_a_question_about_a_case_finds_them_too(guide: kg.Guide, opening_patient: kg.Case) -> None:
    pattern = "?case ns:leading ?s . ?s a ns:Condition ; ns:rating ?x . ?x a ns:Rating"
    text = f"PREFIX ns: <{NS}> SELECT ?x WHERE {{ {pattern} }}\nORDER BY ?x"
    with guide.core.evaluation(opening_patient) as (_, evaluation):
        found = {row["x"] for row in evaluation.rows(Query("of a test", text))}
    answer = guide.assess(opening_patient)
    assert {iri.rsplit("/", 1)[-1] for iri in found} == {study.id for study in answer.studies}


def test_the_parts_of_an_assessed_case_are_typed(guide: kg.Guide, opening_patient: kg.Case) -> None:
    store = Store()
    store.load(guide.to_turtle(opening_patient.with_facts(measured={"age": 65})), format=FORMATS["turtle"])
    for link, kind in (("performed", "PerformedStudy"), ("measured", "Measurement"), ("asks", "OpenQuestion")):
        parts = {quad.object.value for quad in store.quads_for_pattern(None, ns(link), None)}  # type: ignore[union-attr]
        assert parts == asked(store, NS + kind)
        assert parts, link


def test_no_case_is_laid_beside_the_parts_of_worked_examples(guide: kg.Guide) -> None:
    kinds = {ns("Measurement"), ns("PerformedStudy"), ns("Example")}
    assert not [
        quad
        for quad in guide.core.triples(guide.core.content.topics)
        if quad.object in kinds and quad.predicate == RDF_TYPE
    ]
    assert not [quad for quad in guide.core.content.division.of_examples if quad.predicate != RDF_TYPE]
    assert len(guide.core.content.division.of_examples) > 300


def test_what_a_store_gave_back_is_typed_alike(guide: kg.Guide) -> None:
    again = from_triples(guide.core.lookup.store)
    both = [
        {
            quad
            for quad in (*(t for graph in content.graphs.values() for t in graph), *content.derived)
            if quad.predicate == RDF_TYPE
        }
        for content in (guide.core.content, again)
    ]
    assert both[0] <= both[1]
    assert kg.Guide(again).assess(kg.Case.read(ROOT / "examples" / "abnormal-radiograph.json")) == guide.assess(
        kg.Case.read(ROOT / "examples" / "abnormal-radiograph.json")
    )
