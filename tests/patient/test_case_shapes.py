"""The shapes of a case give the same result in pyshacl and on the engine that assesses cases."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import pyshacl
import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse
from rdflib import SH, Graph

import kg
from kg.errors import ContentError
from kg.knowledge.sparql.constraints import constraints
from kg.knowledge.sparql.iris import BASE, RDF_TYPE, XSD_DECIMAL, ns, slug
from kg.knowledge.sparql.queries import Query, derivation
from kg.knowledge.sparql.resources import shipped
from kg.knowledge.sparql.store import table

SHAPES = shipped("ontology") / "shapes" / "case.ttl"

# What a case says, and the constraints that fire with words that the message must hold.
CASES: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "in-order": (
        """ns:present finding:thoracic-back-pain , finding:fever ; ns:absent finding:trauma ;
           ns:assumedAbsent finding:red-flag ; ns:measured <#m> ; ns:performed <#s> ;
           ns:order procedure:mri-thoracic-spine-without-contrast .
           <#m> ns:measure measure:age ; ns:value 65 .
           <#s> ns:procedure procedure:radiography-thoracic-spine ; ns:present finding:kyphosis ;
           ns:absent finding:bone-destruction .""",
        {},
    ),
    "below-what-is-absent": (
        "ns:present finding:thoracic-back-pain , finding:fever ; ns:absent finding:red-flag .",
        {"contradiction/present-and-absent": ("'Fever' is present,", "'Red flag' is absent;")},
    ),
    "against-a-number": (
        "ns:present finding:elderly ; ns:measured <#m> . <#m> ns:measure measure:age ; ns:value 40.5 .",
        {"contradiction/present-and-absent": ("'Elderly' is present,", "'Elderly' is absent (Age 40.5)")},
    ),
    "against-a-number-and-its-rival": (
        "ns:present finding:child ; ns:measured <#m> . <#m> ns:measure measure:age ; ns:value 40 .",
        {
            "contradiction/present-and-absent": ("'Child' is absent (Age 40)",),
            "contradiction/exclude-each-other": ("'Adult' is present (Age 40)", "'Child' is present"),
        },
    ),
    "against-an-order": (
        "ns:absent finding:intends-nuclear-medicine ; ns:order procedure:bone-scan-whole-body .",
        {"contradiction/present-and-absent": ("'Bone scan or PET/CT intended' is present (Bone scan whole body)",)},
    ),
    "against-a-study": (
        """ns:absent finding:thoracic-radiograph-performed ; ns:performed <#s> .
           <#s> ns:procedure procedure:radiography-thoracic-spine .""",
        {"contradiction/present-and-absent": ("is present (Radiography thoracic spine)",)},
    ),
    "against-what-a-study-did-not-show": (
        """ns:present finding:deformity-on-thoracic-radiograph ; ns:performed <#s> .
           <#s> ns:procedure procedure:radiography-thoracic-spine ; ns:absent finding:spinal-deformity .""",
        {"contradiction/present-and-absent": ("shows a deformity' is absent (Radiography thoracic spine)",)},
    ),
    "a-study-against-an-earlier-one": (
        """ns:performed <#s> , <#t> .
           <#s> ns:procedure procedure:radiography-thoracic-spine ; ns:absent finding:structural-abnormality .
           <#t> ns:procedure procedure:radiography-thoracic-spine ; ns:present finding:kyphosis .""",
        {"contradiction/present-and-absent": ("; correct one of them, or state the latest of these studies alone",)},
    ),
    "a-normal-study-and-another-one": (
        """ns:performed <#s> , <#t> .
           <#s> ns:procedure procedure:radiography-thoracic-spine ; ns:present finding:normal-thoracic-radiograph .
           <#t> ns:procedure procedure:radiography-thoracic-spine ; ns:present finding:kyphosis .""",
        {"contradiction/exclude-each-other": ("; correct one of them, or state the latest of these studies alone",)},
    ),
    "what-a-study-shows-itself-not-seen": (
        """ns:present finding:deformity-on-thoracic-radiograph ; ns:performed <#s> .
           <#s> ns:procedure procedure:radiography-thoracic-spine ; ns:absent finding:abnormal-thoracic-radiograph .""",
        {"contradiction/present-and-absent": ("shows a structural abnormality' is absent (Radiography",)},
    ),
    "rivals": (
        "ns:present finding:low-velocity-trauma , finding:high-energy-trauma .",
        {"contradiction/exclude-each-other": ("'Low-velocity trauma' is present", "'High-energy trauma' is present")},
    ),
    "a-study-against-itself": (
        """ns:performed <#s> . <#s> ns:procedure procedure:mri-thoracic-spine-without-contrast ;
           ns:present finding:kyphosis ; ns:absent finding:structural-abnormality .""",
        {"contradiction/within-a-study": ("MRI thoracic spine without IV contrast", "'Kyphosis'", "'Structural")},
    ),
    # Several mistakes in one case, because pyshacl parses every text anew for every case.
    "wrong-words": (
        """ns:present procedure:mri ; ns:absent <https://example.org/cough> ; ns:performed <#s> , <#t> , <#u> , <#v> ;
           ns:order finding:fever , procedure:ct-thoracic-spine .
           <#s> ns:procedure procedure:mri-thoracic-spine ; ns:present measure:age .
           <#t> ns:procedure <https://example.org/x-ray> .
           <#u> ns:present finding:kyphosis .
           <#v> ns:procedure procedure:ct-thoracic-spine , procedure:mri-thoracic-spine .""",
        {
            "form/not-a-finding": ("'cough' is not a finding",),
            "form/not-a-procedure": ("'x-ray' is not a procedure",),
            "form/study-without-procedure": ("a performed study without a procedure",),
            "form/study-with-two-procedures": ("'ct-thoracic-spine' and 'mri-thoracic-spine'",),
            "form/two-orders": ("'fever' and 'ct-thoracic-spine'",),
        },
    ),
    "wrong-numbers": (
        """ns:measured <#m> , <#n> , <#o> , <#p> , <#q> , <#r> .
           <#m> ns:value 5 .
           <#n> ns:measure finding:adult ; ns:value 5 .
           <#o> ns:measure measure:age .
           <#p> ns:measure measure:age ; ns:value 6.5e1 .
           <#q> ns:measure measure:pain-duration-weeks ; ns:value -3 .
           <#r> ns:measure measure:pain-duration-weeks ; ns:value 2.5 .""",
        {
            "form/not-a-measurement": ("does not say what was measured",),
            "form/not-a-number": ("no number",),
            "form/out-of-range": ("'pain-duration-weeks' is -3, outside 0 to 5200 weeks;",),
            "form/measured-twice": ("'pain-duration-weeks' is both -3 and 2.5",),
        },
    ),
}


