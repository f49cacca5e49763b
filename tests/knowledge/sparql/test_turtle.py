r"""Turtle without escapes in names: Virtuoso and others keep the backslash of ``topic:a\/b`` as a part of the name."""

from __future__ import annotations

import re

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, parse

import kg
from kg.knowledge.sparql.turtle import turtle

SPACE = "https://example.org/"
PREFIXES = {"ex": SPACE, "exa": f"{SPACE}a/", "xsd": "http://www.w3.org/2001/XMLSchema#"}
LOCAL = st.text(st.sampled_from("ab1/.-_~!$&'()*+,;=?@%:#é "), max_size=8).map(lambda text: text.replace(" ", ""))
TEXT = st.text(st.sampled_from('ab:/\\"\n\r\t<>^@_.#é\u0007\u2028 '), max_size=12)


def names(text: str) -> list[str]:
    """What is left of a Turtle text without its literals and whole IRIs."""
    return re.sub(r'"(?:[^"\\]|\\.)*"|<[^>]*>', "", text).split()


def iri(local: str) -> NamedNode:
    return NamedNode(SPACE + re.sub("%(?![0-9A-F]{2})", "", local).replace("#", "", max(local.count("#") - 1, 0)))


@given(LOCAL, LOCAL, LOCAL, TEXT)
def test_whatever_the_names_and_texts_two_libraries_read_the_same(
    first: str, second: str, third: str, text: str
) -> None:
    stated = {
        Triple(iri(first), iri(second), iri(third)),
        Triple(BlankNode("b"), iri(second), Literal(text)),
        Triple(iri(third), iri(first), Literal(text, language="en")),
        Triple(iri(third), iri(first), Literal(text, datatype=iri(second))),
        Triple(iri(third), iri(first), Literal("7", datatype=NamedNode(f"{PREFIXES['xsd']}integer"))),
    }
    written = turtle(stated, PREFIXES)
    assert not [name for name in names(written) if "\\" in name]
    assert {quad.predicate for quad in parse(written, RdfFormat.TURTLE)} == {triple.predicate for triple in stated}
    read = [(q.subject, q.predicate, q.object) for q in parse(written, RdfFormat.TURTLE) if q.subject != BlankNode("b")]
    assert set(read) >= {tuple(triple) for triple in stated if isinstance(triple.subject, NamedNode)}
    assert len(rdflib.Graph().parse(data=written, format="turtle")) == len(stated)


@pytest.mark.parametrize("local", ["a/b", "a/", "", "1", "-a", "a.", "a.b", "a%20b", "a,b", "a:b", "é"])
def test_any_name_that_is_not_plain_is_written_whole(local: str) -> None:
    triple = Triple(iri("plain-name_1"), iri("p"), iri(local))
    written = turtle([triple], {"ex": SPACE})
    assert written.splitlines()[1] == f"ex:plain-name_1 ex:p <{SPACE}{local}> ."


def test_the_built_file_and_an_assessed_case_hold_no_escape(guide: kg.Guide, opening_patient: kg.Case) -> None:
    for text in (guide.build("turtle", closure=True), guide.to_turtle(opening_patient)):
        assert not [name for name in names(text) if "\\" in name]
        assert "finding:fever" in text or "finding:" in text, "plain names keep their prefix"
        assert {Quad(*triple) for triple in parse(text, RdfFormat.TURTLE)}
