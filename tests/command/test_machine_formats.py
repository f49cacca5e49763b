"""What programs read is the same bytes whatever the console says; what people read fits the console."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import xml.dom.minidom
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

import kg
from kg.command.outputs import write_document
from tests.conftest import ROOT

CASE = str(ROOT / "examples" / "abnormal-radiograph.json")
CONSOLES = [
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "cp1252", "PYTHONUNBUFFERED": "1"},
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
]
MACHINE = [
    ("ask", "ratings", "--format", "csv"),
    ("ask", "ratings", "--format", "tsv"),
    ("ask", "ratings", "--format", "json"),
    ("pathway", CASE, "--format", "svg"),
    ("pathway", CASE, "--format", "json"),
    ("recommend", CASE, "--format", "json"),
    ("recommend", CASE, "--format", "turtle"),
    ("capsule", CASE),
    ("new-topic", "ache"),
]
ONE_SIGN = "\u2622"
"""The radiation symbol, which no code page of one byte has."""


def run(words: Sequence[str], console: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    environment = {**inherited, "PYTHONPATH": str(ROOT), **console}
    command = [sys.executable, "-m", "kg.command.verbs", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)


@cache
def usual(words: tuple[str, ...]) -> bytes:
    done = run(words, {"PYTHONIOENCODING": "utf-8"})
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


@pytest.mark.parametrize("words", MACHINE, ids=lambda words: "-".join((words[0], words[-1])))
def test_a_document_is_the_same_bytes_on_every_console(words: tuple[str, ...]) -> None:
    for console in CONSOLES if words in MACHINE[:3] else CONSOLES[:2]:
        done = run(words, console)
        assert (done.returncode, done.stderr, done.stdout) == (0, b"", usual(words)), console


@pytest.mark.parametrize("words", MACHINE, ids=lambda words: "-".join((words[0], words[-1])))
def test_a_document_is_utf_8_without_a_mark_and_its_line_ends_are_as_stated(words: tuple[str, ...]) -> None:
    written = usual(words)
    text = written.decode("utf-8")
    assert not text.startswith("\ufeff")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert ("\r" in text) is (words[-1] == "csv")
    assert text.count("\r\n") == (text.count("\n") if words[-1] == "csv" else 0)


def test_a_document_can_be_read() -> None:
    drawn = xml.dom.minidom.parseString(usual(MACHINE[3])).documentElement  # noqa: S318 (our own)
    assert drawn is not None
    assert drawn.tagName == "svg"
    rows = list(csv.DictReader(io.StringIO(usual(MACHINE[0]).decode("utf-8"), newline="")))
    assert any(ONE_SIGN in value for row in rows for value in row.values())
    assert ONE_SIGN in usual(MACHINE[5]).decode("utf-8"), "no escapes in place of signs"
    assert json.loads(usual(MACHINE[5])) == kg.load().assess(kg.Case.read(CASE)).to_dict()
    assert list(parse(usual(MACHINE[6]), RdfFormat.TURTLE))


@pytest.mark.parametrize("suffix", ["ttl", "owl"])
def test_a_built_file_is_the_same_bytes_on_every_console(suffix: str, tmp_path: Path, levels: kg.Guide) -> None:
    file = tmp_path / f"built.{suffix}"
    assert run(("build", "--content", str(levels.core.folder), "-o", str(file)), CONSOLES[-1]).returncode == 0
    written = file.read_bytes()
    assert written == levels.build("turtle" if suffix == "ttl" else "rdfxml").encode("utf-8")
    assert b"\r" not in written
    assert not written.startswith(b"\xef\xbb\xbf")


def test_the_tables_of_an_audit_are_utf_8_and_their_lines_end_as_those_of_csv_do(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is not installed; 'make test' installs it")
    orders, result = tmp_path / "orders.csv", tmp_path / "result.csv"
    orders.write_text(
        "id,present,ordered\nÜ1,thoracic-back-pain,radiography-thoracic-spine\nÜ2,nonsense,\n", encoding="utf-8"
    )
    assert run(("audit", str(orders), "-o", str(result), "--workers", "1"), CONSOLES[-1]).returncode in (0, 1)
    for file, name in ((result, "Ü1"), (Path(f"{result}.rejects.csv"), "Ü2")):
        text = file.read_bytes().decode("utf-8")
        assert name in text
        assert text.count("\r\n") == text.count("\n") == 2


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_what_people_read_keeps_the_encoding_of_the_console(encoding: str) -> None:
    for words in (("recommend", CASE), ("ask", "ratings"), ("find", "contrast")):
        done = run(words, {"PYTHONIOENCODING": encoding})
        full = usual(words).decode("utf-8")
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode(encoding) == full.encode(encoding, "backslashreplace").decode(encoding)


def test_a_sign_that_the_console_lacks_is_not_taken_for_another_one() -> None:
    shown = run(("recommend", CASE, "--full"), {"PYTHONIOENCODING": "cp1252"}).stdout.decode("cp1252")
    assert "~\\u2622\\u2622\\u2622 1-10 mSv" in shown  # a question mark means something else there
    assert shown.count("?") == usual(("recommend", CASE, "--full")).decode("utf-8").count("?")


def test_a_document_follows_what_was_printed_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", newline="\r\n")
    monkeypatch.setattr(sys, "stdout", console)
    print("text")  # noqa: T201
    write_document(f"{ONE_SIGN}\n")
    print("text")  # noqa: T201
    console.flush()
    assert console.buffer.getvalue() == b"text\r\n\xe2\x98\xa2\ntext\r\n"


def test_a_document_reaches_whoever_collects_text(monkeypatch: pytest.MonkeyPatch) -> None:
    collected = io.StringIO()
    monkeypatch.setattr(sys, "stdout", collected)
    write_document(ONE_SIGN)
    assert collected.getvalue() == f"{ONE_SIGN}\n"
    monkeypatch.setattr(sys, "stdout", None)
    write_document(ONE_SIGN)  # nothing to write to, as with print
