"""One contract for three engines: every question of the catalogue has the same rows on each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from pyoxigraph import RdfFormat, Triple, serialize
from rdflib import Graph

import kg
from kg.knowledge.ask.catalogue import Question, questions
from kg.knowledge.ask.endpoint import Endpoint
from kg.knowledge.sparql.queries import stage
from kg.knowledge.sparql.rows import Rows
from kg.knowledge.sparql.second_engine import rows
from tests.conftest import ROOT
from tests.judges.virtuoso import GRAPH, installed, virtuoso

ABOUT_CONTENT = [question for question in questions() if not question.about_a_case]
ABOUT_A_CASE = [question for question in questions() if question.about_a_case]
ABOUT_CONTENT_BY_NAME = [
    query for query in stage("lookup") if "?case" not in query.text and "BIND(EXISTS" not in query.text
]
"""Virtuoso writes a truth value as a number; queries that return one are asked of the content here, of no endpoint."""
CASES = sorted((ROOT / "tests" / "competency").glob("*/*.case.json"))


def examples(question: Question) -> dict[str, Any]:
    return {parameter.name: parameter.example for parameter in question.parameters}


def read(triples: Iterable[Triple]) -> Graph:
    return Graph().parse(data=serialize(triples, format=RdfFormat.N_TRIPLES), format="nt")


@pytest.fixture(scope="module")
def graph(levels: kg.Guide) -> Graph:
    """Two topics: one question about all findings takes rdflib half a minute over four."""
    return read(quad.triple for quad in levels.core.lookup.store)


@pytest.fixture(scope="module")
def endpoint(guide: kg.Guide, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    if not installed():
        pytest.skip("needs the Debian package virtuoso-opensource")
    with virtuoso(tmp_path_factory.mktemp("virtuoso"), guide.core.lookup.store) as url:
        yield kg.remote(url, graph=GRAPH)


@pytest.mark.parametrize("question", ABOUT_CONTENT, ids=lambda question: question.name)
def test_rdflib_gives_the_same_rows(question: Question, levels: kg.Guide, graph: Graph) -> None:
    expected = levels.ask(question.name, **examples(question))
    assert expected.terms, "an example has a result"
    assert rows(graph, question.bind(examples(question), levels.core.lexicon.resolve)) == expected


@pytest.mark.parametrize("question", ABOUT_A_CASE, ids=lambda question: question.name)
def test_rdflib_gives_the_same_rows_about_a_case(question: Question, guide: kg.Guide) -> None:
    case = kg.Case.read(ROOT / "examples" / "abnormal-radiograph.json").with_facts(present=["buttock-pain"])
    case = case.choosing("thoracic-back-pain/acute-uncomplicated")
    derived, topics = guide.derive(case), guide.core.entered(guide.core.facts(case))
    quads = (*guide.core.triples(topics), *guide.core.beyond(derived, topics), *derived)
    expected = guide.ask(question.name, case=case)
    assert expected.terms, "an example has a result"
    assert rows(read({quad.triple: None for quad in quads}), question.query) == expected


class TestVirtuoso:
    def test_every_question_about_content_has_the_same_rows(self, guide: kg.Guide, endpoint: Endpoint) -> None:
        differ = {}
        for question in ABOUT_CONTENT:
            expected, found = (asked.ask(question.name, **examples(question)) for asked in (guide, endpoint))
            if found != expected:
                differ[question.name] = set(found.terms) ^ set(expected.terms) or "another order"
        for query in ABOUT_CONTENT_BY_NAME:
            expected = Rows.of(guide.core.lookup.solutions(query, codes=True), {}, query.text)
            if (found := endpoint._select(query)) != expected:
                differ[query.name] = set(found.terms) ^ set(expected.terms) or "another order"
        assert not differ

    def test_a_hostile_text_is_a_text(self, guide: kg.Guide, endpoint: Endpoint) -> None:
        for text in ('"', "\\", "\\u0022 } UNION {", "\n", "\u202e", "'''", "e" * 5000):
            found: list[Rows] = [asked.ask("terms-with-text", text=text) for asked in (guide, endpoint)]
            assert found[0] == found[1]

    def test_the_guideline_is_read_once_and_answers_as_here(self, guide: kg.Guide, endpoint: Endpoint) -> None:
        pulled = kg.load(endpoint.url, graph=GRAPH)
        for path in CASES:
            case = kg.Case.read(path)
            assert pulled.assess(case) == guide.assess(case)
