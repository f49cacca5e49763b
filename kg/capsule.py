"""The evidence capsule: an answer as one file that says what it rests on, and that another engine can check.

A capsule is JSON-LD with a context of its own, so it is read without network: the case, the verdicts, the conditions
that hold and the ratings of the leading scenarios with the statements that they come from and their places, the content
that was used, and two hashes. Both are SHA-256 over the canonical N-Quads of RDF Dataset Canonicalization (RDFC-1.0):
one of the slice of the guideline that the case was assessed against, one of the case with everything derived of it, in
which the case is ``case:this``. The latter has no blank nodes, so it may also be computed as the hash of its sorted
N-Triples.

``kg.recheck`` assesses the case of a capsule again, with rdflib, and compares field by field. A capsule is not signed:
it shows that verdicts follow from facts and content, not who stated the facts. The note of a case is left out: no query
reads it, and free text may name the patient.
"""

from __future__ import annotations

import bisect
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pyoxigraph import CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad, RdfFormat, serialize

from kg.case import Case
from kg.errors import KgError
from kg.facts import THIS_CASE
from kg.files import write_text
from kg.guide import Guide
from kg.names import BASE, NS, RDF_TYPE, VOCABULARY
from kg.showing import Shown

FORM = "1"
"""Version of the form of a capsule; it changes when a program that reads it would have to."""

VERDICTS = (
    "outcome",
    "entered",
    "leading",
    "considered",
    "best",
    "robust",
    "contraindicated",
    "cautioned",
    "handedTo",
    "applies",
    "ruledOut",
    "urgency",
)
"""What a capsule says of its case besides the facts."""

FACTS = (("present", "present"), ("absent", "absent"), ("assumedAbsent", "assume_absent"))
"""What a capsule says of the facts that are lists: its key, and the attribute of the case."""

_SINGLE = ("outcome", "urgency")  # verdicts of which there is one at most

# The prefixes of the context; the words of the schema need none, because they are its vocabulary.
_PREFIXES = {
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "prov": "http://www.w3.org/ns/prov#",
    "oa": "http://www.w3.org/ns/oa#",
    "dcterms": "http://purl.org/dc/terms/",
}


class _Key(NamedTuple):
    """How a key of the document is meant."""

    property: str
    kind: str = "@id"  # "@id", "@en" for text in English, "" for other text, or a datatype
    several: bool = False


_KEYS = {
    "case": _Key("aboutCase"),
    "guideline": _Key("prov:wasDerivedFrom"),
    "parts": _Key("dcterms:hasPart", several=True),
    "statements": _Key("dcterms:references", several=True),
    "sources": _Key("dcterms:source", several=True),
    "wasDerivedFrom": _Key("prov:wasDerivedFrom", several=True),
    "source": _Key("oa:hasSource"),
    "criterion": _Key("criterion", several=True),
    "rating": _Key("rating", several=True),
    "procedure": _Key("procedure"),
    "category": _Key("category"),
    "disagreement": _Key("disagreement"),
    "confidence": _Key("confidence"),
    "measured": _Key("measured", several=True),
    "measure": _Key("measure"),
    "performed": _Key("performed", several=True),
    "intended": _Key("intended"),
    **{name: _Key(name, several=True) for name, _ in FACTS},
    **{name: _Key(name, several=name not in _SINGLE) for name in VERDICTS},
    "value": _Key("value", "xsd:decimal"),
    "label": _Key("rdfs:label", "@en"),
    "note": _Key("skos:note", "@en"),
    "section": _Key("section", ""),
    "number": _Key("number", ""),
    "start": _Key("oa:start", "xsd:integer"),
    "end": _Key("oa:end", "xsd:integer"),
    "title": _Key("dcterms:title", ""),
    "issued": _Key("dcterms:issued", "xsd:date"),
    "identifier": _Key("dcterms:identifier", ""),
    "version": _Key("owl:versionInfo", ""),
    "sha256": _Key("sha256", ""),
}


def _expanded(name: str) -> str:
    prefix, colon, local = name.rpartition(":")
    return f"{_PREFIXES[prefix]}{local}" if colon else f"{NS}{name}"


