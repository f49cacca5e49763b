"""The open questions go out as a FHIR Questionnaire, and the response comes back as facts."""

from __future__ import annotations

from typing import Any

import pytest

import kg
from kg.records.questionnaire import FINDING, NONE_OF_THESE, QUESTIONS, questionnaire
from kg.records.reading import read_record
from tests.records.bundles import LOINC, TODAY, TP, UCUM, bundle, cond, report


@pytest.fixture(scope="module")
def asked(guide: kg.Guide) -> dict[str, Any]:
    case = read_record(bundle(cond("1", TP), report("2", (LOINC, "24983-9"))), guide, today=TODAY).case
    return questionnaire(guide.what_to_ask(case), guide)


def response(*answers: tuple[str, list[dict[str, Any]]], **more: Any) -> dict[str, Any]:
    items = [{"linkId": word, "answer": given} for word, given in answers]
    made = {"resourceType": "QuestionnaireResponse", "id": "r", "questionnaire": QUESTIONS, "status": "completed"}
    return {**made, "item": items, **more}


def test_the_questions_are_those_that_can_change_the_answer(asked: dict[str, Any], guide: kg.Guide) -> None:
    case = read_record(bundle(cond("1", TP), report("2", (LOINC, "24983-9"))), guide, today=TODAY).case
    questions = guide.what_to_ask(case).questions
    assert [item["linkId"] for item in asked["item"]] == [question.ask.id for question in questions]
    assert {item["type"] for item in asked["item"]} <= {"boolean", "choice", "decimal"}
    for item, question in zip(asked["item"], questions, strict=True):
        if item["type"] == "choice":
            codes = [option["valueCoding"]["code"] for option in item["answerOption"]]
            assert codes == [*(kind.id for kind in question.kinds), NONE_OF_THESE]
        if item["type"] == "decimal":
            assert item["extension"][0]["valueCoding"]["system"] == UCUM


def test_every_question_can_be_answered(asked: dict[str, Any], guide: kg.Guide) -> None:
    given: dict[str, list[dict[str, Any]]] = {"boolean": [{"valueBoolean": False}], "decimal": [{"valueDecimal": 3}]}
    given["choice"] = [{"valueCoding": {"system": FINDING, "code": NONE_OF_THESE}}]
    answers = [(item["linkId"], given[item["type"]]) for item in asked["item"]]
    record = read_record(bundle(response(*answers)), guide, today=TODAY)
    assert not record.not_understood
    absent = {item["linkId"] for item in asked["item"] if item["type"] != "decimal"}
    assert set(record.case.absent) == absent
    assert set(record.case.measured) == {item["linkId"] for item in asked["item"]} - absent


ANSWERS: dict[str, tuple[tuple[str, list[dict[str, Any]]], tuple[str, str]]] = {
    "yes": (("fever", [{"valueBoolean": True}]), ("present", "fever")),
    "no": (("fever", [{"valueBoolean": False}]), ("absent", "fever")),
    "a kind": (
        ("prior-thoracic-spine-surgery", [{"valueCoding": {"system": FINDING, "code": "thoracic-fusion"}}]),
        ("present", "thoracic-fusion"),
    ),
    "none of these": (
        ("prior-thoracic-spine-surgery", [{"valueCoding": {"system": FINDING, "code": NONE_OF_THESE}}]),
        ("absent", "prior-thoracic-spine-surgery"),
    ),
    "the complaint": (
        ("complaint", [{"valueCoding": {"system": FINDING, "code": "thoracic-back-pain"}}]),
        ("present", "thoracic-back-pain"),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_a_fact(name: str, guide: kg.Guide) -> None:
    given, (way, word) = ANSWERS[name]
    record = read_record(bundle(response(given)), guide, today=TODAY)
    assert getattr(record.case, way) == (word,)


def test_a_number_may_be_a_quantity(guide: kg.Guide) -> None:
    months = {"valueQuantity": {"value": 1, "system": UCUM, "code": "mo"}}
    record = read_record(bundle(response(("pain-duration-weeks", [months]))), guide, today=TODAY)
    assert record.case.measured["pain-duration-weeks"] == pytest.approx(4.348, abs=0.001)


@pytest.mark.parametrize(
    "wrong",
    [
        response(("fever", [{"valueBoolean": True}]), questionnaire="http://other"),
        response(("fever", [{"valueBoolean": True}]), status="in-progress"),
        response(("fever", [{"valueString": "yes"}])),
        response(("fever", [{"valueCoding": {"system": FINDING, "code": "no-such-word"}}])),
        response(("no-such-question", [{"valueBoolean": True}])),
        response(("fever", [{"valueCoding": {"system": FINDING, "code": code}} for code in ("fever", NONE_OF_THESE)])),
        {**response(), "item": [5]},
    ],
)
def test_an_answer_that_is_none_is_not_understood(wrong: dict[str, Any], guide: kg.Guide) -> None:
    record = read_record(bundle(wrong), guide, today=TODAY)
    assert [entry.place for entry in record.not_understood] == ["QuestionnaireResponse/r"]
    assert record.case == kg.Case(presume=False)


def test_an_unanswered_question_stays_unknown(guide: kg.Guide) -> None:
    record = read_record(bundle(response(("fever", []))), guide, today=TODAY)
    assert record.case == kg.Case(presume=False)
    assert [entry.aside for entry in record.not_relevant] == ["no question is answered"]
