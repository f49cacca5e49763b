"""Names that must be known: ours are described in the content, those of other vocabularies are listed here."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import ContentError, did_you_mean, nearest
from kg.knowledge.sparql.iris import BASE, NS, RDF_TYPE, slug
from kg.knowledge.turtle.files import declared_at, place_of
from kg.knowledge.turtle.layout import TOPICS
from kg.knowledge.turtle.spelling import short, spelt

_VERSION_IRI = NamedNode("http://www.w3.org/2002/07/owl#versionIRI")
_IMPORTS = NamedNode("http://www.w3.org/2002/07/owl#imports")
_MEMBER = re.compile(r"_[1-9]\d*")
"""rdf:_1, rdf:_2 and so on, which no list can hold."""


@cache
def known_names() -> Mapping[str, frozenset[str]]:
    """The names of the vocabularies that everybody uses.

    Returns:
        The local names of each, by its namespace.

    >>> "label" in known_names()["http://www.w3.org/2000/01/rdf-schema#"]
    True
    """
    text = Path(__file__).with_name("known-names.json").read_text(encoding="utf-8")
    return {space: frozenset(names.split()) for space, names in json.loads(text).items()}


def refuse_unknown_classes(by_file: Mapping[Path, Collection[Quad]], prefixes: Mapping[str, str]) -> None:
    """Refuse a class of ours that nobody declares, before anything is made of what things are.

    Args:
        by_file: The triples of each file.
        prefixes: The prefix map.

    Raises:
        ContentError: There is one.
    """
    described = {triple.subject for triples in by_file.values() for triple in triples}
    for path, triples in by_file.items():
        for triple in triples:
            kind = triple.object
            if triple.predicate != RDF_TYPE or not isinstance(kind, NamedNode) or kind in described:
                continue
            if kind.value.startswith(NS):
                raise ContentError(_undeclared(path, kind.value, described, prefixes))


def refuse_unknown_names(by_file: Mapping[Path, Collection[Quad]], prefixes: Mapping[str, str]) -> None:
    """Refuse a name that nobody declares: a typing error is not a new term.

    Args:
        by_file: The triples of each file.
        prefixes: The prefix map.

    Raises:
        ContentError: A name of this project is described nowhere, or one of another vocabulary is not in it, or
            something is described of which nobody says what it is, or a file imports another ontology.
    """
    described = {triple.subject for triples in by_file.values() for triple in triples}
    used = {triple.object for triples in by_file.values() for triple in triples}
    typed = {triple.subject for triples in by_file.values() for triple in triples if triple.predicate == RDF_TYPE}
    for path, triples in by_file.items():
        for triple in triples:
            if triple.predicate == _IMPORTS:
                name = getattr(triple.object, "value", str(triple.object))
                place = place_of(path, name, prefixes)
                message = f"{place}: imports <{name}>; nothing is fetched: put its Turtle into the folder instead"
                raise ContentError(message)
            for name in _names(triple):
                if name.startswith(BASE):
                    if NamedNode(name) not in described and triple.predicate != _VERSION_IRI:
                        raise ContentError(_undeclared(path, name, described, prefixes))
                elif known := _vocabulary(name):
                    raise ContentError(_unknown(path, name, known, prefixes))
            subject = triple.subject
            if (
                isinstance(subject, NamedNode)
                and subject not in typed
                and subject not in used
                and subject.value.startswith(BASE)
            ):
                raise ContentError(_untyped(path, subject.value, typed, prefixes))


def refuse_declared_twice(by_file: Mapping[Path, Collection[Quad]], prefixes: Mapping[str, str]) -> None:
    """Refuse what two files declare: their labels and definitions would be those of one thing.

    Args:
        by_file: The triples of each file.
        prefixes: The prefix map.

    Raises:
        ContentError: There is such a thing.
    """
    first: dict[tuple[object, object], Path] = {}
    for path in sorted(by_file, key=lambda path: TOPICS in path.parts):  # what others share was there before a topic
        for triple in dict.fromkeys(triple for triple in by_file[path] if triple.predicate == RDF_TYPE):
            kind, name = getattr(triple.object, "value", ""), getattr(triple.subject, "value", "")
            other = first.setdefault((triple.subject, triple.object), path) if kind.startswith(NS) else path
            if other != path:
                wrong = f"{short(name, prefixes)} is declared here, and in {declared_at(other, name, prefixes)}"
                cure = "keep one of the two, or give this one another name"
                message = f"{declared_at(path, name, prefixes)}: {wrong}; {cure}"
                raise ContentError(message)


def _names(triple: Quad) -> Iterator[str]:
    """What a triple names."""
    yield triple.predicate.value
    if isinstance(triple.object, NamedNode):
        yield triple.object.value
    elif isinstance(triple.object, Literal):
        yield triple.object.datatype.value
    if isinstance(triple.subject, NamedNode) and not triple.subject.value.startswith(BASE):
        yield triple.subject.value


@cache
def _vocabulary(name: str) -> str:
    """The namespace of a vocabulary that lacks a name; empty for a name that it has, or that is of no such."""
    for space, names in known_names().items():
        if name.startswith(space):
            local = name.removeprefix(space)
            return "" if not local or local in names or _MEMBER.fullmatch(local) else space
    return ""


def _unknown(path: Path, name: str, space: str, prefixes: Mapping[str, str]) -> str:
    prefix = next((prefix for prefix, other in prefixes.items() if other == space), "")
    local = name.removeprefix(space)
    short = f"{prefix}:{local}" if prefix else f"<{name}>"
    near = [f"{prefix}:{other}" if prefix else f"{space}{other}" for other in _near(local, known_names()[space])]
    cure = did_you_mean(near, "use a name that it has")
    return f"{place_of(path, name, prefixes)}: {short} is not a name of the vocabulary <{space}>; {cure}"


def _undeclared(path: Path, name: str, described: Iterable[object], prefixes: Mapping[str, str]) -> str:
    near = [*_near_of_family(name, described), *_of_other_families(name, described, prefixes)]
    cure = did_you_mean([spelt(each, prefixes) for each in near], "declare it, or use a term that is declared")
    return f"{place_of(path, name, prefixes)}: {short(name, prefixes)} is not declared anywhere; {cure}"


def _untyped(path: Path, name: str, typed: Iterable[object], prefixes: Mapping[str, str]) -> str:
    near = [spelt(each, prefixes) for each in _near_of_family(name, typed)]
    cure = did_you_mean(near, "say so with 'a', or take it out")
    wrong = f"{short(name, prefixes)} is described, but nobody says what it is and nothing names it"
    return f"{place_of(path, name, prefixes)}: {wrong}; {cure}"


def _near_of_family(name: str, others: Iterable[object]) -> list[str]:
    """The nearest names that begin as it does."""
    family = name[: -len(slug(name))] if slug(name) else name
    iris = (other.value for other in others if isinstance(other, NamedNode))
    known = {slug(iri): iri for iri in iris if iri.startswith(family)}
    return [known[near] for near in nearest(slug(name), known)]


def _of_other_families(name: str, others: Iterable[object], prefixes: Mapping[str, str]) -> list[str]:
    """The names that differ from it only by their prefix."""
    spaces = {space: f"{space}{slug(name)}" for space in prefixes.values() if slug(name)}
    if name not in spaces.values():
        return []
    known = {other.value for other in others if isinstance(other, NamedNode)}
    return sorted(known.intersection(spaces.values()))


def _near(local: str, names: Iterable[str]) -> list[str]:
    """The nearest names, whether they are written large or small."""
    folded = {name.lower(): name for name in sorted(names)}
    return [folded[near] for near in nearest(local.lower(), folded)]