def _definition(key: _Key) -> dict[str, str]:
    definition = {"@id": key.property if ":" in key.property else _expanded(key.property)}
    if key.kind == "@en":
        definition["@language"] = "en"
    elif key.kind:
        definition["@type"] = key.kind
    return {**definition, "@container": "@set"} if key.several else definition


CONTEXT: Mapping[str, Any] = {
    "@base": BASE,
    "@vocab": NS,
    **_PREFIXES,
    "id": "@id",
    "type": "@type",
    **{name: _definition(key) for name, key in _KEYS.items()},
}
"""What the keys of a capsule mean, as JSON-LD."""


class CapsuleError(KgError):
    """A file is not a capsule."""

    code = "invalid-capsule"


@dataclass(frozen=True)
class Capsule(Shown):
    """An answer with all that it rests on.

    Attributes:
        document: The JSON-LD document.
    """

    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The IRI of the capsule, made of its two hashes."""
        return BASE + str(self.document["id"])

    def to_dict(self) -> dict[str, Any]:
        """The document.

        Returns:
            A dictionary that JSON can hold.
        """
        return dict(self.document)

    def to_json(self) -> str:
        """The document as text.

        Returns:
            JSON-LD.
        """
        return json.dumps(self.document, indent=2, ensure_ascii=False)

    def __str__(self) -> str:
        """The document as text."""
        return self.to_json()

    def write(self, path: Path | str) -> None:
        """Write the document into a file.

        Args:
            path: The file; what it held is replaced.

        Raises:
            OutputError: The file cannot be written.
        """
        write_text(path, f"{self}\n")


# ---------------------------------------------------------------- making


def capsule(guide: Guide, case: Case) -> Capsule:
    """Make the capsule of a case.

    Args:
        guide: The guideline.
        case: The patient, as far as known.

    Returns:
        The capsule.

    Raises:
        KgError: As for ``Guide.assess``.

    >>> import kg
    >>> made = capsule(kg.load(), kg.Case(present=["adult", "thoracic-back-pain", "radiculopathy"]))
    >>> made.document["case"]["outcome"], made.document["guideline"]["parts"][1]["version"]
    ('scale/recommended', '2024')
    """
    return Capsule(written(guide, guide.derive(case)))


def written(guide: Guide, evaluation: Iterable[Quad], name: str = "") -> dict[str, Any]:
    """Write the document of a capsule.

    Args:
        guide: The guideline.
        evaluation: The facts of a case and everything derived of them, whichever engine did it.
        name: The identifier to give it; without one, it is made of the hashes.

    Returns:
        The document.

    >>> import kg
    >>> written(kg.load(), kg.load().derive(kg.Case()))["case"]["outcome"]
    'scale/no-criteria-apply'
    """
    return _Writer(guide, evaluation, name).document()


def canonical_hash(quads: Iterable[Quad]) -> str:
    """Hash a graph whatever the order of its triples and the labels of its blank nodes.

    Args:
        quads: The triples.

    Returns:
        SHA-256, in hexadecimal digits, of the canonical N-Quads of RDFC-1.0.

    >>> from pyoxigraph import BlankNode
    >>> from kg.names import ns
    >>> see = ns("present")
    >>> canonical_hash([Quad(BlankNode("a"), see, BlankNode("b"))]) == canonical_hash(
    ...     [Quad(BlankNode(), see, BlankNode())]
    ... )
    True
    """
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    # Each statement by itself: a literal may hold characters that str.splitlines would take for the end of a line.
    lines = sorted(serialize([quad], format=RdfFormat.N_QUADS) or b"" for quad in dataset)
    return hashlib.sha256(b"".join(lines)).hexdigest()


class _Shelf:
    """What capsules of one guide share: its content by subject, and the hashes of its slices."""

    def __init__(self, guide: Guide) -> None:
        self._guide = guide
        self._about: dict[str, dict[str, list[NamedNode | Literal]]] = {}
        for triples in (*guide.content.graphs.values(), guide.content.derived):
            _lay(self._about, triples)
        self._hashes: dict[frozenset[str], str] = {}

    def said(self, node: str, key: str) -> Sequence[NamedNode | Literal]:
        """What the content says of a node under a key of the document."""
        return self._about.get(node, {}).get(_expanded(_KEYS[key].property), ())

    def kinds(self, node: str) -> list[str]:
        """The classes of the schema that a node is of."""
        found = (kind.value for kind in self._about.get(node, {}).get(RDF_TYPE.value, ()))
        return sorted(kind.removeprefix(NS) for kind in found if kind.startswith(NS))

    def ontology(self) -> str:
        """The node that carries the version of the vocabulary."""
        wanted = NamedNode(_expanded("owl:Ontology"))
        nodes = (node for node, said in self._about.items() if wanted in said.get(RDF_TYPE.value, ()))
        return next(nodes, "")

    def hash_of_slice(self, topics: frozenset[str]) -> str:
        """The hash of everything that a case is assessed against."""
        if topics not in self._hashes:
            self._hashes[topics] = canonical_hash(self._guide.slice(topics))
        return self._hashes[topics]

    def hash_of_part(self, graph: str) -> str:
        """The hash of what authors state in one graph; what the build derives follows from all of them."""
        key = frozenset({"part", graph})
        if key not in self._hashes:
            stated = set(self._guide.slice(() if graph == VOCABULARY else (graph,)))
            others = set() if graph == VOCABULARY else set(self._guide.slice(()))
            self._hashes[key] = canonical_hash(stated - others - set(self._guide.content.derived))
        return self._hashes[key]


@lru_cache(maxsize=4)
def _shelf(guide: Guide) -> _Shelf:
    return _Shelf(guide)


class _Writer:
    """Writes the document of one case."""

    def __init__(self, guide: Guide, evaluation: Iterable[Quad], name: str = "") -> None:
        """Take what is known of a case.

        Args:
            guide: The guideline.
            evaluation: The facts of the case and what was derived of them.
            name: The identifier of the capsule; without one, it is made of the hashes.
        """
        quads = tuple(evaluation)
        self._guide, self._shelf = guide, _shelf(guide)
        self._topics = guide.basis(quads)
        self._hashes = self._shelf.hash_of_slice(self._topics), canonical_hash(quads)
        self._case = _lay({}, quads)
        self._name = name or capsule_name(*self._hashes)
        self._cited: set[str] = set()

    def document(self) -> dict[str, Any]:
        """The document."""
        case = self._of_case()  # first, because it collects what is cited
        statements = {node: self._statement(node) for node in self._closed()}
        sources = {place.value for node in self._cited for place in self._shelf.said(node, "source")}
        return {
            "@context": dict(CONTEXT),
            "id": self._name,
            "type": "Capsule",
            "version": FORM,
            "sha256": self._hashes[1],
            "guideline": {
                "id": f"{self._name}/guideline",
                "sha256": self._hashes[0],
                "parts": [self._part(graph) for graph in (VOCABULARY, *sorted(self._topics))],
            },
            "case": case,
            "statements": [statements[node] for node in sorted(statements)],
            "sources": [self._node(node, "title", "issued", "identifier", "sha256") for node in sorted(sources)],
        }

    def _part(self, graph: str) -> dict[str, Any]:
        described = self._shelf.ontology() if graph == VOCABULARY else graph
        said = self._node(described, "title", "version", "issued")
        return {**said, "id": _short(graph), "sha256": self._shelf.hash_of_part(graph)}

    def _of_case(self) -> dict[str, Any]:
        own = self._case[THIS_CASE.value]
        verdicts: dict[str, Any] = {
            "applies": [self._condition(node.value) for node in own.get(_expanded("applies"), ())],
        }
        written = {
            "id": self._own(THIS_CASE.value),
            "type": "Case",
            **_written(own, *(name for name, _ in FACTS)),
            "measured": self._parts("measured", "measure", "value"),
            "performed": self._parts("performed", "procedure", "present", "absent"),
            **_written(own, "intended", *(name for name in VERDICTS if name not in verdicts)),
            **verdicts,
        }
        return {key: value for key, value in written.items() if value}

    def _parts(self, relation: str, *keys: str) -> list[dict[str, Any]]:
        parts = (node.value for node in self._case[THIS_CASE.value].get(_expanded(relation), ()))
        # By length first: the tenth study comes after the ninth.
        ordered = sorted(parts, key=lambda part: (len(part), part)) if relation == "performed" else sorted(parts)
        return [{"id": self._own(part), **_written(self._case[part], *keys)} for part in ordered]

    def _holding(self, relation: str) -> set[str]:
        return {node.value for node in self._case[THIS_CASE.value].get(_expanded(relation), ())}

    def _condition(self, node: str) -> dict[str, Any]:
        """A condition that holds; a leading scenario with its ratings."""
        ratings = self._shelf.said(node, "rating") if node in self._holding("leading") else ()
        rated = ("procedure", "category", "disagreement", "confidence", "wasDerivedFrom")
        written = {
            "id": _short(node),
            "type": self._guide.knowledge.kinds[node],
            **self._said(node, "label", "wasDerivedFrom"),
            "criterion": [
                self._node(part.value, "label", "wasDerivedFrom") for part in self._shelf.said(node, "criterion")
            ],
            "rating": [self._node(part.value, *rated) for part in ratings],
        }
        return {key: value for key, value in written.items() if value}

    def _closed(self) -> Iterator[str]:
        """Everything cited; what a decision rests on is cited by it."""
        told: set[str] = set()
        while more := self._cited - told:
            told |= more
            yield from more

    def _statement(self, node: str) -> dict[str, Any]:
        place = self._said(node, "label", "note", "section", "number", "start", "end", "source", "wasDerivedFrom")
        return {"id": _short(node), "type": " ".join(self._shelf.kinds(node)[:1]), **place}

    def _node(self, node: str, *keys: str) -> dict[str, Any]:
        return {"id": _short(node), **self._said(node, *keys)}

    def _said(self, node: str, *keys: str) -> dict[str, Any]:
        if "wasDerivedFrom" in keys:
            self._cited.update(origin.value for origin in self._shelf.said(node, "wasDerivedFrom"))
        return {key: _value(key, values) for key in keys if (values := self._shelf.said(node, key))}

    def _own(self, node: str) -> str:
        """A node of the case, named after the capsule: many capsules can lie in one store."""
        return f"{self._name}/case{node.removeprefix(THIS_CASE.value)}"


def capsule_name(hash_of_slice: str, hash_of_case: str) -> str:
    """The identifier of a capsule.

    Args:
        hash_of_slice: The hash of the slice of the guideline.
        hash_of_case: The hash of the case with everything derived of it.

    Returns:
        An IRI relative to the base of the project.

    >>> capsule_name("a", "b").startswith("capsule/")
    True
    """
    return f"capsule/{hashlib.sha256(f'{hash_of_slice} {hash_of_case}'.encode()).hexdigest()}"


_About = dict[str, dict[str, list[NamedNode | Literal]]]


def _lay(about: _About, quads: Iterable[Quad]) -> _About:
    """Sort triples by subject and predicate; the objects in order, each once."""
    for quad in quads:
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
            objects = about.setdefault(quad.subject.value, {}).setdefault(quad.predicate.value, [])
            if quad.object not in objects:
                bisect.insort(objects, quad.object, key=str)
    return about


def _written(said: Mapping[str, Sequence[NamedNode | Literal]], *keys: str) -> dict[str, Any]:
    found = ((key, said.get(_expanded(_KEYS[key].property), ())) for key in keys)
    return {key: _value(key, values) for key, values in found if values}


def _value(key: str, terms: Sequence[NamedNode | Literal]) -> Any:
    """The objects of a property, as the context reads them back."""
    values = [_short(term.value) if isinstance(term, NamedNode) else _text(term, _KEYS[key].kind) for term in terms]
    return values if _KEYS[key].several or len(values) > 1 else values[0]


def _text(literal: Literal, kind: str) -> Any:
    """A literal: text alone where the context says the rest."""
    if literal.language:
        plain, rest = (kind, literal.language) == ("@en", "en"), {"@language": literal.language}
    else:
        datatype = literal.datatype.value
        plain, rest = datatype == _expanded(kind or "xsd:string"), {"@type": datatype}
    return literal.value if plain else {"@value": literal.value, **rest}


def _short(iri: str) -> str:
    """An IRI relative to the base of the context."""
    return iri.removeprefix(BASE)
