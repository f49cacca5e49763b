"""The evidence capsule: an answer as one file that says what it rests on, and that another engine can check.

A capsule is JSON-LD with a context of its own, so it is read without network: the case, the verdicts, the conditions
that hold and the ratings of the leading scenarios with the statements that they come from and their places, the content
that was used, and two hashes. Both are SHA-256 over the canonical N-Quads of RDF Dataset Canonicalization (RDFC-1.0):
one of the slice of the guideline that the case was assessed against, one of the case with everything derived of it, in
which the case is ``case:this``. The latter has no blank nodes, so it may also be computed as the hash of its sorted
N-Triples.

``recheck`` assesses the case of a capsule again, with rdflib, and compares field by field. A capsule is not signed: it
shows that verdicts follow from facts and content, not who stated the facts. The note of a case is left out: no query
reads it, and free text may name the patient.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad, RdfFormat, serialize

from kg.case import Case, Performed
from kg.content import VOCABULARY
from kg.errors import CaseError, KgError, UnknownTermError
from kg.facts import THIS_CASE, facts
from kg.guide import Guide
from kg.names import BASE, NS, RDF_TYPE, ns, slug
from kg.text import wrapped

if TYPE_CHECKING:
    from kg.second_engine import SecondEngine

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

_FACTS = (("present", "present"), ("absent", "absent"), ("assumedAbsent", "assume_absent"))
_LOOSE = frozenset({"outcome", "urgency"})  # verdicts of which there is one at most

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
    **{name: _Key(name, several=True) for name, _ in _FACTS},
    **{name: _Key(name, several=name not in _LOOSE) for name in VERDICTS},
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


def _definition(key: _Key) -> dict[str, str]:
    definition = {"@id": key.property if ":" in key.property else f"{NS}{key.property}"}
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
class Capsule:
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


@dataclass(frozen=True)
class Difference:
    """Something that a capsule says and that was not found again.

    Attributes:
        kind: ``content`` when the guideline is another one, ``verdict``, ``statement`` for what is cited, ``case`` for
            the facts, ``form`` for identifiers, hashes, the context and whatever else a capsule does not have.
        place: Where in the document, such as ``case > best``.
        message: What differs, as one sentence.
    """

    kind: str
    place: str
    message: str


@dataclass(frozen=True)
class Recheck:
    """What came of rechecking a capsule.

    Attributes:
        capsule: The identifier that the capsule gives itself.
        engine: What derived the verdicts again, such as ``rdflib 7.6.0``.
        differences: What differs, in the order of the document; empty when all is the same.
    """

    capsule: str
    engine: str
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether the capsule says exactly what was derived again."""
        return not self.differences

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data.

        Returns:
            A dictionary that JSON can hold.
        """
        return {"same": self.same, **asdict(self), "differences": [asdict(found) for found in self.differences]}

    def __str__(self) -> str:
        """The result as text of at most 80 columns."""
        if self.same:
            return wrapped(f"SAME: {self.engine} derives every verdict of the capsule, from the same content.", 0, 2)
        kinds = {found.kind for found in self.differences}
        comment = "" if "verdict" in kinds else " The verdicts are the same."
        lines = [wrapped(f"DIFFERENT: {self.engine} derives something else.{comment}", 0, 2)]
        return "\n".join([*lines, *(wrapped(f"{found.kind}: {found.message}", 2, 4) for found in self.differences)])


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
    >>> recheck(made.document, kg.load()).same
    True
    """
    guide.assess(case)  # refuses a case that contradicts itself
    return Capsule(_Writer(guide, guide.derive(case)).document())


def canonical_hash(quads: Iterable[Quad]) -> str:
    """Hash a graph whatever the order of its triples and the labels of its blank nodes.

    Args:
        quads: The triples.

    Returns:
        SHA-256, in hexadecimal digits, of the canonical N-Quads of RDFC-1.0.

    >>> from pyoxigraph import BlankNode
    >>> see = ns("present")
    >>> canonical_hash([Quad(BlankNode("a"), see, BlankNode("b"))]) == canonical_hash([Quad(BlankNode(), see, BlankNode())])
    True
    """
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    # Each statement by itself: a literal may hold characters that str.splitlines would take for the end of a line.
    lines = sorted(serialize([quad], format=RdfFormat.N_QUADS) for quad in dataset)
    return hashlib.sha256(b"".join(lines)).hexdigest()


