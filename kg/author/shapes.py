"""Validates content by SHACL shapes, in a process of its own: a folder may bring shapes that take for ever.

pyshacl runs what a shape says, regular expressions and queries among it. So nothing there calls out, and a shape that
takes too long is ended with one sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Literal, RdfFormat, Triple, parse, serialize

from kg.documents import read_rdf
from kg.errors import ContentError, QueryError
from kg.knowledge.content.content import Content
from kg.knowledge.sparql.bounded import CRASH, DEPTH, MEBIBYTE, MEMORY, SIZE, TIME, ExceededError, Limits, bounded
from kg.knowledge.sparql.outside import look_over

if TYPE_CHECKING:
    from rdflib import Graph, Node

SECONDS, TRIPLES_A_SECOND = 15, 1000
"""Seconds of the processor that shapes may take: the shipped ones take a fifth of it, and more for more content."""

_WAITED = 6
"""How many times as long they may take on a machine that does other things as well."""

_MEMORY = 4096 * MEBIBYTE

_SH = "http://www.w3.org/ns/shacl#"
_QUERIES = frozenset(f"{_SH}{name}" for name in ("select", "ask", "construct", "update"))
_SLOW = "look for a regular expression such as (a+)+ or a query whose parts share no variable, and correct it"


@dataclass(frozen=True)
class Violation:
    """What a shape found, each part as text and empty where there is none.

    Attributes:
        focus: The node.
        path: The property.
        value: The value.
        message: What is wrong and how to correct it.
        severe: Whether it is a violation, not a warning.
        properties: The properties that the shape asks about: one, or several of which it takes any, or which it follows
            one after the other.
    """

    focus: str
    path: str
    value: str
    message: str
    severe: bool
    properties: tuple[str, ...] = ()


def violations(content: Content, shapes: Path) -> tuple[list[Violation], int]:
    """Validate content.

    Args:
        content: What is validated.
        shapes: A Turtle file of shapes.

    Returns:
        What the shapes found, and how many shapes there are.

    Raises:
        ContentError: The shapes cannot be used: one takes too long, or a query of theirs would call out.
    """
    _refuse_queries(shapes)
    seconds = SECONDS + sum(map(len, content.graphs.values())) / TRIPLES_A_SECOND
    try:
        limits = Limits(_WAITED * seconds, _MEMORY, files=True, processor=seconds)
        document = bounded(lambda: _validated(content, shapes), limits)
    except ExceededError as error:
        said = {
            TIME: f"take more than {seconds:.0f} seconds on this content; {_SLOW}",
            MEMORY: f"take more than {_MEMORY // MEBIBYTE} MB of memory on this content; {_SLOW}",
            SIZE: "find more than can be shown; correct the first things that they find, or the shapes",
            DEPTH: "are nested too deeply to be used; nest them less",
            CRASH: "end the process that uses them; leave out the last thing that was changed in them",
        }
        message = f"{shapes}: the shapes {said[error.what]}"
        raise ContentError(message) from error
    found = json.loads(document)
    if isinstance(found, str):
        message = f"{shapes}: cannot be used as shapes ({found}); correct them"
        raise ContentError(message)
    read = [Violation(**{**each, "properties": tuple(each["properties"])}) for each in found["violations"]]
    return read, found["shapes"]


def causes(found: Sequence[Violation]) -> list[Violation]:
    """Leave out what only follows from something else.

    Args:
        found: What shapes found.

    Returns:
        The same, without what is wrong beyond a property of a node (such as the radiation of the study that it names)
        where the property itself is wrong.

    >>> wrong, beyond = Violation("r", "p", "", "", True, ("p",)), Violation("r", "", "", "", True, ("p", "q"))
    >>> causes([wrong, beyond]) == [wrong], causes([beyond]) == [beyond]
    (True, True)
    """
    wrong = {(each.focus, each.path) for each in found if each.path and each.severe}
    return [each for each in found if each.path or (each.focus, "".join(each.properties[:1])) not in wrong]


def _refuse_queries(shapes: Path) -> None:
    """Queries in shapes come from outside like any other; rdflib, which runs them, decodes escapes before it reads."""
    try:
        triples = list(parse(read_rdf(shapes, ContentError), format=RdfFormat.TURTLE))
    except (SyntaxError, UnicodeDecodeError, MemoryError) as error:
        message = f"{shapes}: cannot be used as shapes ({' '.join(str(error).split())}); correct them"
        raise ContentError(message) from error
    for triple in triples:
        if triple.predicate.value in _QUERIES and isinstance(triple.object, Literal):
            try:
                look_over(triple.object.value, decoded=True)
            except QueryError as error:
                message = f"{shapes}: a query in a shape cannot be used ({error})"
                raise ContentError(message) from error


def _validated(content: Content, shapes: Path) -> bytes:
    """What the shapes found as JSON, or a text that says why they cannot be used."""
    # Here, not above: importing costs more than many assessments. pyshacl also changes how rdflib treats literals for
    # as long as it validates, so everything that it works on is made here and used nowhere else.
    try:
        import pyshacl
        from rdflib import RDF, SH, BNode, Graph

        rules = Graph().parse(data=read_rdf(shapes, ContentError), format="turtle")
        _, results, _ = pyshacl.validate(graph_of(content), shacl_graph=rules, inplace=False, inference="none")
        if not isinstance(results, Graph):
            return json.dumps(repr(results)).encode()
        found = []
        for result in results.objects(None, SH.result):
            value, path = results.value(result, SH.value), results.value(result, SH.resultPath)
            found.append(
                Violation(
                    str(results.value(result, SH.focusNode)),
                    "" if path is None or isinstance(path, BNode) else str(path),
                    "" if value is None or isinstance(value, BNode) else str(value),
                    str(results.value(result, SH.resultMessage)),
                    results.value(result, SH.resultSeverity) == SH.Violation,
                    tuple(_properties(results, path)),
                )
            )
        number = len(set(rules.subjects(RDF.type, SH.NodeShape)))
        answer: Mapping[str, object] = {"violations": [asdict(each) for each in found], "shapes": number}
        return json.dumps(answer).encode()
    except MemoryError:
        raise
    except Exception as error:
        return json.dumps(" ".join(f"{type(error).__name__}: {error}".split())[:300]).encode()


def _properties(results: Graph, path: Node | None) -> Iterator[str]:
    """The properties of a path, as far as they stand in it one beside or after the other."""
    from rdflib import SH, URIRef
    from rdflib.collection import Collection

    if path is None or isinstance(path, URIRef):
        yield from () if path is None else (str(path),)
        return
    alternatives = results.value(path, SH.alternativePath)
    for part in Collection(results, alternatives or path):
        if isinstance(part, URIRef):
            yield str(part)


def graph_of(content: Content) -> Graph:
    """The content as rdflib knows it, without what the build derives.

    Args:
        content: What ``kg.knowledge.content.content.read`` returns.

    Returns:
        One graph of the vocabulary and all topics.
    """
    from rdflib import Graph

    triples = (Triple(t.subject, t.predicate, t.object) for graph in content.graphs.values() for t in graph)
    return Graph().parse(data=serialize(triples, format=RdfFormat.N_TRIPLES), format="nt")
