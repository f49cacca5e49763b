"""A table of an electronic record: codes in its columns; what was not understood is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

import kg
from kg.auditing.rows import Export
from kg.command.verbs import main
from kg.errors import AuditError

HEAD = "PAT_ID,DX1,DX2,CPT_CODE,AGE\n"
COLUMNS = {
    "PAT_ID": "id",
    "DX1": "present:icd10cm",
    "DX2": "present:icd10cm",
    "CPT_CODE": "ordered:cpt",
    "AGE": "measured:age",
}
ROWS = ["1,M546,G8220;E785,72128,65\n", "2,M54.6,,72128,\n", "3,M546,Q99.9,72128,40\n", "4,M54.50,Z23,,50\n"]


def arguments(table: Path, result: Path) -> list[str]:
    named = [word for theirs, ours in COLUMNS.items() for word in ("--column", f"{theirs}={ours}")]
    return ["audit", str(table), "-o", str(result), "--workers", "1", *named]


def test_an_export_in_codes_is_judged_as_its_cases_are(
    tmp_path: Path, guide: kg.Guide, capsys: pytest.CaptureFixture[str]
) -> None:
    table, result = tmp_path / "export.csv", tmp_path / "result.csv"
    table.write_text(HEAD + "".join(ROWS), encoding="utf-8")
    assert main(arguments(table, result)) == 0
    lines = [line.split(",") for line in result.read_text(encoding="utf-8").splitlines()]
    found = {line[0]: dict(zip(lines[0], line, strict=True)) for line in lines[1:]}
    assert set(found) == {"1", "2", "4"}
    case = kg.Case(measured={"age": 65}, present=["icd10cm:M54.6", "icd10cm:G82.20"], order="cpt:72128", presume=False)
    answer = guide.assess(case)
    assert found["1"]["ordered"] == "ct-thoracic-spine-without-contrast"
    assert found["1"]["outcome"] == answer.outcome.id
    assert found["1"]["urgency"] == (answer.urgency.level.id if answer.urgency else "")
    assert found["1"]["best"] == ";".join(sorted(study.id for study in answer.best))
    rejects = Path(f"{result}.rejects.csv").read_text(encoding="utf-8")
    assert "not understood: 'icd10cm:Q99.9' states no finding here: no mapping here knows it" in rejects
    assert "Codes that were not understood, by rows" in capsys.readouterr().out


def test_an_export_of_which_most_was_not_understood_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "export.csv"
    table.write_text(HEAD + ROWS[0] + ROWS[2] * 3, encoding="utf-8")
    assert main(arguments(table, tmp_path / "result.csv")) == 1
    assert "codes of 3 of 4 rows were not understood, most often icd10cm:Q99.9" in capsys.readouterr().err


def test_rows_in_memory_may_have_codes_beside_words(guide: kg.Guide) -> None:
    rows = [
        {"id": "1", "present": ["snomed:279038004", "fever"], "ordered": "loinc:24981-3"},
        {
            "id": "2",
            "present": ["thoracic-back-pain", "fever"],
            "ordered": "mri-thoracic-spine-without-and-with-contrast",
        },
        {"id": "3", "present": ["snomed:138875005"], "ordered": None},
        {"id": "4", "present": ["fever", "snomed:386661006"], "ordered": "cpt:72157"},
    ]
    audit = kg.audit(rows, guide)
    first, second, fourth = audit.table.to_pylist()
    assert {**first, "id": ""} == {**second, "id": ""}
    assert fourth["ordered"] == "mri-thoracic-spine-without-and-with-contrast"
    assert audit.summary.not_understood == {"snomed:138875005": 1}
    assert audit.summary.to_dict()["not_understood"] == {"snomed:138875005": 1}


def test_dictionaries_may_have_bare_codes(guide: kg.Guide) -> None:
    named = {"dx": "present:icd10cm", "px": "ordered:cpt", "years": "measured:age"}
    rows = [
        {"id": "1", "dx": ["M54.6"], "px": "72128", "years": 70},
        {"id": "2", "dx": None, "px": None, "years": None},
    ]
    audit = kg.audit(rows, guide, columns=named)
    assert audit.table.column("ordered").to_pylist() == ["ct-thoracic-spine-without-contrast", None]
    assert audit.rejects.num_rows == 0


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": "id:cpt"}, "only 'present', 'absent', 'ordered', 'measured' take a name after ':'"),
        ({"a": "present", "b": "present"}, "named twice"),
        ({"a": "diagnosis:icd10cm"}, "has no codes or numbers"),
    ],
)
def test_a_column_that_takes_no_codes_is_refused(columns: dict[str, str], message: str) -> None:
    with pytest.raises(AuditError, match=message):
        Export.of(columns)
