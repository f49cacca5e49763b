"""An incomplete catalogue file is refused by name; every other question can still be asked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kg
from kg.errors import QueryError
from kg.knowledge.ask.catalogue import questions, read_question, refused
from kg.knowledge.sparql.queries import Query, stage
from tests.conftest import ROOT

WHOLE = """#+ summary: Which entries does a topic have?
#+ description: A finding that lets a case in.
#+ tags: [coverage]
#+ params: {topic: Topic}
#+ columns: entry, label

PREFIX ns: <https://w3id.org/nextstudy/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

SELECT ?entry ?label
WHERE {
  VALUES ?topic { <https://w3id.org/nextstudy/topic/thoracic-back-pain> }
  ?topic ns:entry ?entry .
  ?entry rdfs:label ?label .
}
ORDER BY ?entry
"""
TOPIC = "<https://w3id.org/nextstudy/topic/thoracic-back-pain>"
BROKEN = {
    "no summary": ("#+ summary: Which entries does a topic have?\n", "", "has no line '#+ summary'; write"),
    "empty summary": (": Which entries does a topic have?", ":", "has no line '#+ summary'; write"),
    "no tags": ("#+ tags: [coverage]\n", "", "has no line '#+ tags'; write"),
    "empty tags": ("[coverage]", "[]", "has no line '#+ tags'; write"),
    "no columns": ("#+ columns: entry, label\n", "", "has no line '#+ columns'; write '#+ columns: entry, label'"),
    "empty columns": ("#+ columns: entry, label", "#+ columns:", "has no line '#+ columns'; write"),
    "other columns": (
        "columns: entry, label",
        "columns: entry, name",
        "'#+ columns' that differs from its SELECT; write '#+ columns: entry, label'",
    ),
    "other order": ("columns: entry, label", "columns: label, entry", "that differs from its SELECT"),
    "more selected": ("SELECT ?entry ?label", "SELECT ?entry ?label ?topic", "write '#+ columns: entry, label, topic'"),
    "misspelt line": ("#+ columns", "#+ colums", "has the unknown line '#+ colums'; begin it with one of"),
    "no type": ("{topic: Topic}", "{topic}", "gives no type in '#+ params: topic'; write '#+ params: {name: type}'"),
    "unknown type": ("{topic: Topic}", "{topic: Topik}", "'topic' of the unknown type 'Topik'; write .* as 'Topic'"),
    "no slot": (f"  VALUES ?topic {{ {TOPIC} }}\n", "", "no example of the parameter 'topic'; write the line"),
    "slot of another form": ("  VALUES ?topic {", "  VALUES (?topic) {", "cannot be read at line 12"),
    "slot on a longer line": ("  VALUES ?topic", "  ?any a ns:Topic . VALUES ?topic", "no example of the parameter"),
    "example of another type": (TOPIC, '"thoracic"', "the example being a whole IRI in angle brackets"),
    "abbreviated example": (TOPIC, "ns:Topic", "the example being a whole IRI in angle brackets"),
    "several examples": (TOPIC, f"{TOPIC} {TOPIC}", "no example of the parameter 'topic'"),
    "text for a number": ("{topic: Topic}", "{topic: number}", "the example being a number"),
    "IRI for a text": ("{topic: Topic}", "{topic: string}", "the example being a text in double quotes"),
    "name of an option": ("{topic: Topic}", "{format: Topic}", "'format', which is an option of every question"),
    "no SPARQL": ("ORDER BY ?entry", "ORDER ?entry", "the query cannot be read at line 16, column"),
    "no SELECT": ("SELECT ?entry ?label\n", "CONSTRUCT { ?topic ns:entry ?entry }\n", "write a SELECT query instead"),
    "not UTF-8": ("A finding", "\udce9 finding", "is not UTF-8; save it as UTF-8"),
}  # fmt: skip


def test_the_shipped_catalogue_is_whole() -> None:
    assert refused() == ()
    assert read_question(Query("entries-of", WHOLE)).columns == ("entry", "label")


@pytest.mark.parametrize("kind", BROKEN)
def test_it_is_refused_in_one_sentence(kind: str) -> None:
    text, instead, said = BROKEN[kind]
    assert WHOLE.count(text) >= 1
    with pytest.raises(QueryError, match=said.replace("[", r"\[").replace("#+", r"#\+")) as refusal:
        read_question(Query("entries-of", WHOLE.replace(text, instead, 1)))
    sentence = str(refusal.value)
    assert sentence.startswith("queries/ask/entries-of.rq: ")
    assert "; " in sentence, "it says the cure"
    assert "\n" not in sentence


def test_a_broken_file_keeps_no_other_from_answering(monkeypatch: pytest.MonkeyPatch, guide: kg.Guide) -> None:
    names = [question.name for question in questions()]
    files = stage("ask")
    broken = [Query("entries-of", WHOLE.replace("#+ tags: [coverage]\n", "")), Query("empty", "")]
    monkeypatch.setattr("kg.knowledge.ask.catalogue.stage", lambda _: (*broken, *files))
    assert [question.name for question in questions()] == names
    assert [sentence.partition(": ")[0] for sentence in refused()] == [
        "queries/ask/entries-of.rq",
        "queries/ask/empty.rq",
    ]
    monkeypatch.setattr(
        "kg.knowledge.ask.catalogue.named", lambda _, name: {query.name: query for query in (*broken, *files)}[name]
    )
    assert guide.ask("topics").terms
    with pytest.raises(QueryError, match=r"entries-of\.rq: has no line '#\+ tags'"):
        guide.ask("entries-of", topic="thoracic-back-pain")


def test_the_command_names_it_and_goes_on(tmp_path: Path) -> None:
    for name in ("kg", "queries", "ontology", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path / "queries" / "ask"
    (folder / "entries-of.rq").write_text(WHOLE.replace("#+ columns: entry, label\n", ""), encoding="utf-8")
    (folder / "latin.rq").write_bytes(WHOLE.replace("A finding", "\u00e9").encode("latin-1"))
    (folder / "whole.rq").write_text(WHOLE, encoding="utf-8-sig")

    def said(*words: str) -> tuple[int, str, list[str]]:
        command = [sys.executable, "-m", "kg.command.verbs", "ask", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr.splitlines()

    code, listed, complaints = said()
    assert code == 0
    assert "whole --topic" in listed and "topics" in listed and "entries-of" not in listed
    assert complaints == [
        "nextstudy: queries/ask/entries-of.rq: has no line '#+ columns'; write '#+ columns: entry, label'",
        "nextstudy: queries/ask/latin.rq: is not UTF-8; save it as UTF-8",
    ]
    assert said("entries-of", "--topic", "thoracic-back-pain") == (2, "", complaints[:1])
    code, rows, complaints = said("whole", "--topic", "thoracic-back-pain", "--format", "csv")
    assert (code, complaints) == (0, [])
    assert rows.startswith("entry,label\n") and "thoracic-back-pain" in rows
