"""Namespaces and the few words of the schema that Python itself has to know."""

from __future__ import annotations

from functools import cache

from pyoxigraph import NamedNode

BASE = "https://w3id.org/nextstudy/"
NS = f"{BASE}ontology#"
VOCABULARY = f"{BASE}graph/vocabulary"
"""The graph of everything that is not a topic: schema, scales, terms, shared decisions."""

RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
RDFS_LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
SUB_CLASS_OF = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
IS_DEFINED_BY = NamedNode("http://www.w3.org/2000/01/rdf-schema#isDefinedBy")
WAS_DERIVED_FROM = NamedNode("http://www.w3.org/ns/prov#wasDerivedFrom")
ALT_LABEL = NamedNode("http://www.w3.org/2004/02/skos/core#altLabel")
XSD_DECIMAL = NamedNode("http://www.w3.org/2001/XMLSchema#decimal")

SEARCHED = ("Finding", "Procedure", "Measure", "Diagnosis", "Action")
"""The kinds of term of which there are so many that `nextstudy find` searches them."""


def ns(name: str) -> NamedNode:
    """A term of the schema.

    Args:
        name: Its local name.

    Returns:
        Its IRI.

    >>> ns("Case").value
    'https://w3id.org/nextstudy/ontology#Case'
    """
    return NamedNode(NS + name)


@cache
def slug(iri: str) -> str:
    """The readable last part of an IRI.

    Args:
        iri: An IRI of this project.

    Returns:
        What follows the last slash or hash.

    >>> slug("https://w3id.org/nextstudy/finding/fever")
    'fever'
    """
    return iri.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
