"""What the keys of a capsule mean, and how RDF terms are written under them: the JSON-LD context and its inverse.

For example, the context defines ``value`` as ``{"@id": ns:value, "@type": xsd:decimal}``. So the literal
``"65"^^xsd:decimal`` is written as plain ``"65"``, and a literal of another type keeps its type:
``{"@value": "65", "@type": ...}``. A key that may have several values always has a list. An IRI below the base of the
project is written without the base.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.knowledge.sparql.iris import BASE, NS
from kg.patient.facts import FACTS

CONCLUDED = (
    "outcome",
    "basis",
    "takenAsSeen",
    "presumedAbsent",
    "entered",
    "mayEnter",
    "leading",
    "matched",
    "considered",
    "best",
    "appropriate",
    "acceptable",
    "arguable",
    "barred",
    "robust",
    "perhapsBefore",
    "contraindicated",
    "cautioned",
    "handedTo",
    "applies",
    "ruledOut",
    "urgency",
    "studiesDependOn",
    "urgencyDependsOn",
    "orderRating",
    "orderVerdict",
    "chosenFailed",
    "chosenBest",
    "chosenRobust",
    "chosenOrderRating",
    "chosenOrderVerdict",
)
"""The conclusions that a capsule states about its case."""

_SINGLE = ("outcome", "basis", "urgency", "orderRating", "orderVerdict", "chosenOrderRating", "chosenOrderVerdict")
"""The conclusions of which there is at most one."""

# The names of the schema need no prefix, because they are the vocabulary of the context.
_CONTEXT_PREFIXES = {
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "prov": "http://www.w3.org/ns/prov#",
    "oa": "http://www.w3.org/ns/oa#",
    "dcterms": "http://purl.org/dc/terms/",
}


class _KeyMeaning(NamedTuple):
    """What a key of the document means."""

    property: str
    kind: str = "@id"  # "@id", "@en" for English text, "" for other text, or a datatype
    several: bool = False


_KEYS = {
    "case": _KeyMeaning("aboutCase"),
    "guideline": _KeyMeaning("prov:wasDerivedFrom"),
    "parts": _KeyMeaning("dcterms:hasPart", several=True),
    "statements": _KeyMeaning("dcterms:references", several=True),
    "sources": _KeyMeaning("dcterms:source", several=True),
    "wasDerivedFrom": _KeyMeaning("prov:wasDerivedFrom", several=True),
    "source": _KeyMeaning("oa:hasSource"),
    "criterion": _KeyMeaning("criterion", several=True),
    "rating": _KeyMeaning("rating", several=True),
    "procedure": _KeyMeaning("procedure"),
    "category": _KeyMeaning("category"),
    "disagreement": _KeyMeaning("disagreement"),
    "confidence": _KeyMeaning("confidence"),
    "measured": _KeyMeaning("measured", several=True),
    "measure": _KeyMeaning("measure"),
    "performed": _KeyMeaning("performed", several=True),
    "history": _KeyMeaning("history", several=True),
    "since": _KeyMeaning("since", several=True),
    "date": _KeyMeaning("date", ""),
    "presumes": _KeyMeaning("presumes", several=True),
    "performedSince": _KeyMeaning("performedSince", several=True),
    "order": _KeyMeaning("order"),
    "chosen": _KeyMeaning("chosen", several=True),
    **{name: _KeyMeaning(name, several=True) for name, _ in FACTS},
    **{name: _KeyMeaning(name, several=name not in _SINGLE) for name in CONCLUDED},
    "value": _KeyMeaning("value", "xsd:decimal"),
    "label": _KeyMeaning("rdfs:label", "@en"),
    "note": _KeyMeaning("skos:note", "@en"),
    "section": _KeyMeaning("section", ""),
    "number": _KeyMeaning("number", ""),
    "start": _KeyMeaning("oa:start", "xsd:integer"),
    "end": _KeyMeaning("oa:end", "xsd:integer"),
    "title": _KeyMeaning("dcterms:title", ""),
    "issued": _KeyMeaning("dcterms:issued", "xsd:date"),
    "identifier": _KeyMeaning("dcterms:identifier", ""),
    "version": _KeyMeaning("owl:versionInfo", ""),
    "sha256": _KeyMeaning("sha256", ""),
}


def expanded(name: str) -> str:
    """The full IRI of a name; a name without a prefix belongs to the schema.

    >>> expanded("rdfs:label"), expanded("present") == f"{NS}present"
    ('http://www.w3.org/2000/01/rdf-schema#label', True)
    """
    prefix, colon, local = name.rpartition(":")
    return f"{_CONTEXT_PREFIXES[prefix]}{local}" if colon else f"{NS}{name}"


def _definition(key: _KeyMeaning) -> dict[str, str]:
    definition = {"@id": key.property if ":" in key.property else expanded(key.property)}
    if key.kind == "@en":
        definition["@language"] = "en"
    elif key.kind:
        definition["@type"] = key.kind
    return {**definition, "@container": "@set"} if key.several else definition


CONTEXT: Mapping[str, Any] = {
    "@base": BASE,
    "@vocab": NS,
    **_CONTEXT_PREFIXES,
    "id": "@id",
    "type": "@type",
    **{name: _definition(key) for name, key in _KEYS.items()},
}
"""What the keys of a capsule mean, as JSON-LD."""


def property_of(key: str) -> str:
    """The IRI of the property that a key of the document means."""
    return expanded(_KEYS[key].property)


def values_under(said: Mapping[str, Sequence[NamedNode | Literal]], *keys: str) -> dict[str, Any]:
    """What is said about a node, under some keys of the document.

    Args:
        said: The objects of each property, by the IRI of the property.
        keys: The keys to write; a key without an object is left out.
    """
    found = ((key, said.get(property_of(key), ())) for key in keys)
    return {key: _under(key, values) for key, values in found if values}


def _under(key: str, terms: Sequence[NamedNode | Literal]) -> Any:
    """The objects of a property, written so that the context restores them."""
    values = [
        short(term.value) if isinstance(term, NamedNode) else _literal_under(term, _KEYS[key].kind) for term in terms
    ]
    return values if _KEYS[key].several or len(values) > 1 else values[0]


def _literal_under(literal: Literal, kind: str) -> Any:
    """A literal, as plain text if the context supplies its language or type."""
    if literal.language:
        plain, rest = (kind, literal.language) == ("@en", "en"), {"@language": literal.language}
    else:
        datatype = literal.datatype.value
        plain, rest = datatype == expanded(kind or "xsd:string"), {"@type": datatype}
    return literal.value if plain else {"@value": literal.value, **rest}


def short(iri: str) -> str:
    """An IRI relative to the base of the context.

    >>> short(f"{BASE}finding/fever")
    'finding/fever'
    """
    return iri.removeprefix(BASE)
