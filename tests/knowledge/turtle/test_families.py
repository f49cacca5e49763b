"""Scenario families: the minted topic is the one that an author would write out, and silence counts within a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from rdflib import RDF, RDFS, BNode, Graph, Namespace, URIRef
from rdflib.namespace import OWL
from rdflib.term import Literal, Node

import kg
from kg.author.check import check
from kg.knowledge.sparql.iris import ns, slug
from kg.knowledge.sparql.queries import Query
from tests.conftest import ROOT, copied

FAMILIES = ROOT / "tests" / "families" / "neck-and-back.ttl"
NS = Namespace("https://w3id.org/nextstudy/ontology#")
BASE = "https://w3id.org/nextstudy/topic/neck-and-back/"
FINDINGS = ("stiff-spine", "stiff-neck-test", "stiff-back-test", "trauma", "fever", "chronic-pain")
STUDIES = ("mri-test-neck", "mri-test-neck-and-back", "radiography-test-neck", "radiography-test-back")


def written_out(families: str) -> str:
    """The same topic without families: in plain Python, what an author would write for each table."""
    graph = Graph().parse(data=families, format="turtle")
    members = {
        family: {table: URIRef(f"{family}-{graph.value(table, NS.slug)}") for table in graph.objects(family, NS.table)}
        for family in graph.subjects(RDF.type, NS.ScenarioFamily)
    }
    tables = list(graph.subjects(RDF.type, NS.Table))
    for family, scenarios in members.items():
        for table, scenario in scenarios.items():
            for kind in (NS.Scenario, OWL.Class):
                graph.add((scenario, RDF.type, kind))
            graph.add((scenario, NS.inTable, table))
            label = f"{graph.value(family, RDFS.label)}: {graph.value(table, RDFS.label)}"
            graph.add((scenario, RDFS.label, Literal(label, lang="en")))
            for criterion in (*graph.objects(family, NS.criterion), *graph.objects(table, NS.criterion)):
                graph.add((scenario, NS.criterion, _copied(graph, criterion)))
            for study, stated in _rated(graph, family, table).items():
                rating = _copied(graph, stated, leaving=(NS.technique, NS.table))
                graph.add((rating, NS.procedure, study))
                graph.add((scenario, NS.rating, rating))
            for name, value in list(graph.predicate_objects(family)):
                if name not in (RDF.type, RDFS.label, NS.table, NS.criterion, NS.rating, NS.precedes):
                    graph.add((scenario, name, value))
            for second in graph.objects(family, NS.precedes):
                graph.add((scenario, NS.precedes, members[second][table] if second in members else second))
            for place in graph.objects(table, NS.precedes):
                for others in members.values():
                    if place in others:
                        graph.add((scenario, NS.precedes, others[place]))
    for family, scenarios in members.items():
        for subject, name, _ in list(graph.triples((None, None, family))):
            for scenario in scenarios.values() if subject not in members else ():
                graph.add((subject, name, scenario))
        graph.remove((family, None, None))
        graph.remove((None, None, family))
    for table in tables:
        graph.remove((table, NS.criterion, None))
        graph.remove((table, NS.precedes, None))
    _without_what_nothing_names(graph)
    return str(graph.serialize(format="turtle"))


def _rated(graph: Graph, family: Node, table: Node) -> dict[Node, Node]:
    """The rating of each study in one table: one that names the table, or else one that names none."""
    found: dict[Node, Node] = {}
    for naming in (False, True):
        for stated in graph.objects(family, NS.rating):
            places = list(graph.objects(stated, NS.table))
            if (table in places) if naming else not places:
                region = graph.value(table, NS.region)
                technique = graph.value(stated, NS.technique)
                done = set(graph.subjects(NS.technique, technique)) & set(graph.subjects(NS.region, region))
                studies = [s for s in done if (s, RDF.type, NS.Procedure) in graph]
                found |= dict.fromkeys(studies if technique else graph.objects(stated, NS.procedure), stated)
    return found


def _copied(graph: Graph, node: Node, leaving: tuple[Node, ...] = ()) -> BNode:
    copy = BNode()
    for name, value in list(graph.predicate_objects(node)):
        if name not in leaving:
            graph.add((copy, name, _copied(graph, value) if isinstance(value, BNode) else value))
    return copy


def _without_what_nothing_names(graph: Graph) -> None:
    while idle := [n for n in set(graph.subjects()) if isinstance(n, BNode) and not set(graph.subjects(None, n))]:
        for node in idle:
            graph.remove((node, None, None))


def laid(place: Path, text: str) -> Path:
    """The shipped content with the made-up topic."""
    folder = copied(place / "content")
    (folder / "topics" / "neck-and-back.ttl").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def minted(tmp_path_factory: pytest.TempPathFactory) -> kg.Guide:
    """With families."""
    return kg.load(laid(tmp_path_factory.mktemp("minted"), FAMILIES.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> kg.Guide:
    """The same topic, written out."""
    text = written_out(FAMILIES.read_text(encoding="utf-8"))
    assert "ns:ScenarioFamily" not in text and text.count("ns:inTable") == 6
    return kg.load(laid(tmp_path_factory.mktemp("by-hand"), text))


def in_a_family(text: str) -> str:
    """What is written of the criteria of scenarios that are written out, said of those of their family or table."""
    for table in ("neck-and-back", "neck", "back"):
        for family in ("after-a-fall", "stiff"):
            for own in ("stiff-neck", "stiff-back"):
                place = "table/neck-and-back" if table == "neck-and-back" else f"table/{table}"
                text = text.replace(f"{BASE}{family}-{table}/criterion/{own}", f"{BASE}{place}/criterion/{own}")
            text = text.replace(f"{BASE}{family}-{table}/criterion/", f"{BASE}{family}/criterion/")
    return text


def derived(guide: kg.Guide) -> set[str]:
    """What the build queries make of the topic, without what only says where a scenario comes from."""
    triples = guide.core.triples(guide.core.content.topics)
    own = {f"{t.subject} {t.predicate} {t.object}" for t in triples if BASE in f"{t.subject} {t.object}"}
    only_minted = ("#family", "#fromFamily", "#fromRating", "#ScenarioFamily", "#FamilyRating", "#table>")
    families = (f"<{BASE}stiff>", f"<{BASE}after-a-fall>", f"<{BASE}stiff/rating", f"<{BASE}after-a-fall/rating")
    return {line for line in own if not any(word in line for word in (*only_minted, *families))}


def drawn(rng: Random, number: int) -> Iterator[kg.Case]:
    """Cases in which each finding of the topic is present, absent or not said, some with a study."""
    for _ in range(number):
        said = {finding: rng.choice((True, True, False, None)) for finding in FINDINGS}
        said["stiff-spine"] = rng.random() < 0.9 or None
        done = [kg.Performed(rng.choice(STUDIES))] if rng.random() < 0.3 else []
        yield kg.Case(
            present=[f for f, is_so in said.items() if is_so],
            absent=[f for f, is_so in said.items() if is_so is False],
            performed=done,
            order=rng.choice((None, None, *STUDIES)),
        )


def test_what_is_derived_is_what_is_derived_of_scenarios_that_are_written_out(
    minted: kg.Guide, by_hand: kg.Guide
) -> None:
    expected = {in_a_family(line) for line in derived(by_hand)}
    assert len(expected) > 400
    assert derived(minted) ^ expected == set()


def test_every_answer_is_that_of_scenarios_that_are_written_out(minted: kg.Guide, by_hand: kg.Guide) -> None:
    outcomes = set[str]()
    for case in drawn(Random("families"), 60):
        one, other = minted.assess(case).to_dict(), by_hand.assess(case).to_dict()
        assert one == json.loads(in_a_family(json.dumps(other))), case.to_dict()
        outcomes.add(one["outcome"]["id"])
    assert outcomes >= {"recommended", "consider", "needs-information"}


def both_levels(**more: object) -> kg.Case:
    """Complaints of both regions, and no fever."""
    said = {"present": ["stiff-spine", "stiff-neck-test", "stiff-back-test"], "absent": ["trauma", "fever"]} | more
    return kg.Case(**said)  # type: ignore[arg-type]


def test_a_table_for_two_regions_leads_those_of_its_parts(minted: kg.Guide) -> None:
    answer = minted.assess(both_levels())
    assert [each.id for each in answer.scenarios] == ["stiff-neck-and-back"]
    held = {slug(str(quad.object)[1:-1]) for quad in minted.derive(both_levels()) if quad.predicate == ns("applies")}
    assert held >= {"stiff-neck", "stiff-back", "stiff-neck-and-back"}


def rated(guide: kg.Guide, scenario: str) -> dict[str, str]:
    """What a scenario says of each study."""
    rows = guide.core.lookup.rows(
        Query(
            "rated",
            f"SELECT ?study ?category WHERE {{ <{BASE}{scenario}> <{NS.rating}> ?rating ."
            f" ?rating <{NS.procedure}> ?study ; <{NS.category}> ?category }} ORDER BY ?study ?category",
        )
    )
    return {slug(row["study"]): slug(row["category"]) for row in rows}


def test_a_rating_that_names_a_table_holds_there_instead_of_one_that_names_none(minted: kg.Guide) -> None:
    assert rated(minted, "stiff-neck-and-back")["mri-test-neck-and-back"] == "may-be-appropriate"
    assert rated(minted, "stiff-neck")["mri-test-neck"] == "usually-appropriate"
    assert rated(minted, "stiff-back") == {
        "mri-test-back": "usually-appropriate",
        "bone-scan-whole-body": "usually-not-appropriate",
    }


def test_silence_counts_within_a_table(minted: kg.Guide) -> None:
    silent = {
        (slug(str(t.subject)[1:-1]), slug(str(t.object)[1:-1]))
        for t in minted.core.triples(minted.core.content.topics)
        if t.predicate == ns("silentOn") and BASE in str(t.subject)
    }
    assert ("stiff-back", "radiography-test-back") in silent, "its table rates it after a fall"
    assert ("after-a-fall-neck", "mri-test-neck") in silent
    assert not {study for scenario, study in silent if scenario == "stiff-back"} & {
        "mri-test-neck",
        "radiography-test-neck",
        "mri-test-neck-and-back",
    }, "other tables rate them"


def test_a_topic_with_families_passes_every_check(minted: kg.Guide) -> None:
    folder = minted.core.content.folder
    assert folder and [f"{each.place}: {each.message}" for each in check(folder, topic="neck-and-back").errors] == []


FALL = "[ ns:technique technique:radiography ; ns:category scale:usually-appropriate"
FILM = "[ ns:technique technique:radiography ; ns:table <table/neck> ;"
FAULTS = {
    "no region": (
        " ; ns:region structure:test-neck ;\n    ns:criterion",
        " ;\n    ns:criterion",
        ["A table needs exactly one ns:region, an ns:Structure."],
    ),
    "no order": (
        " ns:precedes <table/neck> , <table/back> ;",
        "",
        ["Whoever meets the criteria of one table meets those of another one too"],
    ),
    "a technique without study": (
        FALL,
        FALL.replace("radiography", "ct-myelography"),
        ["A family rates a technique of which there is no study in the region of one of its tables."],
    ),
    "two ratings of one cell": (
        FILM,
        "[ ns:technique technique:mri-without-contrast ; ns:table <table/neck-and-back> , <table/neck> ;",
        ["Two ratings of a family are of one study in one table.", "A rating needs exactly one ns:category"],
    ),
    "no example in a table": (
        "ns:expectedScenario <after-a-fall-back>",
        "ns:expectedScenario <after-a-fall-neck>",
        ["A table has no worked example in which one of its scenarios must lead."],
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_with_a_family_is_said_with_its_line_and_cure(name: str, tmp_path: Path) -> None:
    before, after, expected = FAULTS[name]
    text = FAMILIES.read_text(encoding="utf-8")
    assert before in text
    found = check(laid(tmp_path, text.replace(before, after, 1)), topic="neck-and-back")
    assert {wanted for wanted in expected if not any(each.message.startswith(wanted) for each in found.errors)} == set()
    assert all("topics/neck-and-back.ttl, line " in each.place and each.cure for each in found.errors)


def test_a_name_that_nobody_declares_is_refused_with_the_line_of_its_family(tmp_path: Path) -> None:
    text = FAMILIES.read_text(encoding="utf-8")
    start = text.index("<stiff> a ns:ScenarioFamily")
    cut = text[start:].replace("ns:ifPresent finding:stiff-spine", "ns:ifPresent finding:stiff-spyne", 1)
    with pytest.raises(kg.ContentError, match=r"line \d+: finding:stiff-spyne is not declared.*did you mean"):
        check(laid(tmp_path, text[:start] + cut), topic="neck-and-back")
