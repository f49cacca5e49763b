"""A folder's own shapes: one that takes for ever is ended with one sentence, and nothing in them calls out."""

from __future__ import annotations

from pathlib import Path
from urllib.request import urlopen

import pytest

from kg.author import shapes
from kg.author.check import _against_shapes
from kg.command.verbs import main
from kg.errors import ContentError
from kg.knowledge.content.content import read
from kg.knowledge.sparql.bounded import MEBIBYTE, Limits, bounded
from kg.knowledge.turtle.atlas import Atlas
from tests.conftest import copied
from tests.judges.hostile import listening

START = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
"""
SLOW = {
    "a regular expression": r'sh:property [ sh:path rdfs:label ; sh:pattern "^((\\w| )+)+%$" ]',
    "a query": "sh:sparql [ sh:message 'm' ; sh:select 'SELECT $this { ?a ?b ?c . ?d ?e ?f FILTER(?a = 1) }' ]",
}


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return copied(tmp_path / "ontology")


def with_shape(content: Path, shape: str, target: str = "sh:targetClass owl:Class") -> Path:
    """Put a shape in the place of all others."""
    path = content / "shapes" / "content.ttl"
    path.write_text(f"{START}[] a sh:NodeShape ; {target} ; {shape} .", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_shape_is_ended(content: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "SECONDS", 2)
    monkeypatch.setattr(shapes, "TRIPLES_A_SECOND", 10**9)
    path = with_shape(content, SLOW[name])
    with pytest.raises(ContentError, match=r"the shapes take more than 2 seconds .* and correct it") as refusal:
        shapes.violations(read(content), path)
    assert "\n" not in str(refusal.value)
    assert str(path) in str(refusal.value)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this { SERVICE <URL> { $this ?p ?o } }",
        r"SELECT $this { \\u0053ERVICE <URL> { $this ?p ?o } }",
        "SELECT $this FROM <URL> { $this ?p ?o }",
        "SELECT $this { $this ?p ?o FILTER(" + "(" * 1000 + "1" + ")" * 1000 + ") }",
    ],
)
def test_a_query_that_would_call_out_is_refused(content: Path, query: str) -> None:
    with listening() as (url, called):
        path = with_shape(content, f"sh:sparql [ sh:message 'm' ; sh:select '{query.replace('URL', url)}' ]")
        with pytest.raises(ContentError, match=r"content\.ttl: a query in a shape cannot be used"):
            shapes.violations(read(content), path)
        assert called() == 0


def test_nothing_calls_out_even_if_it_is_overlooked() -> None:
    with listening() as (url, called):

        def work() -> bytes:
            try:
                return bytes(urlopen(url, timeout=1).read())  # noqa: S310
            except OSError as error:
                return str(error).encode()

        assert b"calls out" in bounded(work, Limits(5, 100 * MEBIBYTE, files=True))
        assert called() == 0


def test_wrong_shapes_are_refused_in_one_sentence(content: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with_shape(content, 'sh:property [ sh:path rdfs:label ; sh:pattern "(" ]')
    assert main(["check", "--no-reasoner", "--content", str(content)]) == 2
    said = capfd.readouterr()
    assert said.err.count("\n") == 1
    assert "content.ttl: cannot be used as shapes" in said.err


def test_shapes_find_what_they_found(content: Path) -> None:
    shape = "sh:property [ sh:path rdfs:label ; sh:maxCount 0 ; sh:message 'It is named; leave it out' ]"
    path = with_shape(content, shape, "sh:targetNode <https://w3id.org/nextstudy/finding/fever>")
    opened = read(content)
    found, number = shapes.violations(opened, path)
    assert number == 1
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    assert [(each.path, each.message, each.severe) for each in found] == [(label, "It is named; leave it out", True)]
    (problem,), _, _ = _against_shapes(opened, path, Atlas(content, opened.prefixes))
    assert (problem.message, problem.cure) == ("It is named.", "Leave it out.")
    assert problem.place.endswith("finding:fever rdfs:label")
