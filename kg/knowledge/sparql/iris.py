"""Namespaces, and the few words of the schema that Python itself needs."""

from __future__ import annotations

from functools import cache

from pyoxigraph import NamedNode

BASE = "https://w3id.org/nextstudy/"
NS = f"{BASE}ontology#"
VOCABULARY = f"{BASE}graph/vocabulary"
"""The graph of everything that belongs to no topic: schema, scales, terms, shared decisions."""

RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
RDFS_LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
SUB_CLASS_OF = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
IS_DEFINED_BY = NamedNode("http://www.w3.org/2000/01/rdf-schema#isDefinedBy")
WAS_DERIVED_FROM = NamedNode("http://www.w3.org/ns/prov#wasDerivedFrom")
ALT_LABEL = NamedNode("http://www.w3.org/2004/02/skos/core#altLabel")
XSD_DECIMAL = NamedNode("http://www.w3.org/2001/XMLSchema#decimal")


def ns(name: str) -> NamedNode:
    """The IRI of a class or property of the schema, from its local name.

    >>> ns("Case").value
    'https://w3id.org/nextstudy/ontology#Case'
    """
    return NamedNode(NS + name)


@cache
def slug(iri: str) -> str:
    """The readable last part of an IRI: what follows the last slash or hash.

    >>> slug("https://w3id.org/nextstudy/finding/fever")
    'fever'
    """
    return iri.rsplit("#", 1)[-1].rsplit("/", 1)[-1]


def qualified(iri: str) -> str:
    """The last two parts of an IRI, which tell things of one identifier apart.

    >>> qualified("https://w3id.org/nextstudy/topic/low-back-pain/red-flags")
    'low-back-pain/red-flags'
    """
    return "/".join(iri.split("/")[-2:])
