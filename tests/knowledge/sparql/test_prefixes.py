"""One prefix map: every Turtle and SPARQL file and the names in Python agree with ontology/prefixes.ttl."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

import kg
from kg.knowledge.sparql import iris as names
from kg.knowledge.sparql.constraints import constraints
from kg.knowledge.sparql.resources import shipped
from tests.conftest import ROOT

FOLDERS = [shipped("ontology"), shipped("queries"), ROOT / "tests"]
TURTLE = sorted(path for place in FOLDERS for path in place.rglob("*.ttl"))
SPARQL = sorted(path for place in FOLDERS for path in place.rglob("*.rq"))


@pytest.fixture(scope="module")
def prefixes(guide: kg.Guide) -> Mapping[str, str]:
    return guide.core.content.prefixes


def name(path: Path) -> str:
    return path.name if ROOT not in path.parents else str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TURTLE, ids=name)
def test_turtle_agrees(path: Path, prefixes: Mapping[str, str]) -> None:
    reader = parse(path=str(path), format=RdfFormat.TURTLE)
    list(reader)
    # The map itself is the one file that may lack a prefix that it declares.
    assert reader.prefixes.items() <= prefixes.items()


@pytest.mark.parametrize("path", SPARQL, ids=name)
def test_sparql_agrees_and_declares_what_it_uses(path: Path, prefixes: Mapping[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    declared = dict(re.findall(r"^PREFIX ([\w-]*): <([^>]*)>$", text, flags=re.MULTILINE))
    assert len(declared) == text.count("PREFIX "), "one declaration a line, each prefix once"
    assert declared.items() <= prefixes.items()
    body = re.sub(r'"[^"]*"|<[^>]*>|#.*', "", re.sub(r"^(PREFIX|#).*$", "", text, flags=re.MULTILINE))
    used = set(re.findall(r"(?<![\w?-])([a-z][\w-]*):", body))
    assert used == set(declared), "an undeclared prefix fails in some engines, an unused one misleads a reader"


def test_constraints_use_declared_prefixes_only(prefixes: Mapping[str, str]) -> None:
    for constraint in constraints(shipped("ontology") / "shapes" / "case.ttl"):
        declared = dict(re.findall(r"^PREFIX ([\w-]*): <([^>]*)>$", constraint.query.text, flags=re.MULTILINE))
        assert declared.items() <= prefixes.items()


def test_python_agrees(prefixes: Mapping[str, str]) -> None:
    assert prefixes["ns"] == names.NS
    constants = [value for value in vars(names).values() if isinstance(value, NamedNode)]
    assert constants
    for constant in constants:
        assert any(constant.value.startswith(space) for space in prefixes.values())


def test_no_namespace_has_two_prefixes(prefixes: Mapping[str, str]) -> None:
    assert len(set(prefixes.values())) == len(prefixes)
