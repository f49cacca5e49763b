"""The mappings to other code systems: valid SSSOM, existing terms, well-formed codes, marked licences."""

from __future__ import annotations

import csv
import logging
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store
from sssom.constants import SchemaValidationType
from sssom.parsers import parse_sssom_table
from sssom.util import MappingSetDataFrame
from sssom.validators import validate

import kg
from kg.errors import ContentError
from kg.knowledge.content import codes as mappings
from kg.knowledge.sparql.iris import BASE, RDF_TYPE, RDFS_LABEL, VOCABULARY, ns
from kg.knowledge.sparql.queries import named
from kg.knowledge.sparql.resources import shipped
from kg.knowledge.sparql.store import table

MAPPINGS = shipped("ontology") / "mappings"
FILES = sorted(path for path in MAPPINGS.iterdir() if path.name != "without-code.sssom.tsv")
WITHOUT_CODE = MAPPINGS / "without-code.sssom.tsv"
NO_MATCH = "sssom:NoTermFound"
JUSTIFICATION = "semapv:ManualMappingCuration"
KINDS = ("Action", "Diagnosis", "Finding", "Measure", "Procedure", "Structure")

LICENSED = {
    "SNOMED CT": "https://www.snomed.org/",
    "LOINC": "https://loinc.org/license/",
    "RadLex": "http://www.rsna.org/",
    "CPT": "https://www.ama-assn.org/",
    "Human Phenotype Ontology": "https://hpo.jax.org/app/license",
}
FREE = {"ICD-10-CM", "DICOM"}
NUMBERS_ONLY = {"SNOMED CT", "CPT"}
"""Systems whose descriptions are licensed as well, and stay out."""

SHAPES = {
    "SNOMED CT": r"SNOMEDCT:[1-9]\d{5,17}",
    "ICD-10-CM": r"ICD10CM:[A-TV-Z]\d[\dA-Z](\.[\dA-Z]{1,4})?",
    "LOINC": r"LOINC:\d{1,5}-\d",
    "RadLex": r"RADLEX:RP?ID\d{1,5}",
    "DICOM": r"DCM:(CR|CT|DX|MR|NM|PT|RG)",
    "Human Phenotype Ontology": r"HP:\d{7}",
    "CPT": r"CPT:\d{5}",
}

UNVERIFIED = {
    # Contradicted: limited bone scan, other LOINC and SNOMED CT codes of hobby maps.
    *("CPT:78300", "LOINC:37944-7", "LOINC:38867-5", "LOINC:38868-3", "LOINC:24801-3", "LOINC:24856-7"),
    *("SNOMEDCT:698077007",),
    # Replaced on the second reading, or not in DICOM's list of modalities.
    *("ICD10CM:M89.58", "ICD10CM:C85.90", "DCM:ST"),
}

Row = Mapping[str, str]


@cache
def parsed(path: Path) -> MappingSetDataFrame:
    return parse_sssom_table(path)


