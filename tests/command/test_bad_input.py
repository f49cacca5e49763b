"""Wrong input: one sentence that names the place and the cure, exit 2, no traceback."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.command.verbs import main
from kg.errors import CaseError, ContentError, ParameterError
from kg.knowledge.sparql.resources import shipped
from tests.conftest import copied

GOOD = '{"present": ["thoracic-back-pain"], "measured": {"age": 65}}'

CASES = {
    "unknown finding": ('{"present": ["feverr"]}', ["'feverr'", "did you mean", "'fever'"]),
    "unknown finding by its words": ('{"present": ["weak-legs"]}', ["'weak-legs'", "'leg-weakness'"]),
    "unknown procedure": ('{"order": "mri-thorax"}', ["'mri-thorax' is not a procedure"]),
    "unknown measure": ('{"measured": {"weight": 70}}', ["'weight' is not a measure"]),
    "unknown key": ('{"presents": []}', ["unknown key 'presents'", "did you mean 'present'"]),
    "repeated key": ('{"present": [], "present": []}', ["'present' is given twice"]),
    "present and absent": ('{"present": ["fever"], "absent": ["fever"]}', ["'fever'", "both present and absent"]),
    "contradiction by the hierarchy": (
        '{"present": ["thoracic-back-pain", "fever"], "absent": ["red-flag"]}',
        ["'Fever' is present", "'Red flag' is absent"],
    ),
    "contradiction by a number": (
        '{"present": ["thoracic-back-pain", "child"], "measured": {"age": 40}}',
        ["'Child'", "contradicts itself"],
    ),
    "negative age": ('{"measured": {"age": -3}}', ["'age' is -3", "0 to 130"]),
    "age in words": ('{"measured": {"age": "sixty"}}', ["'age' is 'sixty'", "write a number"]),
    "age not finite": ('{"measured": {"age": NaN}}', ["'age' is nan"]),
    "age infinite": ('{"measured": {"age": 1e999}}', ["'age' is too large"]),
    "age that no engine can read": ('{"measured": {"age": 1e15}}', ["'age' is too large", "below 10"]),
    "age of 99 digits": (f'{{"measured": {{"age": {"9" * 99}}}}}', ["'age' is too large"]),
    "age of 400 digits": (f'{{"measured": {{"age": {"9" * 400}}}}}', ["a number has 400 digits"]),
    "age of 5,000 digits": (f'{{"measured": {{"age": -{"9" * 5000}}}}}', ["a number has 5000 digits"]),
    "age true": ('{"measured": {"age": true}}', ["'age' is True"]),
    "deep nesting": ("[" * 100_000, ["nested too deeply"]),
    "half a character": ('{"note": "\\ud800"}', ["half a character, '\\ud800'"]),
    "malformed JSON": ('{"present": [', ["line 1", "not valid JSON"]),
    "not an object": ("[]", ["must be an object"]),
    "text instead of a list": ('{"present": "fever"}', ["present must be a list"]),
    "number instead of a word": ('{"present": [3]}', ["contains 3"]),
    "repeated word": ('{"present": ["fever", "fever"]}', ["'fever' twice"]),
    "study without name": ('{"performed": [{"present": []}]}', ["needs a procedure"]),
    "unknown key of a study": ('{"performed": [{"procedure": "mri", "result": []}]}', ["unknown key 'result'"]),
    "order not a word": ('{"order": 3}', ["order must be"]),
    "empty file": ("", ["not valid JSON"]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_case(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, expected = CASES[name]
    path = tmp_path / "case.json"
    path.write_text(text, encoding="utf-8")
    assert main(["recommend", str(path)]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1, "one sentence on one line"
    assert len(complaint) < 500, "what was given is not printed at any length"
    for part in expected:
        assert part in complaint


REFUSED = {
    "a number out of its range": ('{"present": ["thoracic-back-pain"], "measured": {"age": 6500}}', "'age' is 6500"),
    "a contradiction": ('{"present": ["thoracic-back-pain", "child"], "measured": {"age": 40}}', "contradicts itself"),
}
VERBS = {
    "recommend": (),
    "why a scenario": ("fracture-risk",),
    "why a study": ("radiography-thoracic-spine",),
    "why --against": ("radiography-thoracic-spine", "--against", "ct-thoracic-spine-without-contrast"),
    "check-order": ("radiography-thoracic-spine",),
    "pathway": (),
    "what-to-ask": (),
    "capsule": (),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", REFUSED)
def test_every_verb_refuses_the_same_cases(
    name: str, verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, expected = REFUSED[name]
    path = tmp_path / "case.json"
    path.write_text(text, encoding="utf-8")
    assert main([verb.split()[0], str(path), *VERBS[verb]]) == 2
    said = capsys.readouterr()
    assert said.out == "" and expected in said.err
    assert said.err.count("\n") == 1, "one sentence on one line"


def test_many_words_take_no_more_than_their_time() -> None:
    """Sixty thousand words took minutes where each was looked for among all."""
    words = [f"word-{number}" for number in range(60_000)]
    measured = dict.fromkeys(words, 1)
    start = time.perf_counter()
    case = kg.Case.from_json(json.dumps({"present": words, "measured": measured}))
    assert time.perf_counter() - start < 2
    assert (len(case.present), len(case.measured)) == (60_000, 60_000)


ABOUT_A_CASE = {
    "recommend": ["recommend", "CASE"],
    "as Turtle": ["recommend", "CASE", "--format", "turtle"],
    "why": ["why", "CASE", "fracture-risk"],
    "contrast": ["why", "CASE", "mri-thoracic-spine-without-contrast", "--against", "radiography-thoracic-spine"],
    "check-order": ["check-order", "CASE", "mri-thoracic-spine-without-contrast"],
    "pathway": ["pathway", "CASE"],
    "capsule": ["capsule", "CASE"],
    "what-to-ask": ["what-to-ask", "CASE"],
    "what-if before": ["what-if", "CASE", "GOOD"],
    "what-if after": ["what-if", "GOOD", "CASE"],
    "ask": ["ask", "why", "--case", "CASE"],
}


@pytest.mark.parametrize("verb", ABOUT_A_CASE)
@pytest.mark.parametrize("fault", ["unknown finding", "negative age", "contradiction by the hierarchy"])
def test_the_file_of_a_wrong_case_is_named(
    verb: str, fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"CASE": str(tmp_path / "wrong.json"), "GOOD": str(tmp_path / "good.json")}
    Path(names["CASE"]).write_text(CASES[fault][0], encoding="utf-8")
    Path(names["GOOD"]).write_text(GOOD, encoding="utf-8")
    status = main([names.get(word, word) for word in ABOUT_A_CASE[verb]])
    complaint = capsys.readouterr().err
    assert status == 2
    assert complaint.startswith(f"nextstudy: {names['CASE']}: ")
    assert complaint.count("wrong.json") == 1


def test_a_wrong_word_of_the_command_is_not_of_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.json"
    path.write_text(GOOD, encoding="utf-8")
    assert main(["check-order", str(path), "qqqqqqqq"]) == 2
    assert capsys.readouterr().err == (
        "nextstudy: 'qqqqqqqq' is not a procedure of this vocabulary; "
        "`nextstudy find WORD --kind Procedure` searches the vocabulary\n"
    )
    assert main(["ask", "ratings-of-topic", "--topic", "qqqqqqqq"]) == 2
    assert "there are 'low-back-pain', 'myelopathy'" in capsys.readouterr().err


LONG = "x" * 1_000_000
UNPRINTABLE = "evil\\u001b[31m\\r\\u202e"


@pytest.mark.parametrize("word", [LONG, UNPRINTABLE], ids=["long", "unprintable"])
@pytest.mark.parametrize(
    "text",
    [
        '{"present": ["WORD"]}',
        '{"order": "WORD"}',
        '{"present": ["WORD", "WORD"]}',
        '{"present": ["WORD"], "absent": ["WORD"]}',
        '{"WORD": 1}',
        '{"WORD": 1, "WORD": 2}',
        '{"measured": {"WORD": 1}}',
        '{"measured": {"WORD": "WORD"}}',
        '{"measured": {"age": ["WORD"]}}',
        '{"performed": [{"procedure": "WORD", "present": ["fever"], "absent": ["fever"]}]}',
    ],
)
def test_a_word_is_shown_short_and_printable(
    text: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "case.json"
    path.write_text(text.replace("WORD", word), encoding="utf-8")
    start = time.perf_counter()
    assert main(["recommend", str(path)]) == 2
    assert time.perf_counter() - start < 5
    complaint = capsys.readouterr().err.removesuffix("\n")
    assert complaint.isprintable()
    assert len(complaint) < 700
    assert "xxxx" in complaint or "evil\\x1b" in complaint


@pytest.mark.parametrize("depth", [0, 5, -1, "4", None])
def test_a_depth_that_there_is_not(depth: Any, guide: kg.Guide) -> None:
    with pytest.raises(ParameterError, match=r"depth is .*; give a whole number from 1 to 4"):
        guide.pathway(kg.Case(present=["fever"]), depth)


def test_a_note_that_is_no_text() -> None:
    with pytest.raises(CaseError, match="note must be text"):
        kg.Case(note=5)  # type: ignore[arg-type]
    with pytest.raises(CaseError, match=r"a\.json: note must be text"):
        kg.Case.from_dict({"note": 5}, "a.json")


@pytest.mark.parametrize("kind", ["Foo", ""])
def test_a_kind_of_term_that_there_is_not(kind: str, guide: kg.Guide) -> None:
    with pytest.raises(ParameterError, match=f"'{kind}' is not a kind of term"):
        guide.find("fever", kind)


def test_a_missing_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "nowhere.json"]) == 2
    assert "nowhere.json: cannot be read (No such file" in capsys.readouterr().err


def test_a_folder_instead_of_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_bytes_that_are_not_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.json"
    path.write_bytes(b"\xff\xfe\x00")
    assert main(["recommend", str(path)]) == 2
    assert "not UTF-8" in capsys.readouterr().err


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert main(["recommend", str(path)]) == 0


def test_a_child_is_an_answer_not_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.json"
    path.write_text('{"present": ["thoracic-back-pain"], "measured": {"age": 9}}', encoding="utf-8")
    assert main(["recommend", str(path)]) == 0
    assert capsys.readouterr().out.startswith("NO CRITERIA APPLY")


# ---------------------------------------------------------------- content folders


def copy_of_the_ontology(tmp_path: Path) -> Path:
    return copied(tmp_path / "ontology")


def complaint_about(content: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    case = tmp_path / "case.json"
    case.write_text(GOOD, encoding="utf-8")
    assert main(["recommend", str(case), "--content", str(content)]) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    return complaint


def test_a_missing_content_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no such folder" in complaint_about(tmp_path / "none", tmp_path, capsys)


def test_a_graph_of_a_folder() -> None:
    for content in (None, shipped("ontology")):
        with pytest.raises(kg.KgError, match="graph names a graph of an endpoint; leave it out"):
            kg.load(content, graph="https://example.org/graph")


def test_a_folder_without_prefixes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert "has no prefixes.ttl" in complaint_about(tmp_path / "empty", tmp_path, capsys)


def test_an_unreadable_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = copy_of_the_ontology(tmp_path)
    broken = content / "vocabulary" / "findings" / "history.ttl"
    broken.unlink()
    broken.symlink_to(tmp_path / "gone")
    assert "history.ttl: cannot be read" in complaint_about(content, tmp_path, capsys)


def test_an_undeclared_prefix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = copy_of_the_ontology(tmp_path)
    extra = content / "vocabulary" / "extra.ttl"
    extra.write_text("\n\nfinding:cough a foo:Bar .\n", encoding="utf-8")
    complaint = complaint_about(content, tmp_path, capsys)
    assert "extra.ttl, line 3" in complaint
    assert "prefix" in complaint.lower()


def test_a_prefix_that_means_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = copy_of_the_ontology(tmp_path)
    extra = content / "vocabulary" / "extra.ttl"
    extra.write_text("@prefix finding: <https://example.org/> .\nfinding:cough a finding:Bar .\n", encoding="utf-8")
    assert "the prefix 'finding:' is <https://example.org/> here" in complaint_about(content, tmp_path, capsys)


def test_a_term_that_nobody_declares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = copy_of_the_ontology(tmp_path)
    topic = content / "topics" / "thoracic-back-pain" / "scenarios.ttl"
    text = topic.read_text(encoding="utf-8").replace("finding:acute-pain", "finding:acute-pane")
    topic.write_text(text, encoding="utf-8")
    complaint = complaint_about(content, tmp_path, capsys)
    assert "scenarios.ttl, line " in complaint
    assert "did you mean 'finding:acute-pain'" in complaint


def test_two_nodes_of_one_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = copy_of_the_ontology(tmp_path)
    topic = content / "topics" / "thoracic-back-pain" / "scenarios.ttl"
    text = topic.read_text(encoding="utf-8").replace('ns:slug "acute" ', 'ns:slug "adult" ', 1)
    topic.write_text(text, encoding="utf-8")
    assert "has ns:criterion twice for 'adult'; keep one" in complaint_about(content, tmp_path, capsys)


@pytest.mark.parametrize("word", ["dcterms:title", "owl:versionInfo", "dcterms:rights"])
def test_a_topic_that_does_not_say_what_it_is(word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = copy_of_the_ontology(tmp_path)
    topic = content / "topics" / "thoracic-back-pain" / "topic.ttl"
    text = topic.read_text(encoding="utf-8")
    assert word in text
    topic.write_text(text.replace(word, "rdfs:comment", 1), encoding="utf-8")
    case = tmp_path / "case.json"
    case.write_text('{"present": ["thoracic-back-pain"]}', encoding="utf-8")
    assert main(["recommend", str(case), "--content", str(content)]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("NOT ANSWERED  the topic 'thoracic-back-pain' is unfinished")
    assert f"topic.ttl, line 16: topic:thoracic-back-pain has no {word}; correct" in said.err


@pytest.mark.parametrize("text", ["", "@prefix finding: <https://w3id.org/nextstudy/finding/> .\n"])
def test_a_topic_file_without_a_topic(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = copy_of_the_ontology(tmp_path)
    (content / "topics" / "knee-pain.ttl").write_text(text, encoding="utf-8")
    assert "knee-pain.ttl: describes no topic; declare one" in complaint_about(content, tmp_path, capsys)
    assert main(["check", "--no-reasoner", "--content", str(content)]) == 2
    assert "knee-pain.ttl: describes no topic" in capsys.readouterr().err


def test_a_copied_topic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = copy_of_the_ontology(tmp_path)
    topics = content / "topics"
    shutil.copytree(topics / "low-back-pain", topics / "low-back-pain-copy")
    complaint = complaint_about(content, tmp_path, capsys)
    assert "low-back-pain-copy: describes the topic 'low-back-pain', as " in complaint
    assert "low-back-pain does; keep one" in complaint


@pytest.mark.parametrize(
    "place",
    ["", "topics", "shapes", "mappings", "topics/low-back-pain", "topics/low-back-pain/rules.ttl", "prefixes.ttl"],
)
def test_what_may_not_be_read(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests may run as root, who may read everything: so the refusal of the system is acted."""
    content = copy_of_the_ontology(tmp_path)
    refused, scandir, read_bytes = content / place, os.scandir, Path.read_bytes
    denied = PermissionError(errno.EACCES, "Permission denied", str(refused))

    def listed(path: str) -> Any:
        if str(path) == str(refused):
            raise denied
        return scandir(path)

    def read(path: Path) -> bytes:
        if path == refused:
            raise denied
        return read_bytes(path)

    monkeypatch.setattr(os, "scandir", listed)
    monkeypatch.setattr(Path, "read_bytes", read)
    assert f"{refused}: cannot be read (Permission denied); " in complaint_about(content, tmp_path, capsys)


