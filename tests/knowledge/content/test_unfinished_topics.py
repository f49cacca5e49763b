"""An unfinished topic answers nobody and says so; the others work; no verb ends in a traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

import kg
from kg.author.check import check
from kg.author.drafts.new_topic import new_topic
from kg.command.verbs import main
from kg.errors import ContentError
from kg.knowledge.content.content import read
from kg.knowledge.sparql.resources import shipped
from tests.conftest import ROOT, copied

HOW_TO = ROOT / "docs" / "how-to" / "example-ache"
ACHE = HOW_TO / "example-ache.ttl"
PATIENT = ROOT / "examples" / "abnormal-radiograph.json"
SIGN = {"present": ["example-ache", "example-warning-sign"]}


def finished_topic(folder: Path) -> str:
    """The made-up topic with its ratings."""
    from kg.author.drafts.import_ratings import import_ratings

    text = ACHE.read_text(encoding="utf-8")
    (folder / "topics" / "example-ache.ttl").write_text(text, encoding="utf-8")
    return text + import_ratings(HOW_TO / "example-ache.csv", folder, "example-ache")


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    place = tmp_path / "ontology"
    copied(place)
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What topics share, without topics: read in a fifth of the time."""
    place = tmp_path / "shared"
    shutil.copytree(shipped("ontology"), place, ignore=shutil.ignore_patterns("topics", "mappings"))
    (place / "topics").mkdir()
    return place


@pytest.fixture
def sick(tmp_path: Path) -> Path:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(SIGN), encoding="utf-8")
    return path


def lay(folder: Path, text: str) -> None:
    (folder / "topics" / "example-ache.ttl").write_text(text, encoding="utf-8")


SCENARIO = 'rdfs:label "Example ache with a warning sign"@en ;\n'
FAULTS = {
    "the label of a scenario": (SCENARIO, ""),
    "an empty label": ("Example ache with a warning sign", ""),
    "a mark that says TODO": ("Example ache with a warning sign", "TODO"),
    "the edition": ('; owl:versionInfo "2026" ;', ";"),
    "the rights": ('    dcterms:rights "Made up; free for any use."@en ;\n', ""),
    "the label of the topic": ('rdfs:label "Example Ache"@en ;', ""),
    "the label of a finding": ('rdfs:label "Example warning sign"@en ;', ""),
    "the label of a statement": (
        'rdfs:label "For patients with example ache and a warning sign."@en',
        'ns:number "S1"',
    ),
    "the label of a criterion": ('; rdfs:label "a warning sign"@en', ""),
    "the finding of a criterion": ("; ns:ifPresent finding:example-warning-sign ]", "]"),
    "a category": ("ns:category scale:usually-appropriate", "ns:category scale:urgent"),
}
MORE = {
    "a conflict without sides": '<conflict/zz> a ns:Conflict ; rdfs:label "zz"@en ; ns:concerns <with-warning-sign> .',
    "an urgency rule without urgency": '<uz> a ns:UrgencyRule ; rdfs:label "uz"@en .',
    "a hand-off to nowhere": '<hz> a ns:HandOff ; rdfs:label "h"@en . topic:example-ache ns:handOff <hz> .',
    "a pattern that points to nothing": '<pz> a ns:ResultPattern ; rdfs:label "e"@en .',
    "an escalation without contact": '<ez> a ns:Escalation ; rdfs:label "e"@en .',
    "a contraindication of nothing": '<cz> a ns:Contraindication ; rdfs:label "e"@en ; ns:degree scale:absolute .',
    "a recommendation without action": '<az> a ns:ActionRecommendation ; rdfs:label "e"@en .',
    "scenarios in a circle": "<with-warning-sign> ns:precedes <without-warning-sign> . "
    "<without-warning-sign> ns:precedes <with-warning-sign> .",
    "a warning without label": "<wz> a ns:Warning .",
    "a scenario without criteria": '<sz> a ns:Scenario , owl:Class ; rdfs:label "s"@en ; ns:topic topic:example-ache ; '
    "ns:phase scale:initial-imaging ; ns:rating [ ns:procedure procedure:mri-thoracic-spine-without-contrast ; "
    "ns:category scale:usually-appropriate ; ns:confidence scale:inferred ] .",
}


def faulty(text: str, fault: str) -> str:
    if fault in MORE:
        return f"{text}\n{MORE[fault]}\n"
    old, new = FAULTS[fault]
    assert old in text, fault
    return text.replace(old, new)


