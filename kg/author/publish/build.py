"""Write the whole ontology as one file: for Protégé, for a triple store, or for use without this package.

The file holds schema, vocabulary, topics, codes and the generated OWL definitions. The shapes are left out: they are
SHACL, which OWL 2 DL does not allow. Building twice gives the same bytes. A file counts as written once another library
has read the same triples from it.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, Triple, serialize

from kg.author.publish.owl import definitions, individuals
from kg.author.publish.read_back import refuse_unless_read_back, refuse_what_xml_cannot_hold
from kg.errors import OutputError, listed
from kg.knowledge.content.content import Content
from kg.knowledge.sparql.iris import RDF_TYPE
from kg.knowledge.sparql.turtle import turtle

Format = Literal["turtle", "ntriples", "jsonld", "rdfxml"]
"""How triples are written; RDF/XML is what every tool for OWL reads."""

FORMATS: dict[Format, RdfFormat] = {
    "turtle": RdfFormat.TURTLE,
    "ntriples": RdfFormat.N_TRIPLES,
    "jsonld": RdfFormat.JSON_LD,
    "rdfxml": RdfFormat.RDF_XML,
}
_SUFFIXES: dict[str, Format] = {
    ".ttl": "turtle",
    ".nt": "ntriples",
    ".jsonld": "jsonld",
    ".owl": "rdfxml",
    ".rdf": "rdfxml",
}


def build(content: Content, format: Format = "turtle", *, closure: bool = False) -> str:
    """Write the whole ontology.

    Args:
        content: What ``kg.knowledge.content.content.read`` returns.
        format: ``"turtle"``, ``"ntriples"``, ``"jsonld"`` or ``"rdfxml"``.
        closure: Add what the queries in ``queries/build`` derive, so that the questions in ``queries/ask`` find in any
            store what they find here.

    Returns:
        The text of the file; the same content always gives the same text.

    Raises:
        OutputError: There is no such format; or the format cannot hold what the content says, which another can.

    >>> from kg.knowledge.content.content import read
    >>> from kg.knowledge.sparql.resources import shipped
    >>> text = build(read(shipped("ontology")), "ntriples")
    >>> "<https://w3id.org/nextstudy/ontology> <http://www.w3.org/2002/07/owl#versionIRI>" in text
    True
    """
    if format not in FORMATS:
        message = f"there is no format '{format}'; there are {listed(FORMATS)}"
        raise OutputError(message)
    every = triples(content, closure=closure)
    text = _written(every, format, content)
    refuse_unless_read_back(text, format, every)
    return text


def _written(every: tuple[Triple, ...], format: Format, content: Content) -> str:
    if format == "turtle":
        return turtle(every, content.prefixes)
    if format == "rdfxml":
        refuse_what_xml_cannot_hold(every, content)
    text = (serialize(every, format=FORMATS[format], prefixes=dict(content.prefixes)) or b"").decode("utf-8")
    # A carriage return as it is would be read as a line feed.
    return text.replace("\r", "&#13;") if format == "rdfxml" else text


def triples(content: Content, *, closure: bool = False) -> tuple[Triple, ...]:
    """The triples of the file, each once, in order; ``closure`` as for ``build``."""
    stated = Dataset(quad for quads in (*content.graphs.values(), content.mappings) for quad in quads)
    # The parser gives blank nodes new labels each time. The definitions have labels of their own, which stay the same
    # when something else changes.
    stated.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    # Types are always there: without them nobody finds the ratings of a scenario who does not reason.
    added = [quad for quad in content.derived if closure or quad.predicate == RDF_TYPE]
    said = (*stated, *definitions(content), *individuals(content), *added)
    every = {Triple(quad.subject, quad.predicate, quad.object) for quad in said}
    return tuple(sorted(every, key=str))


def format_of(file: str) -> Format:
    """The format for a file name that ends in ``.ttl``, ``.nt``, ``.jsonld``, ``.owl`` or ``.rdf``.

    Raises:
        OutputError: The name ends in something else.

    >>> format_of("nextstudy.owl")
    'rdfxml'
    """
    suffix = PurePath(file).suffix.lower()
    if suffix not in _SUFFIXES:
        message = f"{file}: the name does not show the format; end it in one of {listed(_SUFFIXES)}, or give the format"
        raise OutputError(message)
    return _SUFFIXES[suffix]