class _Shelf:
    """The content of a guide, by subject, with the hashes of its slices: what capsules of the same guide share."""

    def __init__(self, guide: Guide) -> None:
        self._guide = guide
        self._hashes: dict[frozenset[str], str] = {}
        self._engines: dict[frozenset[str], SecondEngine] = {}

    @cached_property
    def about(self) -> Mapping[NamedNode, Mapping[NamedNode, Collection[NamedNode | Literal]]]:
        """Everything stated of a node, and the criteria that it inherits."""
        about: dict[NamedNode, dict[NamedNode, set[NamedNode | Literal]]] = defaultdict(lambda: defaultdict(set))
        for triples in (*self._guide.content.graphs.values(), self._guide.content.derived):
            for triple in triples:
                if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode | Literal):
                    about[triple.subject][triple.predicate].add(triple.object)
        return about

    def hash_of_slice(self, topics: frozenset[str]) -> str:
        """The hash of everything that a case is assessed against."""
        if topics not in self._hashes:
            self._hashes[topics] = canonical_hash(self._guide.slice(topics))
        return self._hashes[topics]

    @cached_property
    def hash_of_vocabulary(self) -> str:
        """The hash of what authors state outside the topics."""
        return canonical_hash(self._stated(()))

    @cache  # noqa: B019 - a shelf lives as long as the process keeps its guide, see _shelf
    def hash_of_topic(self, topic: str) -> str:
        """The hash of what authors state in a topic; what the build derives follows from it."""
        return canonical_hash(self._stated((topic,)) - self._stated(()))

    def engine(self, topics: frozenset[str]) -> SecondEngine:
        """The second engine, filled with a slice."""
        from kg.second_engine import SecondEngine

        if topics not in self._engines:
            self._engines[topics] = SecondEngine(self._guide.slice(topics))
        return self._engines[topics]

    def _stated(self, topics: tuple[str, ...]) -> set[Quad]:
        return set(self._guide.slice(topics)) - set(self._guide.content.derived)


@lru_cache(maxsize=4)
def _shelf(guide: Guide) -> _Shelf:
    return _Shelf(guide)