@pytest.mark.parametrize("fault", [*FAULTS, *MORE])
def test_a_topic_with_a_gap_answers_nobody(fault: str, folder: Path) -> None:
    lay(folder, faulty(finished_topic(folder), fault))
    answer = kg.Guide(read(folder)).assess(kg.Case(present=SIGN["present"]))
    (sentence,) = answer.unfinished
    assert "the topic 'example-ache' is unfinished and answers nobody: topics/example-ache.ttl, line " in sentence
    assert not answer.best
    assert not answer.scenarios
    assert str(answer).startswith("NOT ANSWERED  the topic 'example-ache' is unfinished")


def test_the_others_work_and_the_command_says_so(whole: Path, sick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = whole
    lay(folder, faulty(finished_topic(folder), "the label of a scenario"))
    assert main(["recommend", str(sick), "--content", str(folder)]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("NOT ANSWERED  the topic 'example-ache' is unfinished")
    assert "NEXT" not in said.out
    assert "topics/example-ache.ttl, line " in " ".join(said.out.split())
    assert "the topic 'example-ache' is unfinished and answers nobody" in said.err
    assert main(["recommend", str(PATIENT), "--content", str(folder), "--format", "json"]) == 0
    others = capsys.readouterr().out
    assert main(["recommend", str(PATIENT), "--format", "json"]) == 0
    assert others == capsys.readouterr().out


def test_the_finished_topic_answers(folder: Path, sick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay(folder, finished_topic(folder))
    assert main(["recommend", str(sick), "--content", str(folder)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("NEXT")
    assert not said.err


@pytest.mark.parametrize("fault", ["a conflict without sides", "a scenario without criteria"])
def test_no_verb_ends_in_a_traceback(fault: str, folder: Path, sick: Path, tmp_path: Path) -> None:
    lay(folder, faulty(finished_topic(folder), fault))
    content = ["--content", str(folder)]
    for words in (
        ["why", str(sick), "with-warning-sign"],
        ["why", str(sick), "mri-thoracic-spine-without-contrast"],
        ["check-order", str(sick), "mri-thoracic-spine-without-contrast"],
        ["pathway", str(sick)],
        ["what-to-ask", str(sick)],
        ["what-if", str(sick), str(sick)],
        ["capsule", str(sick), "-o", str(tmp_path / "capsule.json")],
        ["ask", "ratings-of-topic", "--topic", "example-ache"],
        ["ask", "conflicts"],
        ["find", "warning", "sign"],
        ["where", "with-warning-sign"],
        ["surface", "example-ache"],
        ["build", "-o", str(tmp_path / "built.ttl")],
    ):
        assert main([*words, *content]) in (0, 1, 2), words
    assert not check(folder, topic="example-ache").ok


@pytest.mark.parametrize(
    "words",
    [
        ["why", "CASE", "with-warning-sign"],
        ["why", "CASE", "mri-thoracic-spine-without-contrast", "--against", "radiography-thoracic-spine"],
        ["check-order", "CASE", "mri-thoracic-spine-without-contrast"],
        ["pathway", "CASE"],
        ["what-to-ask", "CASE"],
        ["what-if", "OTHER", "CASE"],
        ["ask", "verdict", "--case", "CASE"],
    ],
)
def test_every_verb_about_a_patient_says_first_that_nobody_is_answered(
    words: list[str], folder: Path, sick: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(folder, faulty(finished_topic(folder), "a conflict without sides"))
    (tmp_path / "other.json").write_text('{"present": ["fever"]}', encoding="utf-8")
    names = {"CASE": str(sick), "OTHER": str(tmp_path / "other.json")}
    words = [names.get(word, word) for word in words]
    assert main([*words, "--content", str(folder)]) == 1
    said = capsys.readouterr().out
    assert " ".join(said.replace("NOT ANSWERED:", "NOT ANSWERED").split()).startswith(
        "NOT ANSWERED the topic 'example-ache' is unfinished"
    )
    assert said.count("NOT ANSWERED") == 1
    assert main([*words, "--content", str(folder), "--format", "json"]) == 1
    json.loads(capsys.readouterr().out)
    lay(folder, finished_topic(folder))
    assert main([*words, "--content", str(folder)]) == 0


@pytest.mark.parametrize("words", [["capsule"], ["recommend", "--format", "turtle"], ["pathway", "--format", "svg"]])
def test_a_document_of_an_unfinished_topic_exits_with_1(
    words: list[str], folder: Path, sick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(folder, faulty(finished_topic(folder), "a conflict without sides"))
    assert main([words[0], str(sick), *words[1:], "--content", str(folder)]) == 1
    assert "is unfinished and answers nobody" in capsys.readouterr().err


def test_an_audit_rejects_the_rows_of_an_unfinished_topic(folder: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed; 'make test' installs it")
    study = "mri-thoracic-spine-without-contrast"
    rows = [{"id": "1", "present": ["example-ache"], "ordered": study}, {"id": "2", "present": [], "ordered": study}]
    lay(folder, faulty(finished_topic(folder), "a conflict without sides"))
    found = kg.audit(rows, kg.load(folder))
    assert (found.summary.rows, found.summary.rejected) == (2, 1)
    (rejected,) = found.rejects.to_pylist()
    assert rejected["id"] == "1"
    assert rejected["cause"].startswith("the topic 'example-ache' is unfinished and answers nobody: ")
    lay(folder, finished_topic(folder))
    assert not kg.audit(rows, kg.load(folder)).summary.rejected


def test_a_begun_topic_answers_nobody(folder: Path) -> None:
    (folder / "topics" / "knee.ttl").write_text(new_topic("knee", folder), encoding="utf-8")
    guide = kg.load(folder)
    answer = guide.assess(kg.Case(present=["knee-entry"]))
    assert len(answer.unfinished) == 1
    assert not answer.best
    schema = json.loads((ROOT / "kg" / "schemas" / "answer.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(answer.to_dict() | {"case": {}}, schema | {"properties": schema["properties"] | {"case": {}}})
    with pytest.raises(ContentError, match="'knee' is unfinished"):
        guide.surface("knee")


def test_a_topic_without_scenarios_answers_nobody(folder: Path) -> None:
    text = ACHE.read_text(encoding="utf-8")
    lay(folder, text[: text.index("# ================================================================ scenarios")])
    (sentence,) = kg.Guide(read(folder)).assess(kg.Case(present=SIGN["present"])).unfinished
    assert "topic:example-ache has no scenario, so that nobody can be answered" in sentence


def test_the_matrix_shows_a_study_that_lacks_its_level(folder: Path) -> None:
    lay(folder, finished_topic(folder))
    path = folder / "vocabulary" / "procedures.ttl"
    more = 'procedure:new a owl:Class , ns:Procedure ; rdfs:label "New"@en .\n'
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{more}", encoding="utf-8")
    topic = folder / "topics" / "example-ache.ttl"
    text = topic.read_text(encoding="utf-8")
    topic.write_text(text.replace("procedure:fdg-pet-ct-skull-base-to-mid-thigh", "procedure:new"), encoding="utf-8")
    found = kg.load(folder).ratings("example-ache")
    assert ("New", "not stated") in {(study.label, study.radiation) for study in found.studies}


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (
            'scale:usually-appropriate ns:rank "high" .',
            r"scales.ttl, line \d+: ns:rank has the value 'high', which is no number",
        ),
        (
            'measure:m a ns:Measure ; rdfs:label "m"@en ; ns:unit "a" ; sh:minInclusive "x" .',
            r"scales.ttl, line \d+: sh:minInclusive has the value 'x', which is no number",
        ),
    ],
)
def test_what_should_be_a_number_and_is_none_is_refused(gap: str, said: str, folder: Path) -> None:
    path = folder / "vocabulary" / "scales.ttl"
    prefix = "@prefix measure: <https://w3id.org/nextstudy/measure/> .\n@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
    path.write_text(f"{prefix}{path.read_text(encoding='utf-8')}\n{gap}\n", encoding="utf-8")
    with pytest.raises(ContentError, match=said):
        kg.load(folder)


def test_a_gap_in_what_topics_share_is_refused(folder: Path) -> None:
    path = folder / "vocabulary" / "procedures.ttl"
    path.write_text(
        f"{path.read_text(encoding='utf-8')}\nprocedure:new a owl:Class , ns:Procedure .\n", encoding="utf-8"
    )
    with pytest.raises(ContentError, match=r"vocabulary/procedures.ttl, line \d+: procedure:new has no rdfs:label"):
        kg.load(folder)
    report = check(folder)
    assert any("label is missing" in problem.message for problem in report.errors)
    assert "Left out: the examples" in report.left_out


def test_content_that_is_finished_says_nothing_of_it() -> None:
    assert not read(shipped("ontology")).unfinished
    assert "unfinished" not in kg.load().assess(kg.Case(present=["fever"])).to_dict()
