"""What a code implies: in the direction that its row decides, of its kinds, however it is spelled."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

import kg
from kg.errors import UnknownTermError
from kg.knowledge.codes.meaning import Codes
from kg.knowledge.content.codes import read_mappings
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.resources import shipped


@pytest.fixture(scope="module")
def codes(guide: kg.Guide) -> Codes:
    return guide.core.codes


STATED = {
    "snomed:279038004": ["thoracic-back-pain"],  # exact
    "icd10cm:M54.16": ["lumbar-radiculopathy", "radiculopathy"],  # a kind of each
    "icd10cm:M5416": ["lumbar-radiculopathy", "radiculopathy"],  # without its dot
    "ICD10CM:m54.6": ["thoracic-back-pain"],  # a wider code that is a rest category, M54, says nothing
    "icd10cm:S22.060A": ["vertebral-fracture"],  # a kind of S22.0
    "icd10cm:M46.24": ["suspected-spinal-infection"],  # its own row is of a diagnosis, which no case states
    "icd10cm:C50.911": ["history-of-cancer", "history-of-spine-metastasizing-cancer"],
    "icd10cm:R50.9": ["fever"],  # close, and decided
    "http://snomed.info/id/386661006": ["fever"],
    "http://snomed.info/sct|386661006": ["fever"],
    "urn:oid:2.16.840.1.113883.6.96|386661006": ["fever"],
    "HP:0001945": ["fever"],
    "cpt:63030": ["lumbar-discectomy"],
}


@pytest.mark.parametrize("text", STATED)
def test_what_a_stated_code_implies(text: str, codes: Codes) -> None:
    code = codes.systems.code(text)
    assert code is not None
    assert sorted(codes.meaning(code).words("Finding")) == STATED[text]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("snomed:23056005", "it is only related to 'Lumbar radiculopathy'"),
        (
            "snomed:91019004",
            "it is wider than 'Tingling of arms or hands'; it is wider than 'Tingling of legs or feet'",
        ),
        ("icd10cm:S22.060S", "no mapping here knows it"),  # what is left of the injury is no kind of it
        ("icd10cm:C44.91", "no mapping here knows it"),  # skin cancer has no row on purpose
        ("icd10cm:M54", "it is wider than 'Spinal pain'"),
        ("snomed:1", "no mapping here knows it"),
    ],
)
def test_a_code_that_implies_nothing_says_why(text: str, why: str, codes: Codes) -> None:
    code = codes.systems.code(text)
    assert code is not None
    meaning = codes.meaning(code)
    assert not meaning.words("Finding")
    assert meaning.why_not() == why


def test_a_refuted_code_refutes_what_is_as_wide_or_narrower(codes: Codes) -> None:
    def refuted(text: str) -> tuple[str, ...]:
        code = codes.systems.code(text)
        assert code is not None
        return codes.meaning(code).words("Finding", stated=False)

    assert refuted("snomed:279038004") == ("thoracic-back-pain",)
    assert sorted(refuted("snomed:91019004")) == ["arm-paresthesia", "leg-paresthesia"]
    assert refuted("icd10cm:M54.16") == ()  # a kind: the others may be there
    assert refuted("icd10cm:C50.911") == ()
    assert refuted("icd10cm:R50.9") == ()  # an unspecified category


def test_a_code_without_meaning_here_is_known_as_such(codes: Codes) -> None:
    code = codes.systems.code("icd10cm:E785")
    assert code is not None
    assert codes.meaning(code).without == "Lipids: no rule here looks at it"
    assert codes.meaning(code).why_not() == codes.meaning(code).without


def test_a_kind_that_a_site_adds_implies_what_the_wider_code_does(guide: kg.Guide) -> None:
    words, label = guide.core.index.words, guide.core.lexicon.label
    kinds = {("http://snomed.info/sct", "12345000"): ("279038004", "23056005")}
    codes = Codes(read_mappings(shipped("ontology")), words, label, kinds)
    code = codes.systems.code("snomed:12345000")
    assert code is not None
    assert codes.meaning(code).words("Finding") == ("thoracic-back-pain",)
    assert codes.meaning(code).words("Finding", stated=False) == ()


def test_a_case_in_codes_is_answered_as_in_words(guide: kg.Guide) -> None:
    study = kg.Performed("loinc:24983-9", present=("snomed:42942008", "pedicle-lucency"))
    coded = kg.Case(
        measured={"loinc:30525-0": 65},
        present=["icd10cm:M546", "http://snomed.info/id/22631008", "https://w3id.org/nextstudy/finding/fever"],
        absent=["snomed:42984000"],
        performed=[study],
        order="cpt:72157",
    )
    plain = kg.Case(
        measured={"age": 65},
        present=["thoracic-back-pain", "unsteady-gait", "fever"],
        absent=["night-sweats"],
        performed=[
            kg.Performed("radiography-thoracic-spine", present=("vertebral-compression-fracture", "pedicle-lucency"))
        ],
        order="mri-thoracic-spine-without-and-with-contrast",
    )
    assert guide.assess(coded).to_dict() == guide.assess(plain).to_dict()
    assert guide.check_order(coded, "radlex:RPID544").to_dict() == guide.check_order(plain, plain.order or "").to_dict()
    assert guide.what_if(coded, plain).to_dict() == guide.what_if(plain, plain).to_dict()
    assert guide.to_turtle(coded) == guide.to_turtle(plain)


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (kg.Case(present=["snomed:23056005"]), "states no finding here: it is only related to 'Lumbar radiculopathy'"),
        (kg.Case(absent=["icd10cm:M54.16"]), "that a kind of something is absent says nothing of the rest"),
        (kg.Case(present=["mesh:1"]), "is of no known system of codes; write one of 'HP', 'cpt'"),
        (kg.Case(order="snomed:386661006"), "it says something else than a procedure"),
    ],
)
def test_a_code_of_a_case_that_says_nothing_is_refused(case: kg.Case, message: str, guide: kg.Guide) -> None:
    with pytest.raises(UnknownTermError, match=message):
        guide.assess(case)


def test_every_deciding_finding_can_be_stated_or_is_asked_for(guide: kg.Guide) -> None:
    ways = defaultdict(set)
    for row in guide.ask("how-findings-are-coded"):
        ways[slug(row["finding"])].add(row["how"])
    assert len(ways) >= 100
    assert not [finding for finding, how in ways.items() if "nothing" in how]
    assert not [finding for finding, how in ways.items() if "ask" in how and len(how) > 1], "coded, and yet asked for"


def test_every_rated_study_has_a_code_or_none_is_known(guide: kg.Guide) -> None:
    counts = Counter((row["system"], row["how"]) for row in guide.ask("how-studies-are-coded"))
    assert not [system for system, how in counts if how == "nothing"]
    assert sum(counts.values()) == 3 * len({row["study"] for row in guide.ask("how-studies-are-coded")})
    assert counts["CPT", "code"] >= 20
    assert {row["how"] for row in guide.ask("how-studies-are-coded") if "spine-with" in row["study"]} <= {
        "code",
        "near",
        "none",
    }


def test_the_spine_studies_of_ct_and_mri_have_a_code_in_each_system(guide: kg.Guide) -> None:
    coded = {(slug(row["study"]), row["system"]) for row in guide.ask("how-studies-are-coded") if row["how"] == "code"}
    for level in ("cervical", "thoracic", "lumbar"):
        for study in ("ct", "mri"):
            for contrast in ("without", "with", "without-and-with"):
                word = f"{study}-{level}-spine-{contrast}-contrast"
                assert {system for each, system in coded if each == word} == {"CPT", "LOINC", "RadLex"}, word
