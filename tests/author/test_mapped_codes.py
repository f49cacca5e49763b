"""Codes of other systems that cannot be right are found in the mapping files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kg.author.check import check
from kg.author.mapped_codes import FaultyCode, fault_of, fault_of_form, faulty_codes
from kg.errors import ContentError
from kg.knowledge.content.codes import mapping_tables
from kg.knowledge.content.content import read
from kg.knowledge.sparql.resources import shipped

CODES = {
    "CPT": ("7214", "72148.0", "72l48"),
    "ICD-10-CM": ("U99.9", "R50,9", "R5O.9"),
    "LOINC": ("24964-8", "29464-9", "249649"),
    "SNOMED CT": ("386661007", "368661006", "386661"),
    "RadLex": ("RID", "rid1234"),
    "Human Phenotype Ontology": ("HP:1945", "0001945"),
    "DICOM": ("mr",),
}
"""Codes that a system cannot have: a digit too few, two exchanged, a letter for a digit, a wrong check digit."""

NOTES = {table.notes["system"]: table.notes for table in mapping_tables(shipped("ontology")) if table.notes}


def test_every_mapping_file_says_which_form_its_codes_have() -> None:
    assert all("form" in notes for notes in NOTES.values())
    assert {system for system, notes in NOTES.items() if "check digit" in notes} == {"LOINC", "SNOMED CT"}


@pytest.mark.parametrize(("system", "code"), [(system, code) for system, wrong in CODES.items() for code in wrong])
def test_a_code_that_cannot_be_right_is_found(system: str, code: str) -> None:
    assert fault_of(code, NOTES[system])


def test_every_digit_of_a_code_is_checked() -> None:
    for system, code in (("LOINC", "24964-9"), ("SNOMED CT", "386661006")):
        for place, digit in enumerate(code):
            if digit.isdigit():
                other = code[:place] + str((int(digit) + 1) % 10) + code[place + 1 :]
                assert fault_of(other, NOTES[system]), other


def test_a_form_that_cannot_be_used_is_one_fault_of_its_file(folder: Path) -> None:
    assert "takes too long" not in fault_of("a" * 40 + "b", {"form": "a*"})
    (fault,) = changed(folder, "form: [0-9]{5}", "form: ([0-9]+)+")
    assert fault.place == "mappings/cpt.sssom.tsv"
    assert "repeats a group" in fault.message
    assert "not a regular expression" in fault_of_form({"form": "["})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "ontology"
    shutil.copytree(shipped("ontology"), place, ignore=shutil.ignore_patterns("topics"))
    return place


def changed(folder: Path, old: str, new: str) -> tuple[FaultyCode, ...]:
    """What is found once a piece of one mapping file is another."""
    (path,) = (path for path in folder.glob("mappings/*.tsv") if old in path.read_text(encoding="utf-8"))
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    return faulty_codes(read(folder))


def test_a_fault_is_named_with_file_and_line(folder: Path) -> None:
    (fault,) = changed(folder, "SNOMEDCT:386661006", "SNOMEDCT:386661007")
    path = folder / "mappings" / "snomed-ct.sssom.tsv"
    (line,) = (n for n, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "386661007" in row)
    assert fault.place == f"mappings/snomed-ct.sssom.tsv, line {line}: finding:fever 386661007"
    assert fault.message == "A code of SNOMED CT has a wrong check digit."
    assert [problem.place for problem in check(folder).errors if problem.found_by == "mappings"] == [fault.place]


def test_a_row_that_went_to_another_term_is_found(folder: Path) -> None:
    (fault,) = changed(
        folder, "finding:fever\tFever\tskos:exactMatch\tSNOMEDCT", "finding:chills\tFever\tskos:exactMatch\tSNOMEDCT"
    )
    assert "another label" in fault.message


def test_two_terms_are_not_exactly_one_code(folder: Path) -> None:
    (fault,) = changed(folder, "LOINC:30620-9", "LOINC:24964-9")
    assert fault.message == "Two terms are said to be exactly one code."


def test_an_unknown_term_is_named_with_the_nearest(folder: Path) -> None:
    path = folder / "mappings" / "cpt.sssom.tsv"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("\nprocedure:mri-lumbar-spine-without-and-", "\nprocedure:mri-lumber-spine-without-and-", 1),
        encoding="utf-8",
    )
    (fault,) = faulty_codes(read(folder))
    assert fault.message == "'mri-lumber-spine-without-and-with-contrast' is not a term of this content."
    assert "'mri-lumbar-spine-without-and-with-contrast'" in fault.cure


WAYS = {
    "a wide code that is stated": (
        "skos:broadMatch\tSNOMEDCT:91019004\t\tsemapv:ManualMappingCuration\tParesthesia anywhere. HPO "
        "cross-reference\timplies: absent",
        "implies: present",
        "A code that is wider than its term is said to imply it.",
    ),
    "a kind that is refuted": (
        "skos:narrowMatch\tSNOMEDCT:286933003\t\tsemapv:ManualMappingCuration\tConfusion only. HPO cross-reference\t"
        "implies: present",
        "implies: both",
        "A code that is a kind of its term is said to refute it when it is refuted.",
    ),
    "a related code": (
        "skos:relatedMatch\tSNOMEDCT:23056005\t\tsemapv:ManualMappingCuration\tSciatica. HPO cross-reference\t"
        "implies: nothing",
        "implies: both",
        "A code that is only related to its term is said to",
    ),
    "a diagnosis": (
        "diagnosis:spinal-cord-compression\tSpinal cord compression\tskos:exactMatch\tSNOMEDCT:71286001\t\t"
        "semapv:ManualMappingCuration\tHPO cross-reference\timplies: nothing",
        "implies: present",
        "A code is said to imply something that no case can state.",
    ),
    "no word of it": (
        "finding:fever\tFever\tskos:exactMatch\tSNOMEDCT:386661006\t\tsemapv:ManualMappingCuration\tHPO "
        "cross-reference\timplies: both",
        "",
        "A row does not say what its code implies.",
    ),
}
"""A row, what it says wrongly that its code implies, and what is found."""


@pytest.mark.parametrize("name", WAYS)
def test_a_code_that_implies_too_much_is_found(name: str, folder: Path) -> None:
    row, wrong, expected = WAYS[name]
    found = changed(folder, row, f"{row.rpartition(chr(9))[0]}\t{wrong}")
    assert found
    assert {fault.message.startswith(expected) for fault in found} == {True}
    assert all(fault.place.startswith("mappings/snomed-ct.sssom.tsv, line ") and fault.severe for fault in found)


def test_a_refuted_study_is_found(folder: Path) -> None:
    row = "CPT:72128\t\tsemapv:ManualMappingCuration\tTwo public lists\timplies: present"
    (fault,) = changed(folder, row, row.replace("present", "both"))
    assert fault.message == "A refuted code is said to imply something of what is no finding."


def test_what_was_not_found_says_why(folder: Path) -> None:
    (fault,) = changed(folder, "A judgement of the clinician, which no code states", "")
    assert fault.message == "A row says that nothing was found, and not why."
    (fault,) = changed(folder, "ICD10CM:E78\t", "ICD10CM:78\t")[:1]
    assert fault.message == "A code of ICD-10-CM has another form than its codes have."


@pytest.mark.parametrize("name", ["cpt.tsv", "cpt.sssom.csv", "cpt.sssom.TSV", "more/cpt.sssom.tsv"])
def test_a_table_of_another_name_is_not_left_out_in_silence(name: str, folder: Path) -> None:
    (folder / "mappings" / name).parent.mkdir(exist_ok=True)
    (folder / "mappings" / name).write_text("", encoding="utf-8")
    (fault,) = faulty_codes(read(folder))
    assert fault.place == f"mappings/{name}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\tskos:exactMatch\tCPT:", "\tskos:sameMatch\tCPT:", "line [0-9]+: 'skos:sameMatch' is not a SKOS match"),
        ("#license: ", "#license: <", "the slot license: .* does not make a valid IRI"),
        ("\tskos:exactMatch\tCPT:", "\u2028\tskos:exactMatch\tCPT:", r"line [0-9]+: .*U\+2028"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(folder: Path, old: str, new: str, message: str) -> None:
    path = folder / "mappings" / "cpt.sssom.tsv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=message):
        check(folder)