def test_a_content_folder_that_may_not_be_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = tmp_path / ("long" * 100) / "ontology"  # the system refuses to look for it, as for one without permission
    assert "cannot be read (File name too long); check" in complaint_about(content, tmp_path, capsys)
    assert main(["diff", str(content), str(content)]) == 2
    assert "cannot be read (File name too long); name" in capsys.readouterr().err


@pytest.mark.parametrize(("kind", "reason"), [("folder", "Is a directory"), ("link", "No such file or directory")])
def test_what_is_no_file(kind: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = copy_of_the_ontology(tmp_path)
    odd = content / "vocabulary" / "odd.ttl"
    odd.mkdir() if kind == "folder" else odd.symlink_to(tmp_path / "gone")
    assert f"odd.ttl: cannot be read ({reason}); check the file" in complaint_about(content, tmp_path, capsys)


def test_a_comment_that_is_not_utf_8(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Turtle lets it pass; so must whoever looks for a line."""
    content = copy_of_the_ontology(tmp_path)
    topic = content / "topics" / "low-back-pain" / "topic.ttl"
    topic.write_bytes("# Röntgen\n".encode("latin-1") + topic.read_bytes())
    assert main(["where", "fever", "--content", str(content)]) == 0
    assert "history.ttl:" in capsys.readouterr().out
    assert main(["where", "topic/low-back-pain", "--content", str(content)]) == 0
    assert "topic.ttl:" in capsys.readouterr().out
    assert main(["check", "--no-reasoner", "--content", str(content)]) == 0
    topic = topic.with_name("scenarios.ttl")
    topic.write_bytes(topic.read_bytes().replace(b"finding:acute-pain", b"finding:acute-pane"))
    assert "did you mean 'finding:acute-pain'" in complaint_about(content, tmp_path, capsys)


def test_a_folder_that_goes_while_it_is_searched(tmp_path: Path) -> None:
    content = copy_of_the_ontology(tmp_path)
    guide = kg.load(content)
    shutil.rmtree(content)
    with pytest.raises(ContentError, match="there is no such folder"):
        guide.where("fever")


def test_the_topics_can_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = copy_of_the_ontology(tmp_path)
    shutil.rmtree(content / "topics")
    case = tmp_path / "case.json"
    case.write_text(GOOD, encoding="utf-8")
    assert main(["recommend", str(case), "--content", str(content)]) == 0
    assert "NO CRITERIA APPLY" in capsys.readouterr().out
