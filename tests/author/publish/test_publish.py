"""The files for publishing the ontology: the description as a data set, the examples, the page."""

from __future__ import annotations

import html
import re
import runpy
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode, QueryBoolean, RdfFormat, Store

import kg
from kg.author.publish.build import triples
from kg.knowledge.sparql.iris import BASE
from kg.knowledge.sparql.queries import Query, named, stage
from kg.knowledge.sparql.store import table
from tests.conftest import ROOT

ENDPOINT = "https://example.org/sparql"
NAMES = """
PREFIX ns: <https://w3id.org/nextstudy/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX schema: <https://schema.org/>
"""


@pytest.fixture(scope="module")
def script() -> Mapping[str, Any]:
    return runpy.run_path(str(ROOT / "tools" / "ontology.py"))


@pytest.fixture(scope="module")
def folder(script: Mapping[str, Any], levels: kg.Guide, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the script wrote everything, of two topics."""
    if not find_spec("pylode"):
        pytest.skip("pyLODE is not installed; 'make test' installs it, or: pip install 'nextstudy[docs]'")
    folder = tmp_path_factory.mktemp("build") / "ontology"
    script["main"](folder, ENDPOINT, levels.core.folder)
    return folder


def asked(folder: Path, file: str, pattern: str) -> list[dict[str, str]]:
    """What a pattern finds in a file."""
    store = Store()
    store.load(path=str(folder / file), format=RdfFormat.TURTLE)
    return table(store, Query("of a test", f"{NAMES} SELECT DISTINCT * WHERE {{ {pattern} }}"))


def test_writes_all_files(folder: Path) -> None:
    assert {file.name for file in folder.iterdir()} == {
        *(f"nextstudy.{suffix}" for suffix in ("ttl", "nt", "jsonld", "owl")),
        "void.ttl",
        "sparql-examples.ttl",
        "index.html",
    }


# ---------------------------------------------------------------- VoID


def test_void_counts_what_the_file_holds(folder: Path, levels: kg.Guide) -> None:
    built = triples(levels.core.content, closure=True)
    (counted,) = asked(folder, "void.ttl", f"<{BASE}dataset> void:triples ?triples ; void:distinctSubjects ?subjects")
    assert int(counted["triples"]) == len(built)
    assert int(counted["subjects"]) == len({triple.subject for triple in built})
    used = asked(folder, "void.ttl", f"<{BASE}dataset> void:propertyPartition [ void:property ?p ; void:triples ?n ]")
    assert sum(int(row["n"]) for row in used) == len(built)
    assert {row["p"] for row in used} == {triple.predicate.value for triple in built}


def test_void_says_how_many_of_each_kind_there_are(folder: Path, levels: kg.Guide) -> None:
    parts = asked(folder, "void.ttl", f"<{BASE}dataset> void:classPartition [ void:class ?kind ; void:entities ?n ]")
    said = {row["kind"]: int(row["n"]) for row in parts}
    for kind in ("Scenario", "Finding", "Statement"):
        count = f"SELECT DISTINCT ?thing WHERE {{ ?thing a <{BASE}ontology#{kind}> }}"
        assert said[f"{BASE}ontology#{kind}"] == len(table(levels.core.lookup.store, Query("of a test", count)))


def test_void_gives_the_licence_of_each_part(folder: Path, levels: kg.Guide) -> None:
    """The rights of the topics are not those of the ontology."""
    (whole,) = asked(folder, "void.ttl", f"<{BASE}dataset> dcterms:license ?licence ; owl:versionInfo ?version")
    assert whole["licence"] == "https://www.apache.org/licenses/LICENSE-2.0"
    topics = asked(folder, "void.ttl", f"<{BASE}dataset> void:subset ?topic . ?topic dcterms:rights ?rights")
    assert {row["topic"] for row in topics} == set(levels.core.content.topics)
    links = asked(
        folder, "void.ttl", f"<{BASE}dataset> void:subset ?links . ?links void:linkPredicate ?p ; void:triples ?n"
    )
    matches = [quad for quad in levels.core.content.mappings if quad.predicate.value.endswith("Match")]
    assert sum(int(row["n"]) for row in links) == len(matches)


def test_void_query_is_plain_sparql() -> None:
    from rdflib.plugins.sparql import prepareQuery

    prepareQuery(named("publish", "void").text)


# ---------------------------------------------------------------- examples


def test_every_question_is_an_example_that_runs_as_it_stands(folder: Path, levels: kg.Guide) -> None:
    found = asked(
        folder,
        "sparql-examples.ttl",
        """?example a sh:SPARQLExecutable ; rdfs:comment ?question ; sh:prefixes ?map ; schema:target ?endpoint .
        ?map sh:declare/sh:prefix "ns" .
        { ?example a sh:SPARQLSelectExecutable ; sh:select ?text } UNION
        { ?example a sh:SPARQLConstructExecutable ; sh:construct ?text } UNION
        { ?example a sh:SPARQLAskExecutable ; sh:ask ?text }""",
    )
    texts = {row["example"].rsplit("/", 1)[-1]: row["text"] for row in found}
    assert set(texts) == {query.name for query in stage("ask")}
    assert {row["endpoint"] for row in found} == {ENDPOINT}
    for query in stage("ask"):
        first, second = (levels.core.lookup.store.query(text) for text in (texts[query.name], query.text))
        if isinstance(first, QueryBoolean) or isinstance(second, QueryBoolean):
            assert first == second
        else:
            assert sorted(map(str, first)) == sorted(map(str, second)), query.name


def test_no_endpoint_is_named_that_nobody_gave(script: Mapping[str, Any], levels: kg.Guide) -> None:
    target = NamedNode("https://schema.org/target")
    assert not [triple for triple in script["examples"](levels.core.content) if triple.predicate == target]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("#+ question: Why?\n# Not this.\nSELECT * WHERE { ?s ?p ?o }", "Why?"),
        ("#+ summary: Ratings\nSELECT * WHERE { ?s ?p ?o }", "Ratings"),
        ("# Which are there?\nSELECT * WHERE { ?s ?p ?o }", "Which are there?"),
        ("SELECT * WHERE { ?s ?p ?o }", "what is open"),
    ],
)
def test_finds_the_question_of_a_query(script: Mapping[str, Any], text: str, question: str) -> None:
    ask: Callable[[Query], str] = script["question"]
    assert ask(Query("what-is-open", text)) == question


@pytest.mark.parametrize("form", ["ASK", "CONSTRUCT", "SELECT"])
def test_names_the_form_of_a_query(script: Mapping[str, Any], form: str) -> None:
    query = Query("of-a-test", f"#+ summary: SELECT or not\nPREFIX ns: <{BASE}ontology#>\n{form} {{ ?s a ns:Case }}")
    said = {triple.predicate.value: triple.object.value for triple in script["example"](query, None)}
    assert said[f"http://www.w3.org/ns/shacl#{form.lower()}"].startswith("PREFIX ns:")


# ---------------------------------------------------------------- the page


def test_page_has_every_term_of_the_schema_with_its_definition(folder: Path, levels: kg.Guide) -> None:
    page = re.sub(r"\s+", " ", html.unescape((folder / "index.html").read_text(encoding="utf-8")))
    terms = f"""{NAMES} SELECT DISTINCT ?term ?words WHERE {{
        VALUES ?kind {{ owl:Class owl:ObjectProperty owl:DatatypeProperty owl:AnnotationProperty }}
        ?term a ?kind ; skos:definition ?words FILTER(STRSTARTS(STR(?term), STR(ns:))) }}"""
    rows = table(levels.core.lookup.store, Query("of a test", terms))
    assert len(rows) > 150
    for row in rows:
        assert row["term"] in page
        assert row["words"] in page
    assert "Preferred Namespace Prefix" in page


def test_page_needs_no_network(folder: Path) -> None:
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert not re.findall(r'<(?:script|img|iframe)[^>]* src="[^"]*"|<link[^>]* href="http[^"]*"|@import', page)
