"""Files from outside are bounded: what never ends, is no file, is too large or nests without end is refused by name."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import kg
from kg import documents
from kg.author.editions import load_edition
from kg.command.verbs import main
from kg.documents import refuse_deep_json, refuse_deep_turtle, refuse_deep_xml
from kg.errors import CaseError, ContentError, KgError
from kg.knowledge.content import cache
from kg.knowledge.content.codes import read_mappings
from kg.knowledge.content.content import read
from kg.knowledge.sparql.resources import shipped
from kg.patient.evidence.capsule import CapsuleError
from kg.patient.evidence.recheck import read_capsule
from tests.conftest import copied


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # an address of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


SPECIAL: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder": (Path.mkdir, r"cannot be read \(Is a directory"),
    "a pipe": (os.mkfifo, r"cannot be read \(Is a pipe"),
    "a socket": (_socket, r"cannot be read \(Is a socket"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), r"cannot be read \(Is a device"),
    "nothing": (lambda path: path.symlink_to("/nowhere"), "cannot be read"),
}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return copied(tmp_path / "ontology")


@pytest.fixture(params=SPECIAL)
def special(request: pytest.FixtureRequest) -> tuple[Callable[[Path], object], str]:
    return SPECIAL[request.param]


@pytest.mark.parametrize("place", ["topics/pipe.ttl", "vocabulary/pipe.ttl", "shapes/pipe.ttl"])
def test_what_is_no_file_in_a_content_folder(
    content: Path, special: tuple[Callable[[Path], object], str], place: str
) -> None:
    make, said = special
    make(content / place)
    for opened in (read, cache.opened_content, kg.load):
        with pytest.raises(ContentError, match=f"pipe.ttl: {said}"):
            opened(content)


def test_what_is_no_mapping_file(content: Path, special: tuple[Callable[[Path], object], str]) -> None:
    make, said = special
    make(content / "mappings" / "more.sssom.tsv")
    with pytest.raises(ContentError, match=f"more.sssom.tsv: {said}"):
        read_mappings(content)


def test_what_is_no_case_and_no_capsule(
    tmp_path: Path, special: tuple[Callable[[Path], object], str], capsys: pytest.CaptureFixture[str]
) -> None:
    make, said = special
    make(tmp_path / "one.json")
    with pytest.raises(CaseError, match=f"one.json: {said}"):
        kg.Case.read(tmp_path / "one.json")
    with pytest.raises(CapsuleError, match=f"one.json: {said}"):
        read_capsule(tmp_path / "one.json")
    for verb in (["recommend"], ["recheck"], ["import-ratings", "--topic", "some-topic"]):
        assert main([verb[0], str(tmp_path / "one.json"), *verb[1:]]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_what_a_shell_pipes_in_is_read() -> None:
    case = '{"present": ["thoracic-back-pain"]}'
    words = [sys.executable, "-m", "kg.command.verbs", "recommend", "/dev/stdin"]
    done = subprocess.run(words, input=case, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")


class _Endless(io.RawIOBase):
    """A stream that never ends, and counts what was taken."""

    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self.taken += len(buffer)
        return len(buffer)


def test_standard_input_is_bounded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    endless = _Endless()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(endless)))
    assert main(["recommend", "-"]) == 2
    assert "standard input: has more than 16 MB" in capsys.readouterr().err
    assert endless.taken < 64 << 20


def test_large_files_are_refused(tmp_path: Path, content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "case.json").open("wb") as file:
        file.truncate(documents.LARGEST + 1)
    with pytest.raises(CaseError, match="has more than 16 MB"):
        kg.Case.read(tmp_path / "case.json")
    with (content / "topics" / "large.ttl").open("wb") as file:
        file.truncate(documents.LARGEST_RDF + 1)
    with pytest.raises(ContentError, match=r"large.ttl: has more than 256 MB"):
        read(content)


def test_a_text_too_long_for_the_parser(content: Path) -> None:
    (content / "topics" / "long.ttl").write_text(f'<a:s> <a:p> "{"a" * (17 << 20)}" .', encoding="utf-8")
    with pytest.raises(ContentError, match=r"long.ttl: contains a text of more than 16 MB"):
        read(content)


NESTED = {
    "nodes": ("[ <a:p> ", "1", " ]"),
    "collections": ("( ", "1", " )"),
    "triple terms": ("<<( <a:a> <a:b> ", "1", " )>>"),
    "reified triples": ("<< <a:a> <a:b> ", "1", " >>"),
    "annotations": ("1 {| <a:b> ", "1", " |}"),
    "unclosed": ("[ <a:p> ", "", ""),
}


@pytest.mark.parametrize("shape", NESTED)
@pytest.mark.parametrize("place", ["topics/deep.ttl", "vocabulary/deep.ttl", "shapes/deep.ttl", "prefixes.ttl"])
def test_deep_turtle_is_refused(content: Path, shape: str, place: str) -> None:
    opens, within, closes = NESTED[shape]
    with (content / place).open("a", encoding="utf-8") as file:
        file.write(f"\n<a:s> <a:p> {opens * 200_000}{within}{closes * 200_000} .\n")
    with pytest.raises(ContentError, match=r"\.ttl, line \d+: nested too deeply, .*; give inner nodes a name"):
        read(content)


def test_nodes_that_stand_in_a_circle_or_in_a_long_row(content: Path) -> None:
    start = "@prefix ns: <https://w3id.org/nextstudy/ontology#> .\n"
    row = "".join(f"_:n{number} ns:criterion _:n{number + 1} .\n" for number in range(20_000))
    for text in (row, "_:a ns:criterion _:b . _:b ns:criterion _:a .\n"):
        (content / "vocabulary" / "row.ttl").write_text(start + text, encoding="utf-8")
        with pytest.raises(ContentError, match=r"row.ttl: .*(circle or very deeply|has no)"):
            read(content)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.nt", "<a:s> <a:p> " + "<<( <a:s> <a:p> " * 20_000 + '"1"' + " )>>" * 20_000 + " ."),
        ("deep.ttl", "<a:s> <a:p> " + "<<( <a:s> <a:p> " * 20_000 + '"1"' + " )>>" * 20_000 + " ."),
        ("deep.trig", "<a:g> {" + "<a:s> <a:p> " + "[ <a:p> " * 20_000 + "1" + " ]" * 20_000 + " }"),
        ("deep.jsonld", '{"a:p":' * 20_000 + "1" + "}" * 20_000),
        ("deep.rdf", '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' + "<r:Description>" * 20_000),
    ],
)
def test_a_deep_edition_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match="nested too deeply"):
        load_edition(tmp_path / name)


@pytest.mark.parametrize("text", ["[" * 51, "[" * 51 + "]" * 51, '{"note": ' * 60 + "1" + "}" * 60, '[{"a":' * 100_000])
def test_deep_json_is_refused(text: str) -> None:
    with pytest.raises(CaseError, match="nested too deeply"):
        kg.Case.from_json(text)


def _json_of_depth(depth: int) -> Iterator[str]:
    yield "[" * depth + "]" * depth
    yield '{"a":' * depth + "1" + "}" * depth
    yield '["]]]", ' * depth + "1" + "]" * depth
    yield r'["\"]\\", ' * depth + "1" + "]" * depth


def test_depth_of_json_is_counted_as_a_parser_does() -> None:
    for text in _json_of_depth(5):
        json.loads(text)
        refuse_deep_json(text.encode(), "it", KgError, 5)
        with pytest.raises(KgError):
            refuse_deep_json(text.encode(), "it", KgError, 4)
    refuse_deep_json(b'["' + b"[" * 1000 + b'"]', "it", KgError, 1)
    refuse_deep_json(b"[]" * 1000, "it", KgError, 1)


def test_depth_of_turtle_is_that_of_its_brackets_alone() -> None:
    flat = [
        b'<a> <b> \'\'\'((((\'\'\' , "((((" , """(("((""" . # ((((',
        b"<a((((> <b> 1 .",
        rb"a:b\(\(\(\( <b> '\'((((' .",
        b"<a> <b> [] , [] , () , ( 1 ) , [ <c> 1 ] .",
    ]
    for text in flat:
        refuse_deep_turtle(text, "it", KgError, 1)
    with pytest.raises(KgError, match="it, line 2"):
        refuse_deep_turtle(b"<a>\n<b> [ <c> ( 1 ) ] .", "it", KgError, 1)


def test_depth_of_xml() -> None:
    refuse_deep_xml(b"<a><b/><b/><b/></a>", "it", KgError, 2)
    refuse_deep_xml(b"no xml", "it", KgError)
    with pytest.raises(KgError, match="it, line 2"):
        refuse_deep_xml(b"<a>\n<b><c/></b></a>", "it", KgError, 2)


def test_the_shipped_files_pass() -> None:
    for path in shipped("ontology").rglob("*.ttl"):
        refuse_deep_turtle(path.read_bytes(), str(path), KgError, 10)
