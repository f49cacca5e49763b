"""The case document of a complaint: questions in order of worth, readable before and after it is filled in."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import kg
from kg.command.verbs import main
from kg.errors import CaseError, UnknownTermError
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def empty(guide: kg.Guide) -> dict[str, object]:
    return guide.template("thoracic back pain")


def test_it_asks_what_decides_most_decisive_first(guide: kg.Guide, empty: dict[str, object]) -> None:
    asked = guide.what_to_ask(kg.Case(present=["thoracic-back-pain"])).questions
    assert empty["questions"] == dict.fromkeys(question.ask.id for question in asked)
    assert list(empty["questions"]) == [question.ask.id for question in asked]
    shares = [question.changes for question in asked]
    assert shares == sorted(shares, reverse=True)
    assert {"age", "fever", "osteoporosis", "sign-of-myelopathy"} <= {question.ask.id for question in asked}
    assert guide.template("thoracic-back-pain") == guide.template("dorsalgia") == empty


def test_it_is_a_case_before_and_after_it_is_filled_in(guide: kg.Guide, empty: dict[str, object]) -> None:
    schema = json.loads((ROOT / "kg" / "schemas" / "case.schema.json").read_text(encoding="utf-8"))
    assert kg.Case.from_dict(empty).present == ("thoracic-back-pain",)
    filled = {**empty, "questions": {**empty["questions"], "age": 65, "sign-of-myelopathy": True, "fever": False}}  # type: ignore[dict-item]
    for document in (empty, filled):
        jsonschema.Draft202012Validator(schema).validate(document)
    case = kg.Case.from_dict(filled)
    said = kg.Case(present=["thoracic-back-pain", "sign-of-myelopathy"], absent=["fever"], measured={"age": 65})
    assert (case.present, case.absent, case.measured) == (said.present, said.absent, said.measured)
    assert guide.assess(case).best == guide.assess(said).best != ()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"questions": {"fever": "yes"}}, "'fever' is answered by 'yes'; write true, false"),
        ({"questions": ["fever"]}, "questions: must be an object with keys, not list"),
        ({"questions": None}, "questions: must be an object"),
        ({"measured": {"age": 60}, "questions": {"age": 65}}, "'age' is given both as measured and as the answer"),
        ({"present": ["fever"], "questions": {"fever": True}}, "names 'fever' twice"),
        ({"present": ["fever"], "questions": {"fever": False}}, "both present and absent"),
        ({"questions": {"age": float("nan")}}, "'age' is nan"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(document: object, words: str) -> None:
    with pytest.raises(CaseError, match=words):
        kg.Case.from_dict(document)


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        ("back", "did you mean 'lumbar-back-pain', 'thoracic-back-pain'"),
        ("fever", "begin with 'Low back pain'"),
        ("backache", "did you mean 'lumbar-back-pain'"),  # back pain of no level fits better
        ("zzz", "no topic begins with the complaint 'zzz'"),
    ],
)
def test_no_complaint_is_guessed(guide: kg.Guide, complaint: str, words: str) -> None:
    with pytest.raises(UnknownTermError, match=words):
        guide.template(complaint)


def test_the_verb_writes_a_file_that_recommend_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "mine.json"
    assert main(["template", "thoracic", "back", "pain", "-o", str(place)]) == 0
    document = json.loads(place.read_text(encoding="utf-8"))
    document["questions"]["sign-of-myelopathy"] = True
    place.write_text(json.dumps(document), encoding="utf-8")
    assert main(["recommend", str(place)]) == 0
    assert "EMERGENT (STAT)" in capsys.readouterr().out
    assert main(["template", "thoracic back pain", "-o", str(place)]) == 2, "no file is overwritten"
