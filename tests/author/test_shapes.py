"""Every message of every content shape appears when it should, and only then."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyshacl
import pytest
from rdflib import RDF, SH, Graph, Literal, Node

import kg
from kg.author.shapes import graph_of
from kg.knowledge.content.content import read
from kg.knowledge.sparql.resources import shipped
from tests.conftest import ROOT

SHAPES = shipped("ontology") / "shapes" / "content.ttl"
EXAMPLES = ROOT / "tests" / "defects" / "shapes"


@cache
def shapes() -> Graph:
    return Graph().parse(SHAPES, format="turtle")


@cache
def shapes_of(name: str) -> Graph:
    """One family of shapes, with the values that it asks for; all of them at once take ten times as long."""
    part = Graph()
    for shape in shapes().subjects(RDF.type, SH.NodeShape):
        if family(shape) in (name, "value"):
            part += shapes().cbd(shape)
    return part


def family(shape: Node) -> str:
    """The first part of a shape's name: ``finding`` for ``<finding/ranges>``; the examples are by family."""
    return str(shape).split("/shape/", 1)[1].split("/")[0]


def node_shapes() -> Iterator[Node]:
    return (shape for shape in shapes().subjects(RDF.type, SH.NodeShape) if family(shape) != "value")


FAMILIES = sorted({family(shape) for shape in node_shapes()})


def messages_of(name: str) -> set[str]:
    """All messages of a family of shapes."""
    found = set()
    for shape in node_shapes():
        if family(shape) == name:
            parts = [shape, *shapes().objects(shape, SH.property)]
            found |= {str(message) for part in parts for message in shapes().objects(part, SH.message)}
    return found


@dataclass(frozen=True)
class Fired:
    node: str
    message: str


def results(data: Graph, rules: Graph) -> tuple[bool, set[Fired]]:
    """Validate, and list what fired on which node."""
    conforms, report, _ = pyshacl.validate(
        data, shacl_graph=rules, inplace=False, inference="none", allow_warnings=True
    )
    assert isinstance(report, Graph)
    fired = {
        Fired(str(report.value(result, SH.focusNode)), str(report.value(result, SH.resultMessage)))
        for result in report.objects(None, SH.result)
    }
    return conforms, fired


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Schema, scales and a small complete topic, on which an example is laid."""
    place = tmp_path_factory.mktemp("content") / "ontology"
    (place / "vocabulary").mkdir(parents=True)
    for name in ("prefixes.ttl", "nextstudy.ttl", "vocabulary/scales.ttl"):
        shutil.copyfile(shipped("ontology") / name, place / name)
    shutil.copyfile(EXAMPLES / "base.ttl", place / "base.ttl")
    return place


def with_example(laid: Path, name: str) -> Graph:
    shutil.copyfile(EXAMPLES / name, laid / "example.ttl")
    return graph_of(read(laid))


def test_every_shape_has_a_valid_and_an_invalid_example() -> None:
    expected = {f"{name}-{kind}.ttl" for name in FAMILIES for kind in ("valid", "invalid")}
    assert {path.name for path in EXAMPLES.glob("*.ttl")} == expected | {"base.ttl"}


@pytest.mark.parametrize("name", FAMILIES)
def test_the_valid_example_conforms(name: str, laid: Path) -> None:
    conforms, fired = results(with_example(laid, f"{name}-valid.ttl"), shapes_of(name))
    assert not fired
    assert conforms


@pytest.mark.parametrize("name", FAMILIES)
def test_every_message_fires_on_the_invalid_example(name: str, laid: Path) -> None:
    _, fired = results(with_example(laid, f"{name}-invalid.ttl"), shapes_of(name))
    assert messages_of(name)
    assert {result.message for result in fired} == messages_of(name)


def test_the_small_topic_conforms_to_all_shapes(laid: Path) -> None:
    conforms, fired = results(with_example(laid, "example-valid.ttl"), shapes())
    assert not fired
    assert conforms


def test_the_shipped_content_conforms(guide: kg.Guide) -> None:
    conforms, fired = results(graph_of(guide.core.content), shapes())
    warnings = messages_of("source")
    assert {result for result in fired if result.message not in warnings} == set()
    assert conforms


def test_messages_say_what_is_wrong_and_how_to_mend_it() -> None:
    said = [message for name in FAMILIES for message in messages_of(name)]
    assert len(said) == len(set(said)), "two shapes say the same"
    for message in said:
        what, _, cure = message.partition("; ")
        assert what[0].isupper() or what.startswith(("ns:", "oa:", "prov:", "dcterms:"))
        assert cure.endswith(".")


def test_every_constraint_has_a_message() -> None:
    """A property shape without a message would speak in the words of the engine."""
    for shape in node_shapes():
        for part in shapes().objects(shape, SH.property):
            assert isinstance(shapes().value(part, SH.message), Literal)