class _Writer:
    """Writes the document of one case."""

    def __init__(self, guide: Guide, evaluation: Iterable[Quad], capsule_id: str = "") -> None:
        """Take what is known of a case.

        Args:
            guide: The guideline.
            evaluation: The facts of the case and what was derived of them.
            capsule_id: The identifier to give it; without one, it is made of the hashes.
        """
        self._guide = guide
        self._shelf = _shelf(guide)
        quads = tuple(evaluation)
        self._topics = _topics(guide, quads)
        self._hash = canonical_hash(quads)
        self._case: dict[NamedNode, dict[NamedNode, set[NamedNode | Literal]]] = defaultdict(lambda: defaultdict(set))
        for quad in quads:
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
                self._case[quad.subject][quad.predicate].add(quad.object)
        self._id = capsule_id or capsule_name(self._shelf.hash_of_slice(self._topics), self._hash)
        self._cited: set[NamedNode] = set()

    def document(self) -> dict[str, Any]:
        """The document."""
        case = self._case_node()  # first: it collects what is cited
        statements = [self._statement(node) for node in _ordered(self._cited)]
        sources = {part for node in self._cited for part in self._shelf.about[node].get(_iri("oa:hasSource"), ())}
        return {
            "@context": dict(CONTEXT),
            "id": self._id,
            "type": "Capsule",
            "version": FORM,
            "sha256": self._hash,
            "guideline": {
                "id": f"{self._id}/guideline",
                "sha256": self._shelf.hash_of_slice(self._topics),
                "parts": [self._vocabulary(), *(self._topic(topic) for topic in sorted(self._topics))],
            },
            "case": case,
            "statements": statements,
            "sources": [
                self._node(node, "title", "issued", "identifier", "sha256")
                for node in _ordered(sources)
                if isinstance(node, NamedNode)
            ],
        }

    def _vocabulary(self) -> dict[str, Any]:
        ontologies = [
            node for node, said in self._shelf.about.items() if NamedNode(_expanded("owl:Ontology")) in said[RDF_TYPE]
        ]
        version = {key: value for node in ontologies for key, value in self._said(node, "version").items()}
        return {"id": _short(VOCABULARY), **version, "sha256": self._shelf.hash_of_vocabulary}

    def _topic(self, topic: str) -> dict[str, Any]:
        node = self._node(NamedNode(topic), "title", "version", "issued")
        return {**node, "sha256": self._shelf.hash_of_topic(topic)}

    def _case_node(self) -> dict[str, Any]:
        own = self._case[THIS_CASE]
        written: dict[str, Any] = {"id": self._own(THIS_CASE), "type": "Case"}
        for name, _ in _FACTS:
            written |= self._listed(name, own[ns(name)])
        for name, keys in (("measured", ("measure", "value")), ("performed", ("procedure", "present", "absent"))):
            parts = [part for part in _ordered(own[ns(name)], _by_number) if isinstance(part, NamedNode)]
            if parts:
                written[name] = [
                    {"id": self._own(part), **_values(self._case[part], keys, sort=True)} for part in parts
                ]
        written |= _values(own, ("intended",), sort=True)
        for name in VERDICTS:
            if name == "urgency":
                written |= self._urgency()
            elif name == "applies":
                holding = [node for node in _ordered(own[ns(name)]) if isinstance(node, NamedNode)]
                written[name] = [self._condition(node, leads=node in own[ns("leading")]) for node in holding]
            elif name == "outcome":
                written |= _values(own, (name,), sort=True)
            else:
                written |= self._listed(name, own[ns(name)])
        return written

    def _listed(self, name: str, values: Iterable[NamedNode | Literal]) -> dict[str, Any]:
        found = [_short(value.value) for value in _ordered(values)]
        return {name: found} if found else {}

    def _urgency(self) -> dict[str, Any]:
        """The highest level of the urgency rules that hold."""
        rules = self._guide.knowledge.urgency_rules
        holding = {node.value for node in self._case[THIS_CASE][ns("applies")]}
        levels = [(int(rule["rank"]), rule["urgency"]) for iri, rule in rules.items() if iri in holding]
        return {"urgency": _short(max(levels)[1])} if levels else {}

    def _condition(self, node: NamedNode, *, leads: bool) -> dict[str, Any]:
        criteria = [part for part in _ordered(self._shelf.about[node][ns("criterion")]) if isinstance(part, NamedNode)]
        ratings = [part for part in _ordered(self._shelf.about[node][ns("rating")]) if isinstance(part, NamedNode)]
        written = {"id": _short(node.value), "type": self._guide.knowledge.kinds[node.value], **self._said(node, "label")}
        if criteria:
            written["criterion"] = [{**self._node(part, "label"), **self._origins(part)} for part in criteria]
        if ratings and leads:
            keys = ("procedure", "category", "disagreement", "confidence")
            written["rating"] = [{**self._node(part, *keys), **self._origins(part)} for part in ratings]
        return {**written, **self._origins(node)}

    def _origins(self, node: NamedNode) -> dict[str, Any]:
        found = [part for part in self._shelf.about[node][_iri("wasDerivedFrom")] if isinstance(part, NamedNode)]
        self._cited.update(found)
        return self._listed("wasDerivedFrom", found)

    def _statement(self, node: NamedNode) -> dict[str, Any]:
        kinds = [_short_type(kind.value) for kind in self._shelf.about[node][RDF_TYPE] if kind.value.startswith(NS)]
        place = self._said(node, "label", "note", "section", "number", "start", "end", "source")
        return {"id": _short(node.value), "type": "".join(sorted(kinds)[:1]), **place}

    def _node(self, node: NamedNode, *keys: str) -> dict[str, Any]:
        return {"id": _short(node.value), **self._said(node, *keys)}

    def _said(self, node: NamedNode, *keys: str) -> dict[str, Any]:
        return _values(self._shelf.about[node], keys)

    def _own(self, node: NamedNode) -> str:
        """A node of the case, named after the capsule: capsules of several cases can lie in one store."""
        return f"{self._id}/case{node.value.removeprefix(THIS_CASE.value)}"


def capsule_name(hash_of_slice: str, hash_of_case: str) -> str:
    """The identifier of a capsule.

    Args:
        hash_of_slice: The hash of the slice of the guideline.
        hash_of_case: The hash of the case with everything derived of it.

    Returns:
        An IRI relative to the base of the project.

    >>> capsule_name("a", "b")[:12]
    'capsule/ac13'
    """
    return f"capsule/{hashlib.sha256(f'{hash_of_slice} {hash_of_case}'.encode()).hexdigest()}"