def rows(path: Path, *, nothing_found: bool = False) -> list[Row]:
    """The table as plain text, not as the SSSOM tools or our own reader see it.

    Args:
        path: The file.
        nothing_found: Give the rows in which nothing was found in the place of the term or of the code, and no others.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    table = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    return [row for row in table if (NO_MATCH in (row["subject_id"], row["object_id"])) == nothing_found]


def notes(path: Path) -> dict[str, str]:
    return dict(note.split(": ") for note in parsed(path).metadata["other"].split("|"))


@pytest.mark.parametrize("path", [*FILES, WITHOUT_CODE], ids=lambda path: path.name)
def test_the_sssom_tools_accept_the_file(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert path.name.endswith(".sssom.tsv")
    checks = [
        SchemaValidationType.JsonSchema,
        SchemaValidationType.PrefixMapCompleteness,
        SchemaValidationType.StrictCurieFormat,
    ]
    with caplog.at_level(logging.WARNING):  # the parser reports an unknown slot or a bad value, and goes on
        reports = validate(parse_sssom_table(path), checks)
    assert not [record.message for record in caplog.records]
    assert not [result.message for report in reports.values() for result in report.results]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_sssom_tools_read_the_same_as_we(path: Path, tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / path.name).write_bytes(path.read_bytes())
    ours = [quad for quad in mappings.read_mappings(tmp_path) if quad.predicate.value in mappings.MATCHES]

    expand = parsed(path).converter.expand
    columns = ("subject_id", "predicate_id", "object_id")
    found = [row for row in parsed(path).df.to_dict("records") if row["subject_id"] != NO_MATCH]
    theirs = {tuple(expand(row[column]) for column in columns) for row in found}
    assert {(str(q.subject.value), q.predicate.value, q.object.value) for q in ours} == theirs  # type: ignore[union-attr]
    assert len(ours) == len(rows(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_metadata_say_which_system_and_on_which_terms(path: Path) -> None:
    metadata = parsed(path).metadata
    assert metadata["mapping_set_id"] == f"{BASE}mappings/{path.name.removesuffix('.sssom.tsv')}"
    assert metadata["comment"], "where the codes were seen"
    system = notes(path)["system"]
    if system in LICENSED:
        assert metadata["license"].startswith(LICENSED[system])
        assert notes(path)["licensed"] == "yes"
        assert notes(path)["owner"]
        assert metadata["comment"].startswith("Licensed: ")
    else:
        assert system in FREE
        assert notes(path)["licensed"] == "no"


def test_each_system_has_one_file() -> None:
    assert Counter(notes(path)["system"] for path in FILES) == Counter([*LICENSED, *FREE])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_codes_are_of_the_system_of_their_file(path: Path) -> None:
    """So no licensed code stands under the terms of another system."""
    system = notes(path)["system"]
    for row in rows(path):
        assert re.fullmatch(SHAPES[system], row["object_id"]), row["object_id"]
        assert bool(row["object_label"]) != (system in NUMBERS_ONLY)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_subjects_are_terms_under_their_labels(path: Path, guide: kg.Guide) -> None:
    vocabulary = set(guide.core.content.graphs[VOCABULARY])
    for row in rows(path):
        subject = NamedNode(BASE + row["subject_id"].replace(":", "/"))
        assert Quad(subject, RDFS_LABEL, Literal(row["subject_label"], language="en")) in vocabulary, subject
        assert any(Quad(subject, RDF_TYPE, ns(kind)) in vocabulary for kind in KINDS), subject


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_match_that_is_not_exact_says_why(path: Path) -> None:
    assert {row["mapping_justification"] for row in rows(path)} == {JUSTIFICATION}
    assert not [row for row in rows(path) if row["predicate_id"] != "skos:exactMatch" and not row["comment"]]


def test_a_term_and_a_code_are_matched_once() -> None:
    """SKOS allows no two: an exact match excludes a broader and a related one."""
    pairs = Counter((row["subject_id"], row["object_id"]) for path in FILES for row in rows(path))
    assert not [pair for pair, count in pairs.items() if count > 1]


def test_a_code_is_the_exact_match_of_one_term_only() -> None:
    """Exact matches are transitive: two such terms would be one."""
    exact = [row for path in FILES for row in rows(path) if row["predicate_id"] == "skos:exactMatch"]
    assert not [code for code, count in Counter(row["object_id"] for row in exact).items() if count > 1]


def test_a_code_has_one_label() -> None:
    labels = {(row["object_id"], row["object_label"]) for path in FILES for row in rows(path)}
    assert not [code for code, count in Counter(code for code, _ in labels).items() if count > 1]


def test_every_kind_of_term_and_every_modality_is_mapped() -> None:
    subjects = {row["subject_id"] for path in FILES for row in rows(path)}
    assert {subject.split(":")[0].capitalize() for subject in subjects} == set(KINDS)
    dicom = rows(MAPPINGS / "dicom.sssom.tsv")
    modalities = {f"procedure:{name}" for name in ("ct", "mri", "nuclear-medicine", "radiography")}
    assert modalities <= {row["subject_id"] for row in dicom}


def test_unverified_codes_stay_out() -> None:
    assert not UNVERIFIED & {row["object_id"] for path in FILES for row in rows(path)}


def test_the_code_of_x_ray_contrast_is_not_that_of_gadolinium() -> None:
    pairs = {(row["subject_id"], row["object_id"]) for path in FILES for row in rows(path)}
    assert ("finding:iodinated-contrast-allergy", "ICD10CM:Z91.041") in pairs
    assert ("finding:gadolinium-allergy", "ICD10CM:Z91.041") not in pairs


def verhoeff(number: str) -> bool:
    """Whether the last digit is right: products in the dihedral group D5 of the digits, permuted by place."""
    permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    state = 0
    for place, character in enumerate(reversed(number)):
        digit = int(character)
        for _ in range(place % 8):
            digit = permutation[digit]
        turned, other = state >= 5, digit >= 5
        state = (state - digit if turned else state + digit) % 5 + (5 if turned != other else 0)
    return state == 0


def luhn(number: str) -> bool:
    """Whether the last digit is right: every second digit from the right is doubled and its digits added."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def test_check_digits_are_computed_right() -> None:
    # 236 and 3 are the textbook example; 138875005 is the root of SNOMED CT; 2160-0 is creatinine.
    assert [digit for digit in "0123456789" if verhoeff("236" + digit)] == ["3"]
    assert verhoeff("138875005") and not verhoeff("138875050")
    assert luhn("21600") and not luhn("26100")


