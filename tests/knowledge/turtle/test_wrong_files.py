"""Files that cannot be taken in as they are: each refused with one sentence, its line and the cure."""

from __future__ import annotations

import os
import shutil
from codecs import BOM_UTF8
from pathlib import Path

import pytest
import rdflib
from rdflib import namespace

from kg.errors import ContentError
from kg.knowledge.content.content import read
from kg.knowledge.sparql.resources import shipped
from kg.knowledge.turtle.names import known_names
from tests.conftest import ROOT

ACHE = ROOT / "docs" / "how-to" / "example-ache" / "example-ache.ttl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What topics share, without topics."""
    place = tmp_path / "ontology"
    shutil.copytree(shipped("ontology"), place, ignore=shutil.ignore_patterns("topics"))
    (place / "topics").mkdir()
    return place


def refusal(folder: Path) -> str:
    with pytest.raises(ContentError) as refused:
        read(folder)
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert "; " in sentence
    return sentence


def with_line(folder: Path, line: str, ending: str = "ttl") -> int:
    """Lay the made-up topic down with one more line; the number of that line."""
    text = ACHE.read_text(encoding="utf-8").rstrip("\n")
    (folder / "topics" / f"example-ache.{ending}").write_text(f"{text}\n{line}\n", encoding="utf-8", newline="\n")
    return len(text.split("\n")) + 1


@pytest.mark.parametrize(
    ("line", "wrong", "right"),
    [
        ('<more> a ns:Warning ; rdfs:lable "x"@en .', "rdfs:lable", "rdfs:label"),
        ('<more> a ns:Warning ; rdfs:Label "x"@en .', "rdfs:Label", "rdfs:label"),
        ("<more> a owl:class .", "owl:class", "owl:Class"),
        ('<more> a ns:Warning ; skos:defintion "x"@en .', "skos:defintion", "skos:definition"),
        ('<more> a ns:Source ; dcterms:isued "2026"^^xsd:gYear .', "dcterms:isued", "dcterms:issued"),
        ("<more> a ns:Warning ; prov:wasDerivedfrom <statement/variant-1> .", "prov:wasDerivedfrom", "wasDerivedFrom"),
        ("<more> a ns:Statement ; oa:hasSorce source:example-guideline .", "oa:hasSorce", "oa:hasSource"),
        ('<more> a ns:Warning ; skos:notation "5"^^xsd:decimel .', "xsd:decimel", "xsd:decimal"),
        ("owl:Klass a owl:AnnotationProperty .", "owl:Klass", "owl:Class"),
        ("<more> a ns:Scenaro .", "ns:Scenaro", "ns:Scenario"),
        (
            '<with-warning-sgn> ns:topic topic:example-ache ; rdfs:label "x"@en .',
            "with-warning-sgn",
            "with-warning-sign",
        ),
    ],
)
def test_a_misspelt_name_is_refused_with_its_line_and_the_nearest(
    folder: Path, line: str, wrong: str, right: str
) -> None:
    number = with_line(folder, line)
    sentence = refusal(folder)
    assert f"example-ache.ttl, line {number}:" in sentence
    assert wrong in sentence
    assert right in sentence.partition("did you mean")[2]


def test_every_name_that_is_known_is_one_of_its_vocabulary() -> None:
    for space in (namespace.RDF, namespace.RDFS, namespace.OWL, namespace.SKOS, namespace.DCTERMS, namespace.PROV):
        known = known_names()[str(space)]
        assert known
        for name in known:
            assert rdflib.URIRef(f"{space}{name}") in space


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('<more> a ns:Warning ; rdfs:label "pain\u202egnikcolb"@en .', "U+202E"),
        ('<more> a ns:Warning ; rdfs:label "pain\x1b[31m"@en .', "U+001B"),
        ('<more> a ns:Warning ; rdfs:label "pain\\u001B[31m"@en .', "U+001B"),
        ('<more> a ns:Warning ; rdfs:label "pain\\u202e"@en .', "U+202E"),
        ('<more> a ns:Warning ; rdfs:label "pain\\b"@en .', "U+0008"),
        ('<more> a ns:Warning ; rdfs:label "pain\u200b"@en .', "U+200B"),
        ('<more> a ns:Warning ; rdfs:label "pain\\uFFFF"@en .', "U+FFFF"),
        ("# a remark \u2066 turned round", "U+2066"),
        ('<more> a ns:Warning ; rdfs:label "pain\x85"@en .', "U+0085"),
    ],
)
def test_a_sign_that_nobody_sees_is_refused(folder: Path, line: str, code: str) -> None:
    number = with_line(folder, line)
    assert refusal(folder).startswith(f"{folder}/topics/example-ache.ttl, line {number}: holds {code} (")


def test_letters_of_other_scripts_and_joiners_are_welcome(folder: Path) -> None:
    with_line(
        folder,
        '<statement/more> a ns:Statement ; rdfs:label "Rücken \u05d2\u05d1 \u0645\u06cc\u200c\u062e ☢ 1\u00a0mm"@en .',
    )
    assert len(read(folder).topics) == 1


