"""An answer as a flat row: stable keys, plain values, the words of an audit; many answers as a data frame."""

from __future__ import annotations

import pytest

import kg
from kg.errors import ParameterError
from kg.patient.reasons.frame import to_dataframe

MRI = "mri-thoracic-spine-without-contrast"
AS_IN_AN_AUDIT = ("outcome", "scenario", "basis", "chosen_failed", "ordered", "best", "urgency", "warnings")
BESIDES = ("study", "category", "calls", "barred", "could_lead", "handed_to", "settled", "urgency_settled")

CASES = {
    "emergent": kg.Case(present=["adult", "thoracic-back-pain", "unsteady-gait"], order=MRI),
    "unclear": kg.Case(present=["adult", "thoracic-back-pain"]),
    "elsewhere": kg.Case(present=["cervical-pain"]),
    "nothing": kg.Case(),
    "call": kg.Case(present=["adult", "thoracic-back-pain", "rapidly-progressing-deficit"], measured={"age": 65}),
    "chosen": kg.Case(
        present=["adult", "thoracic-back-pain", "fever"], scenario=["low-back-pain/lumbar-fracture-risk"]
    ),
}


@pytest.fixture(scope="module")
def answers(guide: kg.Guide) -> dict[str, kg.Answer]:
    return {name: guide.assess(case) for name, case in CASES.items()}


def test_every_row_has_the_same_keys_and_plain_values(answers: dict[str, kg.Answer]) -> None:
    for answer in answers.values():
        row = answer.summary()
        assert tuple(row) == AS_IN_AN_AUDIT + BESIDES
        assert all(value is None or type(value) in (str, bool) for value in row.values())
    assert answers["emergent"].summary() | {"warnings": "", "could_lead": ""} == {
        "outcome": "recommended",
        "scenario": "myelopathy-or-radiculopathy",
        "basis": "matched",
        "chosen_failed": "",
        "ordered": MRI,
        "best": MRI,
        "urgency": "emergent",
        "warnings": "",
        "study": "MRI thoracic spine without IV contrast",
        "category": "usually-appropriate",
        "calls": "",
        "barred": "",
        "could_lead": "",
        "handed_to": "",
        "settled": False,
        "urgency_settled": True,
    }
    assert answers["call"].summary()["calls"].startswith("Call the on-call neurosurgery")  # type: ignore[union-attr]
    assert answers["nothing"].summary()["urgency"] is None


def test_the_words_are_those_of_an_audit(guide: kg.Guide, answers: dict[str, kg.Answer]) -> None:
    rows = [
        {
            "id": name,
            "present": list(case.present),
            "measured": dict(case.measured),
            "performed": [],
            "ordered": case.order,
            "scenario": list(case.scenario),
        }
        for name, case in CASES.items()
    ]
    audited = kg.audit(rows, guide).table.to_pylist()
    assert [row["id"] for row in audited] == list(CASES)
    for row in audited:
        summary = answers[row["id"]].summary()
        said = {key: ";".join(row[key]) if isinstance(row[key], list) else row[key] for key in AS_IN_AN_AUDIT}
        assert said == {key: summary[key] for key in AS_IN_AN_AUDIT}, row["id"]


def test_a_scenario_of_an_audit_is_named_as_in_an_answer(guide: kg.Guide, opening_patient: kg.Case) -> None:
    """Another topic has a rule, but no scenario, of this name."""
    (film,) = opening_patient.performed
    row = {
        "id": "1",
        "present": list(opening_patient.present),
        "measured": dict(opening_patient.measured),
        "performed": [{"procedure": film.procedure, "present": list(film.present)}],
        "ordered": None,
    }
    assert kg.audit([row], guide).table.column("scenario").to_pylist() == [["abnormal-radiograph"]]
    assert guide.assess(opening_patient).summary()["scenario"] == "abnormal-radiograph"


def test_many_answers_are_a_frame(answers: dict[str, kg.Answer]) -> None:
    frame = to_dataframe(answers)
    assert list(frame.index) == list(CASES)
    assert list(frame.columns) == [*AS_IN_AN_AUDIT, *BESIDES]
    assert frame.loc["emergent", "best"] == MRI
    assert list(to_dataframe(iter(answers.values())).index) == list(range(len(CASES)))
    assert to_dataframe([]).empty
    with pytest.raises(ParameterError, match="made of answers, not of a Case"):
        to_dataframe([kg.Case()])  # type: ignore[list-item]


def test_rows_have_short_ids_labels_or_iris(guide: kg.Guide) -> None:
    rows = guide.ask("ratings-of-topic", topic="thoracic-back-pain")
    wanted = {"id": "usually-appropriate", "label": "Usually Appropriate"}
    for show, category in {**wanted, "iri": "https://w3id.org/nextstudy/scale/usually-appropriate"}.items():
        assert rows.records(show)[0]["category"] == category
        assert rows.to_dataframe(show).loc[0, "category"] == category
    assert rows.records()[0] == rows.to_dataframe().to_dict("records")[0]
    number = guide.ask("categories").records()[0]["rank"]
    assert isinstance(number, int)
    with pytest.raises(ParameterError, match="one of 'id', 'label', 'iri', not as 'url'"):
        rows.records("url")