def test_snomed_ct_identifiers_name_concepts() -> None:
    numbers = [row["object_id"].removeprefix("SNOMEDCT:") for row in rows(MAPPINGS / "snomed-ct.sssom.tsv")]
    assert not [number for number in numbers if not verhoeff(number)]
    assert {number[-3:-1] for number in numbers} <= {"00", "10"}, "concepts of core or extension, not descriptions"


def test_loinc_codes_have_their_check_digit() -> None:
    codes = [row["object_id"].removeprefix("LOINC:") for row in rows(MAPPINGS / "loinc.sssom.tsv")]
    assert not [code for code in codes if not luhn(code.replace("-", ""))]


@pytest.fixture(scope="module")
def answers(guide: kg.Guide) -> list[dict[str, str]]:
    """What the shipped query says of the vocabulary with its mappings."""
    store = Store()
    store.extend(guide.core.content.graphs[VOCABULARY])
    store.extend(mappings.read_mappings(shipped("ontology")))
    return table(store, named("ask", "codes-of-term"))


def test_the_query_gives_the_codes_of_a_term(answers: list[dict[str, str]]) -> None:
    skos = "http://www.w3.org/2004/02/skos/core#"
    fever = [row for row in answers if row["term"] == f"{BASE}finding/fever"]
    assert {row["label"] for row in fever} == {"Fever"}
    assert [(row["system"], row["code"], row["relation"].removeprefix(skos)) for row in fever] == [
        ("Human Phenotype Ontology", "HP:0001945", "exactMatch"),
        ("ICD-10-CM", "R50.9", "closeMatch"),
        ("SNOMED CT", "386661006", "exactMatch"),
    ]


def test_the_query_gives_every_row(answers: list[dict[str, str]]) -> None:
    assert len(answers) == sum(len(rows(path)) for path in FILES)
    assert {row["system"] for row in answers} == {*LICENSED, *FREE}


def test_the_graph_says_which_systems_are_licensed() -> None:
    quads = mappings.read_mappings(shipped("ontology"))
    licensed = {quad.subject for quad in quads if quad.predicate.value == "http://purl.org/dc/terms/license"}
    names = {q.object.value for q in quads if q.predicate == RDFS_LABEL and q.subject in licensed}  # type: ignore[union-attr]
    assert names == set(LICENSED)


HEADER = "#object_source: system:example.org\n#curie_map:\n#  finding: https://w3id.org/nextstudy/finding/\n"
HEADER += "#  X: http://example.org/\n#  system: http://\n#  skos: http://www.w3.org/2004/02/skos/core#\n"
COLUMNS = "subject_id\tpredicate_id\tobject_id\tpredicate_modifier\n"

WRONG = {
    "unknown prefix": (HEADER + COLUMNS + "finding:fever\tskos:exactMatch\tY:1\t\n", "line 8: 'Y:1'"),
    "no prefix": (HEADER + COLUMNS + "fever\tskos:exactMatch\tX:1\t\n", "line 8: 'fever'"),
    "no object": (HEADER + COLUMNS + "finding:fever\tskos:exactMatch\n", "line 8: ''"),
    "other relation": (HEADER + COLUMNS + "finding:fever\tskos:broader\tX:1\t\n", "line 8: 'skos:broader'"),
    "space in a code": (HEADER + COLUMNS + "finding:fever\tskos:exactMatch\tX:1 2\t\n", "line 8: 'X:1 2'"),
    "no column": (HEADER + "subject_id\tobject_id\nfinding:fever\tX:1\n", "line 8: ''"),
    "no system": (COLUMNS, "the metadata: ''"),
}


def put(content: Path, text: bytes) -> Path:
    (content / "mappings").mkdir()
    (content / "mappings" / "x.sssom.tsv").write_bytes(text)
    return content


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file(name: str, tmp_path: Path) -> None:
    text, expected = WRONG[name]
    with pytest.raises(ContentError, match=re.escape(expected)) as caught:
        mappings.read_mappings(put(tmp_path, text.encode()))
    assert "x.sssom.tsv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="UTF-8"):
        mappings.read_mappings(put(tmp_path, b"\xff\xfe"))


def test_a_denied_mapping_is_none(tmp_path: Path) -> None:
    text = HEADER + COLUMNS + "finding:fever\tskos:exactMatch\tX:1\tNot\nfinding:chills\tskos:exactMatch\tX:2\t\n"
    matches = [
        quad
        for quad in mappings.read_mappings(put(tmp_path, text.encode()))
        if quad.predicate.value in mappings.MATCHES
    ]
    assert [quad.object for quad in matches] == [NamedNode("http://example.org/2")]


def test_a_folder_without_mappings(tmp_path: Path) -> None:
    assert mappings.read_mappings(tmp_path) == ()
