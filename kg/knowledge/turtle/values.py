"""Values that are no thing where the schema wants one, or no number where it wants a number."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import ContentError, quoted
from kg.knowledge.sparql.iris import NS, RDF_TYPE, RDFS_LABEL, XSD_DECIMAL, slug
from kg.knowledge.turtle.files import first_place
from kg.knowledge.turtle.spelling import short, spellings, spelt

_OBJECT_PROPERTY = NamedNode("http://www.w3.org/2002/07/owl#ObjectProperty")
_RANGE = NamedNode("http://www.w3.org/2000/01/rdf-schema#range")
_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMBERS = (XSD_DECIMAL, NamedNode(f"{_XSD}integer"))
_LIMITS = frozenset(
    NamedNode(f"http://www.w3.org/ns/shacl#{end}{kind}")
    for end in ("min", "max")
    for kind in ("Inclusive", "Exclusive")
)
_NO_NUMBERS = (NamedNode(f"{_XSD}string"), NamedNode(f"{_XSD}boolean"))
_DIGITS = "write digits with at most one decimal point, without quotes, such as 65 or 6.5"


def refuse_values(by_file: Mapping[Path, Collection[Quad]], prefixes: Mapping[str, str]) -> None:
    """Refuse what is no name of a thing or no number, where the schema wants one: nothing would ever match it.

    Args:
        by_file: The triples of each file.
        prefixes: The prefix map.

    Raises:
        ContentError: There is such a value.
    """
    every = [triple for triples in by_file.values() for triple in triples]
    things = {triple.subject for triple in every if triple.predicate == RDF_TYPE and triple.object == _OBJECT_PROPERTY}
    numbers = {triple.subject for triple in every if triple.predicate == _RANGE and triple.object in _NUMBERS} | _LIMITS
    for path, triples in by_file.items():
        for triple in triples:
            name, value = triple.predicate, triple.object
            if not isinstance(value, Literal):
                continue
            wanted = ""
            if name in things and name.value.startswith(NS):
                wanted = f"no name of a thing; write {_meant(value.value, every, prefixes)}, without quotes"
            elif name in numbers and value.datatype in _NO_NUMBERS:
                wanted = f"no number; {_DIGITS}"
            if wanted:
                place = _place(path, name.value, value.value, prefixes)
                message = (
                    f"{place}: {short(name.value, prefixes)} has the value {quoted(value.value)}, which is {wanted}"
                )
                raise ContentError(message)


def _meant(text: str, every: Collection[Quad], prefixes: Mapping[str, str]) -> str:
    """The names that the text may stand for: with its prefix, by its end, or by the label of the thing."""
    names: set[str] = set()
    for triple in every:
        if isinstance(triple.subject, NamedNode):
            name, iri = spelt(triple.subject.value, prefixes), triple.subject.value
            label = triple.object.value if isinstance(triple.object, Literal) and triple.predicate == RDFS_LABEL else ""
            if text in (name, slug(iri)) or text.lower() == label.lower():
                names.add(name)
    return " or ".join(sorted(name for name in names if ":" in name)) or "it with its prefix"


def _place(path: Path, name: str, value: str, prefixes: Mapping[str, str]) -> str:
    in_quotes, bare = re.escape(f'"{value}"'), rf"(?<![\w.]){re.escape(value)}(?![\w.])"
    names = spellings(name, prefixes)
    return first_place(path, [f"{name}.*{written}" for written in (in_quotes, bare) for name in names])