@dataclass(frozen=True, order=True)
class Violation:
    case: str
    constraint: str
    value: str
    message: str


@pytest.fixture(scope="module")
def evaluation(guide: kg.Guide) -> Store:
    """All cases in one store, everything derived: each is a decoy for the others."""
    store = Store()
    store.extend(guide.core.triples(guide.core.content.topics))
    prologue = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in guide.core.content.prefixes.items())
    for name, (text, _) in CASES.items():
        node = f"{BASE}case/{name}"
        store.extend(
            Quad(quad.subject, quad.predicate, quad.object)
            for quad in parse(f"{prologue}<> a ns:Case ; {text}", format=RdfFormat.TURTLE, base_iri=node)
        )
    store.update(derivation())
    return store


@pytest.fixture(scope="module")
def by_oxigraph(evaluation: Store) -> set[Violation]:
    return {
        Violation(slug(row["this"]), f"{c.shape}/{c.name}", row["value"], c.explain(row))
        for c in constraints(SHAPES)
        for row in table(evaluation, c.query)
    }


@pytest.fixture(scope="module")
def by_pyshacl(evaluation: Store) -> set[Violation]:
    data = Graph().parse(data=evaluation.dump(format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph()), format="nt")
    shapes = Graph().parse(SHAPES).parse(shipped("ontology") / "prefixes.ttl")
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inplace=False, inference="none")
    assert isinstance(report, Graph)
    return {
        Violation(
            slug(str(report.value(result, SH.focusNode))),
            str(report.value(result, SH.sourceConstraint)).split("/shape/", 1)[1],
            str(report.value(result, SH.value)),
            str(report.value(result, SH.resultMessage)),
        )
        for result in report.objects(None, SH.result)
    }


def test_both_engines_find_the_same(by_oxigraph: set[Violation], by_pyshacl: set[Violation]) -> None:
    assert sorted(by_oxigraph) == sorted(by_pyshacl)


