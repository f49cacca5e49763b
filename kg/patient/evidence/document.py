"""Writes the document of a capsule: the case, the conclusions about it, and the content that they rest on.

While the case is written, everything that it cites is collected. Then the cited statements are written, then the
statements that these cite, and so on until nothing new is cited.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from kg.knowledge.sparql.iris import NS, RDF_TYPE, SUB_CLASS_OF, VOCABULARY
from kg.patient.assess.assessor import Assessor
from kg.patient.evidence.context import CONCLUDED, CONTEXT, expanded, property_of, short, values_under
from kg.patient.evidence.hashes import canonical_hash, capsule_name
from kg.patient.facts import FACTS, THIS_CASE

FORM = "1"
"""Version of the form of a capsule; it changes when programs that read capsules would have to change."""


def capsule_document(guide: Assessor, evaluation: Iterable[Quad], name: str = "") -> dict[str, Any]:
    """Write the document of a capsule.

    Args:
        guide: Has the content.
        evaluation: The facts of a case and everything derived from them, by either engine.
        name: The identifier of the capsule; by default it is made from the hashes.

    >>> import kg
    >>> capsule_document(kg.load(), kg.load().derive(kg.Case()))["case"]["outcome"]
    'scale/no-criteria-apply'
    """
    return _DocumentWriter(guide, evaluation, name).document()


_About = dict[str, dict[str, list[NamedNode | Literal]]]


class _SharedContent:
    """What capsules of one guide share: its content by subject, and the hashes of its slices."""

    def __init__(self, guide: Assessor) -> None:
        self._guide = guide
        self._about: _About = {}
        for triples in (*guide.core.content.graphs.values(), guide.core.content.derived):
            _lay(self._about, triples)
        self._hashes: dict[frozenset[str], str] = {}

    def about(self, node: str) -> Mapping[str, Sequence[NamedNode | Literal]]:
        """What the content says about a node, by property."""
        return self._about.get(node, {})

    def said(self, node: str, key: str) -> Sequence[NamedNode | Literal]:
        """What the content says about a node under a key of the document."""
        return self.about(node).get(property_of(key), ())

    def kinds(self, node: str) -> list[str]:
        """The classes of the schema that a node belongs to, without those above them."""
        found = {kind.value for kind in self.about(node).get(RDF_TYPE.value, ())}
        above = {wider.value for kind in found for wider in self.about(kind).get(SUB_CLASS_OF.value, ())}
        return sorted(kind.removeprefix(NS) for kind in found - above if kind.startswith(NS))

    def ontology(self) -> str:
        """The node that carries the version of the vocabulary."""
        wanted = NamedNode(expanded("owl:Ontology"))
        nodes = (node for node, said in self._about.items() if wanted in said.get(RDF_TYPE.value, ()))
        return next(nodes, "")

    def hash_of_slice(self, topics: frozenset[str]) -> str:
        """The hash of all triples that a case is assessed against."""
        if topics not in self._hashes:
            self._hashes[topics] = canonical_hash(self._guide.core.triples(topics))
        return self._hashes[topics]

    def hash_of_part(self, graph: str) -> str:
        """The hash of what authors state in one graph, without what the build derives."""
        key = frozenset({"part", graph})
        if key not in self._hashes:
            stated = set(self._guide.core.triples(() if graph == VOCABULARY else (graph,)))
            others = set() if graph == VOCABULARY else set(self._guide.core.triples(()))
            self._hashes[key] = canonical_hash(stated - others - set(self._guide.core.content.derived))
        return self._hashes[key]


@lru_cache(maxsize=4)
def _shared_content(guide: Assessor) -> _SharedContent:
    return _SharedContent(guide)


class _DocumentWriter:
    """Writes the document of one case."""

    def __init__(self, guide: Assessor, evaluation: Iterable[Quad], name: str = "") -> None:
        quads = tuple(evaluation)
        self._guide, self._shared = guide, _shared_content(guide)
        self._topics = guide.core.basis(quads)
        self._hashes = self._shared.hash_of_slice(self._topics), canonical_hash(quads)
        self._case = _lay({}, quads)
        self._name = name or capsule_name(*self._hashes)
        self._cited: set[str] = set()

    def document(self) -> dict[str, Any]:
        """Write the document."""
        case = self._of_case()  # first, because this collects what is cited
        statements = {node: self._statement(node) for node in self._closed()}
        sources = {place.value for node in self._cited for place in self._shared.said(node, "source")}
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
        described = self._shared.ontology() if graph == VOCABULARY else graph
        said = self._node(described, "title", "version", "issued")
        return {**said, "id": short(graph), "sha256": self._shared.hash_of_part(graph)}

    def _of_case(self) -> dict[str, Any]:
        own = self._case[THIS_CASE.value]
        concluded: dict[str, Any] = {
            "applies": [self._condition(node.value) for node in own.get(expanded("applies"), ())],
        }
        chosen = [self._condition(node.value) for node in own.get(expanded("chosen"), ())]
        written = {
            "id": self._own(THIS_CASE.value),
            "type": "Case",
            **values_under(own, *(name for name, _ in FACTS)),
            "measured": self._parts("measured", "measure", "value"),
            "performed": self._parts("performed", "procedure", "present", "absent", "date"),
            "history": self._parts("history", "procedure", "present", "absent", "date"),
            "since": self._parts("since", "present", "date"),
            "chosen": chosen,
            **values_under(
                own, "order", "presumes", "performedSince", *(name for name in CONCLUDED if name not in concluded)
            ),
            **concluded,
        }
        return {key: value for key, value in written.items() if value}

    def _parts(self, relation: str, *keys: str) -> list[dict[str, Any]]:
        parts = (node.value for node in self._case[THIS_CASE.value].get(expanded(relation), ()))
        # By length first, so that .../10 comes after .../9.
        by_number = relation in ("performed", "history")
        ordered = sorted(parts, key=lambda part: (len(part), part)) if by_number else sorted(parts)
        return [{"id": self._own(part), **values_under(self._case[part], *keys)} for part in ordered]

    def _holding(self, relation: str) -> set[str]:
        return {node.value for node in self._case[THIS_CASE.value].get(expanded(relation), ())}

    def _condition(self, node: str) -> dict[str, Any]:
        """A condition that holds or was chosen; a scenario that leads or was chosen comes with its ratings."""
        rated_here = self._holding("leading") | self._holding("chosen")
        ratings = self._shared.said(node, "rating") if node in rated_here else ()
        rated = ("procedure", "category", "disagreement", "confidence", "wasDerivedFrom")
        written = {
            "id": short(node),
            "type": self._guide.core.lookup.kinds[node],
            **self._said(node, "label", "wasDerivedFrom"),
            "criterion": [
                self._node(part.value, "label", "wasDerivedFrom") for part in self._shared.said(node, "criterion")
            ],
            "rating": [self._node(part.value, *rated) for part in ratings],
        }
        return {key: value for key, value in written.items() if value}

    def _closed(self) -> Iterator[str]:
        """Everything cited, and what that cites in turn; the caller cites more while this runs, by ``_statement``."""
        told: set[str] = set()
        while more := self._cited - told:
            told |= more
            yield from more

    def _statement(self, node: str) -> dict[str, Any]:
        place = self._said(node, "label", "note", "section", "number", "start", "end", "source", "wasDerivedFrom")
        return {"id": short(node), "type": " ".join(self._shared.kinds(node)[:1]), **place}

    def _node(self, node: str, *keys: str) -> dict[str, Any]:
        return {"id": short(node), **self._said(node, *keys)}

    def _said(self, node: str, *keys: str) -> dict[str, Any]:
        if "wasDerivedFrom" in keys:
            self._cited.update(origin.value for origin in self._shared.said(node, "wasDerivedFrom"))
        return values_under(self._shared.about(node), *keys)

    def _own(self, node: str) -> str:
        """The name of a node of the case. It begins with the name of the capsule, so capsules can share a store."""
        return f"{self._name}/case{node.removeprefix(THIS_CASE.value)}"


def _lay(about: _About, quads: Iterable[Quad]) -> _About:
    """Sort triples by subject and predicate, with the objects in order and each once."""
    for quad in quads:
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
            objects = about.setdefault(quad.subject.value, {}).setdefault(quad.predicate.value, [])
            if quad.object not in objects:
                bisect.insort(objects, quad.object, key=str)
    return about
