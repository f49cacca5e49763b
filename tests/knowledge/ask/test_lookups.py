"""The queries that the package asks by name: not in the catalogue, but held to the same rules."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Triple, serialize
from rdflib import Graph
from rdflib.plugins.sparql import prepareQuery

import kg
from kg.knowledge.content import cache
from kg.knowledge.sparql.queries import Query, selection, stage
from kg.knowledge.sparql.resources import shipped
from kg.knowledge.sparql.rows import Rows
from kg.knowledge.sparql.second_engine import rows
from tests.conftest import ROOT

LOOKUPS = stage("lookup")
ABOUT_CONTENT = [query for query in LOOKUPS if "case" not in query.header["columns"].split(", ")]
ABOUT_A_CASE = [query for query in LOOKUPS if query not in ABOUT_CONTENT]
CODE = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(kg.__file__).parent.rglob("*.py")))


def name(query: Query) -> str:
    return query.name


def read(triples: Iterable[Triple]) -> Graph:
    return Graph().parse(data=serialize(triples, format=RdfFormat.N_TRIPLES), format="nt")


@pytest.mark.parametrize("query", LOOKUPS, ids=name)
def test_its_columns_are_those_of_its_select(query: Query) -> None:
    variables = [str(variable) for variable in prepareQuery(query.text).algebra["PV"]]
    assert query.header["columns"].split(", ") == variables
    assert query.summary.endswith("?")


@pytest.mark.parametrize("query", LOOKUPS, ids=name)
def test_the_package_asks_it_and_the_catalogue_does_not_list_it(query: Query) -> None:
    assert f'"lookup", "{query.name}"' in CODE
    assert query.name not in {question.name for question in stage("ask")}


def test_nothing_that_is_selected_is_left_over() -> None:
    unused = [query.name for query in stage("select") if f'selection("{query.name}")' not in CODE]
    assert unused == []
    assert selection("enter") in stage("select")
    assert list((ROOT / "queries").glob("*.rq")) == []


@pytest.mark.parametrize("file", ["build/23-meets.rq", "select/enter.rq", "lookup/conditions.rq"])
def test_a_kept_build_is_made_again_when_a_query_of_it_has_changed(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(shipped("queries"), tmp_path / "queries"))
    monkeypatch.setattr(cache, "shipped", lambda _: copy)
    before = cache._key(shipped("ontology"), "en")
    changed = copy / file
    changed.write_text(f"{changed.read_text(encoding='utf-8')}# changed\n", encoding="utf-8")
    assert cache._key(shipped("ontology"), "en") != before


@pytest.fixture(scope="module")
def graph(guide: kg.Guide) -> Graph:
    return read(quad.triple for quad in guide.core.lookup.store)


@pytest.mark.parametrize("query", ABOUT_CONTENT, ids=name)
def test_rdflib_gives_the_same_rows(query: Query, guide: kg.Guide, graph: Graph) -> None:
    expected = Rows.of(guide.core.lookup.solutions(query, codes=True), {}, query.text)
    assert expected.terms
    assert rows(graph, query) == expected


@pytest.mark.parametrize("query", ABOUT_A_CASE, ids=name)
def test_rdflib_gives_the_same_rows_about_a_case(query: Query, guide: kg.Guide) -> None:
    case = kg.Case.read(ROOT / "examples" / "abnormal-radiograph.json")
    derived, topics = guide.derive(case), guide.core.entered(guide.core.facts(case))
    quads = (*guide.core.triples(topics), *guide.core.beyond(derived, topics), *derived)
    found = rows(read({quad.triple: None for quad in quads}), query)
    assert found.terms
    said = [{name: value for name, value in row.items() if value} for row in found]
    with guide.core.evaluation(case) as (_, evaluation):
        assert said == evaluation.rows(query)