@pytest.mark.parametrize("name", CASES)
def test_a_case_violates_what_it_should(name: str, by_oxigraph: set[Violation]) -> None:
    _, expected = CASES[name]
    found = [violation for violation in by_oxigraph if violation.case == name]
    assert {violation.constraint for violation in found} == set(expected)
    for constraint, words in expected.items():
        messages = [violation.message for violation in found if violation.constraint == constraint]
        assert any(all(word in message for word in words) for message in messages), messages


def test_every_constraint_has_a_case() -> None:
    expected = {constraint for _, constraints_of_case in CASES.values() for constraint in constraints_of_case}
    assert {f"{c.shape}/{c.name}" for c in constraints(SHAPES)} == expected


def test_the_shapes_hold_nothing_that_only_one_engine_runs() -> None:
    words = {word.removeprefix(str(SH)) for word in map(str, Graph().parse(SHAPES).predicates()) if "/shacl#" in word}
    assert words == {"targetClass", "sparql", "message", "prefixes", "select"}


def test_messages_leave_no_place_empty(by_oxigraph: set[Violation]) -> None:
    assert by_oxigraph
    for violation in by_oxigraph:
        assert "{" not in violation.message
        assert violation.message.count("; ") == 1, "what is wrong, and the cure"


def test_contradictions_are_what_is_both_known_present_and_known_absent(guide: kg.Guide) -> None:
    """The shape works on atoms; the closed facts must agree with it, whatever a case says."""
    chance = random.Random(2026)
    kinds = guide.core.lookup.store.quads_for_pattern(None, RDF_TYPE, ns("Finding"))
    findings = sorted(quad.subject.value for quad in kinds if isinstance(quad.subject, NamedNode))
    age, film = NamedNode(f"{BASE}measure/age"), NamedNode(f"{BASE}procedure/radiography-thoracic-spine")
    store = Store()
    store.extend(guide.core.triples(guide.core.content.topics))
    for number in range(150):
        case = NamedNode(f"{BASE}case/{number}")
        measurement, study = NamedNode(f"{case.value}/age"), NamedNode(f"{case.value}/study")
        facts = [
            Quad(case, RDF_TYPE, ns("Case")),
            Quad(case, ns("performed"), study),
            Quad(study, ns("procedure"), film),
        ]
        for finding in chance.sample(findings, 8):
            about = chance.choice([case, case, study])
            facts.append(Quad(about, ns(chance.choice(["present", "absent"])), NamedNode(finding)))
        if chance.random() < 0.3:
            years = Literal(str(chance.randint(0, 99)), datatype=XSD_DECIMAL)
            facts.append(Quad(case, ns("measured"), measurement))
            facts += [Quad(measurement, ns("measure"), age), Quad(measurement, ns("value"), years)]
        store.extend(facts)
    store.update(derivation())
    both = Query(
        "both",
        "PREFIX ns: <https://w3id.org/nextstudy/ontology#> "
        "SELECT DISTINCT ?case WHERE { ?case ns:knownPresent ?finding ; ns:knownAbsent ?finding }",
    )
    closed = {row["case"] for row in table(store, both)}
    named = ("present-and-absent", "exclude-each-other")
    by_shape = {row["this"] for c in constraints(SHAPES) if c.name in named for row in table(store, c.query)}
    assert by_shape == closed
    assert 5 < len(closed) < 140, "a mix of cases"


def test_a_shapes_file_that_is_not_turtle(tmp_path: Path) -> None:
    (tmp_path / "case.ttl").write_text("<a> <b> .\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"case\.ttl, line 1"):
        constraints(tmp_path / "case.ttl")


def test_a_constraint_without_message(tmp_path: Path) -> None:
    (tmp_path / "prefixes.ttl").write_text("", encoding="utf-8")
    text = '@prefix sh: <http://www.w3.org/ns/shacl#> .\n<https://example.org/s> sh:sparql [ sh:select "" ] .\n'
    (tmp_path / "case.ttl").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match="a constraint of 's' needs one sh:select and one sh:message"):
        constraints(tmp_path / "case.ttl")


def test_a_missing_shapes_file(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="cannot be read"):
        constraints(tmp_path / "none.ttl")


def test_a_shapes_file_without_prefixes_around_it(tmp_path: Path) -> None:
    (tmp_path / "case.ttl").write_text("", encoding="utf-8")
    with pytest.raises(ContentError, match="no prefixes"):
        constraints(tmp_path / "case.ttl")
