"""No sign of a label from elsewhere commands a terminal, turns a line around or breaks markup."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

import kg
from kg.command.verbs import main
from kg.errors import printable
from kg.knowledge.sparql.rows import Rows
from tests.conftest import ROOT
from tests.judges.endpoints import answered, endpoint

SIGNS = ("\x1b[2J", "\x07", "\x9b31m", "\u202e", "\u2066", "\u061c", "\u200f", "\r", "\x00", "\ufeff", "\U000e0041")
EVIL = "a" + "b".join(SIGNS) + "z"
LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
TITLE = NamedNode("http://purl.org/dc/terms/title")


def harmless(text: str) -> bool:
    return not any(sign in text for sign in ("\x1b", *SIGNS)) and "u202e" in text


@pytest.fixture(scope="module")
def store(guide: kg.Guide) -> Store:
    """The guideline with a hostile sign in every label and title."""
    labelled = [quad for quad in guide.core.lookup.store if quad.predicate in (LABEL, TITLE)]
    kept = [quad for quad in guide.core.lookup.store if quad.predicate not in (LABEL, TITLE)]
    for quad in labelled:
        value = quad.object
        assert isinstance(value, Literal)
        text = (
            Literal(f"{value.value} {EVIL}", language=value.language) if value.language else Literal(value.value + EVIL)
        )
        kept.append(Quad(quad.subject, quad.predicate, text))
    made = Store()
    made.extend(kept)
    return made


def test_ordinary_text_stays() -> None:
    for text in (
        "",
        "é ü ß 日本語 עברית العربية",
        "a\tb\nc\r\nd",
        "1\u00a0mSv \u2265 5 \u2014 \u2622",
        "👩\u200d⚕️",
        "ok\r",
    ):
        assert printable(text) == text


@pytest.mark.parametrize("form", ["text", "json"])
def test_rows_of_an_endpoint(store: Store, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    with endpoint(lambda asked: answered(store, asked.query)) as (url, _):
        assert main(["ask", "topics", "--endpoint", url]) == 0
        assert harmless(capsys.readouterr().out)
        rows = kg.remote(url).ask("topics")
    assert EVIL in next(iter(rows))["title"], "a program gets what was sent"
    for shown in (str(rows), repr(rows), rows.html()):
        assert not any(sign in shown for sign in SIGNS)


def test_a_label_adds_no_line() -> None:
    assert str(Rows(("a",), ((Literal("x\nRECOMMENDED: y"),),))).splitlines()[2:] == ["x RECOMMENDED: y"]


def test_a_guide_of_an_endpoint(store: Store, opening_patient: kg.Case) -> None:
    with endpoint(lambda asked: answered(store, asked.query)) as (url, _):
        guide = kg.load(url)
    answer, pathway = guide.assess(opening_patient), guide.pathway(opening_patient, 1)
    for text in (str(answer), answer.html(), str(pathway), pathway.html(), guide.build("rdfxml")):
        assert harmless(text)
    ElementTree.fromstring(pathway.svg())  # noqa: S314 - we wrote it
    ElementTree.fromstring(guide.build("rdfxml"))  # noqa: S314


@pytest.mark.parametrize("form", ["text", "csv", "tsv", "json"])
def test_a_terminal_gets_no_sign_in_any_format_and_a_pipe_gets_all(store: Store, form: str) -> None:
    with endpoint(lambda asked: answered(store, asked.query)) as (url, _):
        words = [sys.executable, "-m", "kg.command.verbs", "ask", "topics", "--endpoint", url, "--format", form]
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
        piped = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, check=True).stdout.decode()
        ours, theirs = pty.openpty()
        with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=theirs) as process:
            os.close(theirs)
            seen = b""
            try:
                while part := os.read(ours, 65536):
                    seen += part
            except OSError:  # a terminal ends so
                pass
            assert process.wait() == 0
        os.close(ours)
    text = seen.decode().replace("\r\n", "\n").replace("\r\n", "\n")
    assert harmless(text)
    assert form == "text" or "\u202e" in piped
