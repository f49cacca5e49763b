"""Every verify query finds its own defect, nothing else, and nothing in the shipped content."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from urllib.parse import urljoin

import pytest
from rdflib.plugins.sparql import prepareQuery

import kg
from kg.knowledge.content.content import read
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.sparql.queries import Query, named, stage
from kg.knowledge.sparql.resources import shipped
from tests.conftest import ROOT

DEFECTS = ROOT / "tests" / "defects"
QUERIES = stage("verify")
ERRORS = [query for query in QUERIES if query.header["severity"] == "error"]
NAMES = [query.name for query in QUERIES]


@pytest.fixture(scope="module")
def ontology(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Schema and scales alone, on which defects are laid one at a time."""
    place = tmp_path_factory.mktemp("content") / "ontology"
    (place / "vocabulary").mkdir(parents=True)
    for name in ("prefixes.ttl", "nextstudy.ttl", "vocabulary/scales.ttl"):
        shutil.copyfile(shipped("ontology") / name, place / name)
    return place


@pytest.fixture(scope="module")
def without_defect(ontology: Path) -> Lookup:
    return Lookup(read(ontology))


def expected(path: Path, prefixes: dict[str, str]) -> set[str]:
    """The nodes on which a defect file says that its query fires."""
    text = path.read_text(encoding="utf-8")
    words = text.splitlines()[0].removeprefix("# fires on: ").split()
    base = "".join(re.findall(r"^@base <(.+)> \.$", text, flags=re.MULTILINE))
    found = set()
    for word in words:
        prefix, _, local = word.partition(":")
        found.add(urljoin(base, word.strip("<>")) if word.startswith("<") else prefixes[prefix] + local)
    return found


def files(path: Path) -> list[str]:
    """The files of a defect: a line ``# another file`` begins the next one, with the prefixes of the first."""
    first, *others = path.read_text(encoding="utf-8").split("# another file\n")
    return [first, *(first.split("\n\n")[0] + "\n\n" + other for other in others)]


def test_every_query_has_its_defect() -> None:
    assert sorted(path.stem for path in DEFECTS.glob("*.ttl")) == NAMES


def rows(knowledge: Lookup, query: Query) -> set[tuple[tuple[str, str], ...]]:
    return {tuple(row.items()) for row in knowledge.rows(query)}


@pytest.mark.parametrize("name", NAMES)
def test_fires_on_its_defect_only(name: str, ontology: Path, without_defect: Lookup) -> None:
    query, path = named("verify", name), DEFECTS / f"{name}.ttl"
    laid = [ontology / f"defect-{number}.ttl" for number, _ in enumerate(files(path))]
    for place, text in zip(laid, files(path), strict=True):
        place.write_text(text, encoding="utf-8")
    try:
        content = read(ontology)
    finally:
        for place in laid:
            place.unlink()
    found = rows(Lookup(content), query) - rows(without_defect, query)
    assert {dict(row)["entity"] for row in found} == expected(path, dict(content.prefixes))


@pytest.mark.parametrize("query", ERRORS, ids=lambda query: query.name)
def test_finds_no_error_in_the_shipped_content(query: Query, guide: kg.Guide) -> None:
    assert guide.core.lookup.rows(query) == []


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_says_what_is_wrong_and_how_to_mend_it(query: Query) -> None:
    said = query.header
    assert set(said) == {"problem", "principle", "solution", "severity"}
    assert all(said[key].endswith(".") for key in ("problem", "principle", "solution"))
    assert said["severity"] in ("error", "warning")
    assert re.search(r"^SELECT DISTINCT \?entity \?property \?value$", query.text, flags=re.MULTILINE)
    assert query.text.endswith("}\nORDER BY ?entity ?property ?value\n"), "a total order"


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_is_sparql_for_a_second_engine(query: Query) -> None:
    prepareQuery(query.text)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_names_a_node_and_a_property_in_every_row(query: Query, guide: kg.Guide) -> None:
    for row in guide.core.lookup.rows(query):
        assert row["entity"].startswith("http")
        assert row["property"].startswith("http")