WRONG_VALUES = [
    *(
        ("18,5", "decimal"),
        ("18.5000000000000000001", "decimal"),
        ("1000000000000000", "decimal"),
        (" 18.5", "decimal"),
    ),
    *(
        ("x", "integer"),
        ("99999999999999999999", "integer"),
        ("300", "byte"),
        ("-5", "unsignedInt"),
        ("0", "negativeInteger"),
    ),
    *(
        ("2024-13-01", "date"),
        ("2023-02-29", "date"),
        ("2024-11-01", "dateTime"),
        ("24:30:00", "time"),
        ("24", "gYear"),
    ),
    *(("2024", "gYearMonth"), ("11", "gMonth"), ("P", "duration"), ("P1H", "duration"), ("P1D", "yearMonthDuration")),
    *(("2024-11-01T09:30:00", "dateTimeStamp"), ("TRUE", "boolean"), ("1,5", "double"), ("abc", "hexBinary")),
    *(("a!", "base64Binary"), ("english language", "language")),
]
RIGHT_VALUES = [
    *(
        ("18.500000000000000000000", "decimal"),
        ("-.5", "decimal"),
        ("+18", "integer"),
        ("-128", "byte"),
        ("-0", "nonNegativeInteger"),
    ),
    *(
        ("2024-02-29", "date"),
        ("2024-11-01+14:00", "date"),
        ("24:00:00", "time"),
        ("-0044", "gYear"),
        ("--11", "gMonth"),
    ),
    *(
        ("P1Y2M3DT4H5M6.7S", "duration"),
        ("PT36H", "dayTimeDuration"),
        ("1e9", "double"),
        ("NaN", "float"),
        ("", "hexBinary"),
    ),
    *(("D7c=", "base64Binary"), ("de-AT", "language"), ("18,5", "string")),
]


@pytest.mark.parametrize(("value", "name"), WRONG_VALUES)
def test_a_value_that_its_datatype_does_not_have_is_refused(folder: Path, value: str, name: str) -> None:
    number = with_line(folder, f'<statement/more> a ns:Statement ; skos:note "{value}"^^xsd:{name} .')
    sentence = refusal(folder)
    assert f"example-ache.ttl, line {number}: '{value}' is " in sentence
    assert "; write a " in sentence


def test_every_other_value_is_taken(folder: Path) -> None:
    values = " , ".join(f'"{value}"^^xsd:{name}' for value, name in RIGHT_VALUES)
    with_line(folder, f'<statement/more> a ns:Statement ; rdfs:label "x"@en ; skos:note {values} .')
    assert len(read(folder).topics) == 1


def test_a_limit_that_no_engine_compares_is_refused(folder: Path) -> None:
    number = with_line(folder, "<statement/more> a ns:Statement ; skos:note 18.5000000000000000000000001 .")
    assert f"line {number}: '18.5000000000000000000000001' is too large or too fine to be compared" in refusal(folder)


ENDINGS = ("owl", "rdf", "nt", "nq", "trig", "jsonld", "json", "n3", "turtle", "ttl.txt", "ttl.bak", "ttl.gz", "ach")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("place", ["topics", "vocabulary", "spine", "topics/example-ache"])
def test_a_file_with_another_ending_is_refused_by_name(folder: Path, ending: str, place: str) -> None:
    (folder / place).mkdir(exist_ok=True)
    (folder / place / f"example-ache.{ending}").write_bytes(ACHE.read_bytes())
    assert f"{place}/example-ache.{ending}: is not read" in refusal(folder)


def test_an_ending_in_capitals_is_read(folder: Path) -> None:
    with_line(folder, "", "TTL")
    assert len(read(folder).topics) == 1


BESIDE = ("README", "README.md", ".example-ache.ttl.swp", "example-ache.ttl~", "table.csv", "._example-ache.ttl")


@pytest.mark.parametrize("name", BESIDE)
def test_what_lies_beside_content_is_left_alone(folder: Path, name: str) -> None:
    (folder / "topics" / name).write_text("text", encoding="utf-8")
    assert not read(folder).topics


def test_the_lock_of_an_editor_is_left_alone(folder: Path) -> None:
    (folder / "topics" / ".#example-ache.ttl").symlink_to("somebody@a-machine.123")
    assert not read(folder).topics


@pytest.mark.parametrize("place", ["topics", "vocabulary"])
def test_a_link_to_a_folder_is_refused_by_name(folder: Path, place: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "topic.ttl").write_bytes(ACHE.read_bytes())
    (folder / place / "example-ache").symlink_to(tmp_path / "elsewhere")
    assert refusal(folder).startswith(f"{folder}/{place}/example-ache: is not read, because it is a link to a folder")


def test_a_backup_of_what_is_read_is_left_alone(folder: Path) -> None:
    with_line(folder, "")
    with_line(folder, "", "ttl.2021")
    assert len(read(folder).topics) == 1


def test_a_byte_order_mark_is_read(folder: Path) -> None:
    (folder / "topics" / "example-ache.ttl").write_bytes(BOM_UTF8 + ACHE.read_bytes())
    assert len(read(folder).topics) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_another_encoding_is_refused_by_name(folder: Path, encoding: str) -> None:
    text = ACHE.read_text(encoding="utf-8").replace("A made-up sign", "Ein Rückenzeichen")
    (folder / "topics" / "example-ache.ttl").write_text(text, encoding=encoding)
    assert f"is {'not UTF-8' if encoding == 'latin-1' else 'UTF-16'} text; save the file as UTF-8" in refusal(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused(folder: Path) -> None:
    os.mkfifo(folder / "topics" / "example-ache.ttl")
    assert "Is a pipe, which may never end" in refusal(folder)


@pytest.mark.parametrize("target", ["http://127.0.0.1:9/remote.owl", "file:///etc/hosts"])
def test_an_import_is_refused_by_name(folder: Path, target: str) -> None:
    number = with_line(folder, f"<https://w3id.org/nextstudy/ontology> owl:imports <{target}> .")
    sentence = refusal(folder)
    assert f"line {number}: imports <{target}>; nothing is fetched" in sentence
