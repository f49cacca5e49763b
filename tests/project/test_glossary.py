"""The glossary decides: every word of the schema, the answer, the audit and the public classes comes from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache

import pytest
from pyoxigraph import NamedNode

import kg
from kg.auditing.batches import RESULT, ROWS
from kg.knowledge.sparql.iris import NS, VOCABULARY
from tests.conftest import ROOT

COLUMNS = ("word", "meaning", "RDF", "Python", "JSON", "audit column")
PLAIN = "## Plain words\n"


@cache
def page() -> str:
    return (ROOT / "docs" / "explain" / "glossary.md").read_text(encoding="utf-8")


def rows() -> list[dict[str, str]]:
    """The rows of both tables that have a column for each form."""
    lines = [line.strip("|").split("|") for line in page().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line] for line in lines if len(line) == len(COLUMNS)]
    return [dict(zip(COLUMNS, row, strict=True)) for row in cells if row[0] != "word"]


def named(column: str) -> Iterator[tuple[str, str]]:
    """Every name in a column with the word of its row."""
    for row in rows():
        yield from ((row["word"], name) for name in re.findall(r"`([^`]+)`", row[column]))


def parts(name: str) -> list[str]:
    """The words of a name: ``orderedStudy``, ``handed_to`` and ``sha256`` are two, two and one."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ")
    return spaced.lower().split()


@cache
def vocabulary() -> frozenset[str]:
    """The words that names may be made of: those of the tables with their forms, and the plain ones."""
    tabled = {part for column in COLUMNS[2:] for _, name in named(column) for part in parts(name.removeprefix("ns:"))}
    plain = page().partition(PLAIN)[2]
    words = {word for row in rows() for word in re.findall(r"[a-z]+", row["word"])}
    return frozenset({*tabled, *words, *re.findall(r"[a-z0-9]+", plain)})


@cache
def schema_names() -> frozenset[str]:
    graph = kg.load().core.content.graphs[VOCABULARY]
    found = (quad.subject.value for quad in graph if isinstance(quad.subject, NamedNode))
    return frozenset(iri.removeprefix(NS) for iri in found if iri.startswith(NS))


@cache
def json_names() -> frozenset[str]:
    schemas = [
        json.loads((ROOT / "kg" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
        for name in ("answer", "case")
    ]
    parts_of = [part for schema in schemas for part in (schema, *schema.get("$defs", {}).values())]
    return frozenset(key for part in parts_of for key in part.get("properties", {}))


def audit_names() -> frozenset[str]:
    return frozenset({*RESULT.names, *ROWS.names})


def test_the_tables_can_be_read() -> None:
    assert 40 < len(rows()) < 70
    words = [row["word"] for row in rows()]
    assert len(words) == len(set(words)), "one concept, one row"


@pytest.mark.parametrize(("word", "name"), list(named("RDF")))
def test_a_name_in_rdf_is_in_the_schema(word: str, name: str) -> None:
    assert name.removeprefix("ns:") in schema_names(), word


@pytest.mark.parametrize(("word", "name"), list(named("Python")))
def test_a_name_in_python_is_public(word: str, name: str) -> None:
    holder, _, attribute = name.partition(".")
    found = getattr(kg, holder)
    assert not attribute or (is_dataclass(found) and attribute in {field.name for field in fields(found)}), word


@pytest.mark.parametrize(("word", "name"), list(named("JSON")))
def test_a_name_in_json_is_in_a_schema(word: str, name: str) -> None:
    assert name in {*json_names(), "verdict", "procedure"}, word  # these two: of a checked order and of a capsule


@pytest.mark.parametrize(("word", "name"), list(named("audit column")))
def test_a_column_is_of_the_audit(word: str, name: str) -> None:
    assert name in {*audit_names(), "procedure"}, word


@pytest.mark.parametrize("column", COLUMNS[2:])
def test_a_name_stands_for_one_concept(column: str) -> None:
    """What several rows name, they say together: a scenario leads, and a fact may be about a performed study."""
    several = {"scenario", "scenarios", "Answer.scenarios", "present", "absent", "ns:outranked", "performed"}
    names = [name for _, name in named(column)]
    assert {name for name in names if names.count(name) > 1} <= several


@pytest.mark.parametrize("name", sorted({*schema_names(), *json_names(), *audit_names()}))
def test_every_name_is_made_of_words_of_the_glossary(name: str) -> None:
    assert not set(parts(name)) - vocabulary()


def test_every_class_of_an_answer_is_in_the_glossary() -> None:
    defined = json.loads((ROOT / "kg" / "schemas" / "answer.schema.json").read_text(encoding="utf-8"))["$defs"]
    said = {name.partition(".")[0] for _, name in named("Python")}
    assert set(defined) - said <= {"OtherReading"}


def test_no_plain_word_is_idle() -> None:
    """The list of plain words is kept short: each is used, and none stands in a table as well."""
    listed = set(re.findall(r"[a-z0-9]+", page().partition(PLAIN)[2].partition(":\n")[2]))
    used = {part for name in (*schema_names(), *json_names(), *audit_names()) for part in parts(name)}
    tabled = {part for column in COLUMNS[2:] for _, name in named(column) for part in parts(name.removeprefix("ns:"))}
    assert listed - used == set()
    assert listed & tabled == set()
