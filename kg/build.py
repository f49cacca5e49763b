"""Write the whole ontology as one file: for Protégé, for a triple store, for whoever does without this package.

The file holds schema, vocabulary, topics, codes and the generated OWL definitions. The shapes are left out: they are
SHACL, which OWL 2 DL does not admit. Building twice gives the same bytes.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal

from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, Triple, serialize

from kg.content import Content
from kg.errors import OutputError, listed
from kg.owl import definitions

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
        content: What ``kg.content.read`` returns.
        format: ``"turtle"``, ``"ntriples"``, ``"jsonld"`` or ``"rdfxml"``.
        closure: Add what the queries in ``queries/build`` derive, so that the questions in ``queries/ask`` find in any
            store what they find here.

    Returns:
        The text of the file: the same whenever the content is the same.

    Raises:
        OutputError: There is no such format.

    >>> from kg.content import read
    >>> from kg.resources import folder
    >>> text = build(read(folder("ontology")), "ntriples")
    >>> "<https://w3id.org/nextstudy/ontology> <http://www.w3.org/2002/07/owl#versionIRI>" in text
    True
    """
    if format not in FORMATS:
        message = f"there is no format '{format}'; there are {listed(FORMATS)}"
        raise OutputError(message)
    written = serialize(triples(content, closure=closure), format=FORMATS[format], prefixes=dict(content.prefixes))
    return (written or b"").decode()


def triples(content: Content, *, closure: bool = False) -> tuple[Triple, ...]:
    """What the file holds.

    Args:
        content: What ``kg.content.read`` returns.
        closure: As for ``build``.

    Returns:
        The triples, each once, in order.
    """
    stated = Dataset(quad for quads in (*content.graphs.values(), content.mappings) for quad in quads)
    # The parser labels blank nodes anew each time. The definitions come with labels of their own, which stay as they
    # are when something else changes.
    stated.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    added: tuple[Quad, ...] = content.derived if closure else ()
    every = {Triple(quad.subject, quad.predicate, quad.object) for quad in (*stated, *definitions(content), *added)}
    return tuple(sorted(every, key=str))


def format_of(file: str) -> Format:
    """The format that the name of a file asks for.

    Args:
        file: A name that ends in ``.ttl``, ``.nt``, ``.jsonld``, ``.owl`` or ``.rdf``.

    Returns:
        The format.

    Raises:
        OutputError: It ends otherwise.

    >>> format_of("nextstudy.owl")
    'rdfxml'
    """
    suffix = PurePath(file).suffix.lower()
    if suffix not in _SUFFIXES:
        message = f"{file}: the name does not say the format; end it in one of {listed(_SUFFIXES)}, or name the format"
        raise OutputError(message)
    return _SUFFIXES[suffix]
