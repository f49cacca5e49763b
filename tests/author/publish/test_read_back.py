"""A file counts as written once another library has read the same triples from it; what it cannot hold is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, Triple, parse

import kg
from kg.author.publish import build as building
from kg.author.publish.build import FORMATS, Format, build, format_of, triples
from kg.author.publish.read_back import refuse_unless_read_back
from kg.command.verbs import main
from kg.errors import OutputError
from kg.knowledge.content.content import Content
from kg.knowledge.sparql.iris import VOCABULARY
from tests.conftest import copied

FEVER = NamedNode("https://w3id.org/nextstudy/finding/fever")
NOTE = "http://www.w3.org/2004/02/skos/core#note"
SUFFIXES: dict[Format, str] = {"turtle": "ttl", "ntriples": "nt", "jsonld": "jsonld", "rdfxml": "owl"}
NAMELESS = (
    "http://snomed.info/id/1295448001",
    "https://example.org/field/2024",
    "https://example.org/ends/",
    "https://example.org/ends#",
    "https://example.org/(a)",
    "https://example.org/a%20",
    "urn:1-2",
    "https://example.org/xmlns",
)


@pytest.fixture(scope="module")
def words(levels: kg.Guide) -> Content:
    """The findings alone, which are written in a moment."""
    alone = levels.core.content.part(frozenset())
    findings = [t for t in alone.graphs[VOCABULARY] if "/finding/" in str(t.subject)]
    return replace(alone, graphs={VOCABULARY: tuple(findings)}, derived=())


def with_annotation(content: Content, predicate: str, value: str) -> Content:
    said = Quad(FEVER, NamedNode(predicate), Literal(value))
    graphs = {**content.graphs, VOCABULARY: (*content.graphs[VOCABULARY], said)}
    return replace(content, graphs=graphs)


@pytest.mark.parametrize("predicate", NAMELESS)
def test_a_predicate_that_xml_cannot_name_is_refused_by_name(words: Content, predicate: str) -> None:
    content = with_annotation(words, predicate, "x")
    with pytest.raises(OutputError) as refusal:
        build(content, "rdfxml")
    sentence = str(refusal.value)
    assert f"RDF/XML cannot write the predicate <{predicate}>" in sentence
    assert "history.ttl, line " in sentence
    assert sentence.endswith("; correct it there, or write .ttl, .nt or .jsonld instead")


@pytest.mark.parametrize("sign", ["\u0000", "\u0007", "\u001b", "\ufffe", "\uffff"])
def test_a_character_that_xml_forbids_is_refused_by_name(words: Content, sign: str) -> None:
    with pytest.raises(OutputError, match=f"cannot write the character U\\+{ord(sign):04X} in the value of <{NOTE}>"):
        build(with_annotation(words, NOTE, f"a{sign}b"), "rdfxml")


@pytest.mark.parametrize("format", FORMATS)
def test_whatever_can_be_written_is_read_alike_by_both_libraries(words: Content, format: Format) -> None:
    value = " a\tb\rc\r\nd\u0085\u2028<&>\"']]>\\/é\U0001f600 "
    content = with_annotation(words, "https://example.org/2024x", value)
    text = build(content, format)
    names = {"turtle": "turtle", "ntriples": "nt", "jsonld": "json-ld", "rdfxml": "xml"}
    graph = rdflib.Graph().parse(data=text.encode(), format=names[format])
    assert graph.value(rdflib.URIRef(FEVER.value), rdflib.URIRef("https://example.org/2024x")) == rdflib.Literal(value)
    assert {q.triple for q in parse(text, FORMATS[format])} == set(triples(content))


@pytest.mark.parametrize("format", ["turtle", "ntriples", "jsonld"])
def test_what_one_format_cannot_hold_another_can(words: Content, format: Format) -> None:
    content = with_annotation(with_annotation(words, NAMELESS[0], "x"), NOTE, "a\u0007b")
    assert {q.triple for q in parse(build(content, format), FORMATS[format])} == set(triples(content))


@pytest.mark.parametrize("format", FORMATS)
def test_a_writer_that_loses_or_changes_something_is_noticed(
    words: Content, format: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = building._written

    def one_less(every: tuple[Triple, ...], *others: object) -> str:
        return written(every[1:], *others)  # type: ignore[arg-type]

    monkeypatch.setattr(building, "_written", one_less)
    with pytest.raises(OutputError, match=f"as {format} the file would say otherwise: .*; choose another format"):
        build(words, format)
    monkeypatch.setattr(building, "_written", lambda *_: "<unfinished")
    with pytest.raises(OutputError, match=f"as {format} the file could not be read back .*; choose another format"):
        build(words, format)


def test_numbers_and_languages_are_compared_by_what_they_say(caplog: pytest.LogCaptureFixture) -> None:
    number = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
    for value in (Literal("01", datatype=number), Literal("none", datatype=number), Literal("a", language="en-US")):
        stated = Triple(FEVER, NamedNode(NOTE), value)
        refuse_unless_read_back(f"{stated} .", "ntriples", [stated])
    assert not caplog.records, "no traceback of another library"


def test_a_refused_file_is_not_begun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copied(tmp_path / "ontology")
    file = folder / "vocabulary" / "findings" / "history.ttl"
    added = f'\nfinding:fever <{NAMELESS[0]}> "annotated" .\n'
    file.write_text(file.read_text(encoding="utf-8") + added, encoding="utf-8")
    line = len(file.read_text(encoding="utf-8").splitlines())
    output = tmp_path / "x.owl"
    assert main(["build", "--content", str(folder), "-o", str(output)]) == 2
    assert capsys.readouterr().err.startswith(f"nextstudy: {file}, line {line}: RDF/XML cannot write the predicate")
    assert not output.exists()
    assert main(["build", "--content", str(folder), "-o", str(tmp_path / "x.ttl")]) == 0
    assert format_of("x.ttl") == "turtle"
