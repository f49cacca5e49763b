"""Questions that people ask of the content and of an assessed case, each with the rows that the sources support.

A question is one file of plain SPARQL, named by the question, in ``tests/competency``: in the folder of its topic, or
in ``shared``. Beside it lie the expected rows and, where the question is about a patient, the case. The rows were
written from the sources, not from our answers.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import cast

import pytest
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, RdfFormat, Store, Triple, serialize

import kg
from tests.conftest import ROOT

FOLDER = ROOT / "tests" / "competency"
QUESTIONS = sorted(FOLDER.glob("*/*.rq"))
ABOUT_CONTENT = [path for path in QUESTIONS if not path.with_suffix(".case.json").is_file()]
FEWEST = 62

Term = rdflib.term.Node | None


@cache
def _guide() -> kg.Guide:
    return kg.load()


@cache
def _graph() -> rdflib.Graph:
    lines = serialize((quad.triple for quad in _guide().core.lookup.store), format=RdfFormat.N_TRIPLES)
    return rdflib.Graph().parse(data=lines, format="nt")


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_a_question_has_the_expected_rows(path: Path) -> None:
    header, expected = _expected(path)
    names, rows = _answer(path)
    assert names == header
    assert rows == expected


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_a_question_is_plain_sparql_under_its_own_name(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    question, source = (line.partition(": ")[2] for line in text.splitlines()[:2])
    assert text.startswith(f"#+ question: {question}\n#+ source: {source}\n") and source
    assert re.sub(r"[^a-z0-9]+", "-", question.lower()).strip("-") == path.stem
    prefixes = dict(re.findall(r"^PREFIX (\w+): <(.+)>$", text, re.MULTILINE))
    assert prefixes.items() <= _guide().core.content.prefixes.items()


@pytest.mark.parametrize("path", ABOUT_CONTENT, ids=lambda path: path.stem)
def test_a_second_engine_gives_the_same_rows(path: Path) -> None:
    """The query text runs unchanged in rdflib."""
    solutions = cast(Iterable[tuple[Term, ...]], _graph().query(path.read_text(encoding="utf-8")))
    assert [tuple(_abbreviated(term) for term in row) for row in solutions] == _answer(path)[1]


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_the_order_of_a_question_is_total(path: Path) -> None:
    """No two rows agree in everything that they are ordered by, so no engine may order them otherwise."""
    order = re.search(r"^ORDER BY (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert order, "a question has an order"
    names, rows = _answer(path)
    keys = [names.index(name) for name in re.findall(r"\?(\w+)", order[1]) if name in names]
    if set(re.findall(r"\?(\w+)", order[1])) <= set(names):
        assert len({tuple(row[key] for key in keys) for row in rows}) == len(rows)
    else:
        assert "?rank" in order[1], "only the rank on a scale, of which each value has its own, may stay unseen"


def test_there_are_enough_questions_and_no_stray_files() -> None:
    assert len(QUESTIONS) >= FEWEST
    assert len({path.stem for path in QUESTIONS}) == len(QUESTIONS)
    files = {path for path in FOLDER.rglob("*") if path.is_file()}
    expected = {path.with_suffix(suffix) for path in QUESTIONS for suffix in (".rq", ".csv")}
    about_cases = {path.with_suffix(".case.json") for path in QUESTIONS} & files
    assert len(about_cases) >= 10
    assert files == expected | about_cases
    topics = {topic.rstrip("/").rsplit("/", 1)[-1] for topic in _guide().core.content.topics}
    assert {path.name for path in FOLDER.iterdir()} == topics | {"shared"}


@cache
def _answer(path: Path) -> tuple[list[str], list[tuple[str, ...]]]:
    solutions = cast(QuerySolutions, _store(path).query(path.read_text(encoding="utf-8")))
    names = [variable.value for variable in solutions.variables]
    return names, [tuple(_short(row[name]) for name in names) for row in solutions]


def _store(path: Path) -> Store:
    """The whole content or, for a question about a patient, the assessed case with what it was assessed against."""
    case = path.with_suffix(".case.json")
    if not case.is_file():
        return _guide().core.lookup.store
    store = Store()
    store.extend(_guide().core.triples(_guide().core.content.topics))
    store.extend(_guide().derive(kg.Case.read(case)))
    return store


def _expected(path: Path) -> tuple[list[str], list[tuple[str, ...]]]:
    with path.with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, [tuple(row) for row in rows]


def _short(term: NamedNode | BlankNode | Literal | Triple | None) -> str:
    """A term as people write it: an IRI with its prefix, a literal as its text, nothing as an empty string."""
    if term is None:
        return ""
    assert isinstance(term, NamedNode | Literal), "an answer consists of names and values"
    return _compact(term.value) if isinstance(term, NamedNode) else term.value


def _abbreviated(term: Term) -> str:
    """The same for a term of rdflib."""
    if term is None:
        return ""
    return _compact(str(term)) if isinstance(term, rdflib.URIRef) else str(term)


@cache
def _compact(iri: str) -> str:
    fitting = [(name, space) for name, space in _guide().core.content.prefixes.items() if iri.startswith(space)]
    if not fitting:
        return iri
    name, space = max(fitting, key=lambda pair: len(pair[1]))
    return f"{name}:{iri.removeprefix(space)}"
