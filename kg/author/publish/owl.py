"""Defines the conditions in OWL 2 DL, generated from the same nodes that the queries read.

A condition becomes a defined class: the cases that, for every criterion, have one of the findings that meet it when
present, or lack one of those that meet it when absent. A condition without criteria is the class of all cases.
Protégé shows these classes, and HermiT reasons with them (``kg.author.publish.reasoner``).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from kg.knowledge.content.content import Content
from kg.knowledge.sparql.iris import NS, RDF_TYPE, RDFS_LABEL, SUB_CLASS_OF, ns

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_OWL = "http://www.w3.org/2002/07/owl#"
_FIRST, _REST, _NIL = (NamedNode(_RDF + name) for name in ("first", "rest", "nil"))
_CLASS, _NOTHING = NamedNode(f"{_OWL}Class"), NamedNode(f"{_OWL}Nothing")
_EQUIVALENT, _COMPLEMENT = NamedNode(f"{_OWL}equivalentClass"), NamedNode(f"{_OWL}complementOf")
_AND, _OR = NamedNode(f"{_OWL}intersectionOf"), NamedNode(f"{_OWL}unionOf")
_DEFINITION = NamedNode("http://www.w3.org/2004/02/skos/core#definition")

HAS_FINDING = ns("hasFinding")
"""Relates a case to a finding of its own: this patient's fever, an instance of the class of fevers."""

ClassExpression = NamedNode | BlankNode
"""A named class, or the node of an anonymous one."""


def definitions(content: Content) -> tuple[Quad, ...]:
    """Define every condition as an OWL class.

    Args:
        content: What ``kg.knowledge.content.content.read`` returns.

    Returns:
        The axioms: the hierarchy of the findings, which of them exclude each other, and for every condition an
        equivalent class and, if the author wrote none, a definition in words. The same content always gives the same
        order and the same labels of blank nodes.

    >>> from kg.knowledge.content.content import read
    >>> from kg.knowledge.sparql.resources import shipped
    >>> axioms = definitions(read(shipped("ontology")))
    >>> sum(axiom.predicate.value.endswith("equivalentClass") for axiom in axioms) >= 7
    True
    """
    triples = [triple for triples in (*content.graphs.values(), content.derived) for triple in triples]
    objects = _objects_of(triples)
    findings = {finding for finding, kinds in objects[RDF_TYPE].items() if ns("Finding") in kinds}
    defined = {triple.subject for triple in triples if triple.predicate == _DEFINITION}
    named = (triple for triple in triples if triple.predicate == RDFS_LABEL)
    labels = {triple.subject: triple.object.value for triple in named if isinstance(triple.object, Literal)}
    axioms = Axioms()
    axioms.declare_vocabulary()
    for finding in _sorted(findings):
        axioms.declare(finding)
        for broader in objects[SUB_CLASS_OF][finding]:
            if broader in findings:
                axioms.require(finding, broader)
    for finding, others in objects[ns("excludes")].items():
        for other in others:
            if finding.value <= other.value:  # exclusion is mutual: one axiom says both
                axioms.exclude(finding, other)
    for condition in conditions(content):
        criteria = [
            (criterion, objects[ns("ifPresent")][criterion], objects[ns("ifAbsent")][criterion])
            for criterion in objects[ns("criterion")][condition]
        ]
        axioms.declare(condition)
        if not criteria and ns("Scenario") in objects[RDF_TYPE][condition]:  # a person chooses it; facts never find it
            if condition not in defined:
                axioms.add(Quad(condition, _DEFINITION, Literal(_ONLY_CHOSEN, language="en")))
            continue
        axioms.add(Quad(condition, _EQUIVALENT, axioms.case_meeting(condition, criteria)))
        if condition not in defined:
            words = _in_words(labels.get(criterion, "") for criterion, _, _ in criteria)
            axioms.add(Quad(condition, _DEFINITION, words))
    return tuple(axioms.quads)


def individuals(content: Content) -> tuple[Quad, ...]:
    """Declare what belongs to a class of the schema and is no class itself: ratings, sources, values of scales.

    Args:
        content: What ``kg.knowledge.content.content.read`` returns.

    Returns:
        The declarations, by which libraries for OWL list individuals.
    """
    objects = _objects_of(triple for triples in (*content.graphs.values(), content.derived) for triple in triples)
    classes = {*conditions(content), *objects[SUB_CLASS_OF]}
    typed = (node for node, kinds in objects[RDF_TYPE].items() if any(kind.value.startswith(NS) for kind in kinds))
    return tuple(Quad(node, RDF_TYPE, NamedNode(f"{_OWL}NamedIndividual")) for node in typed if node not in classes)


def conditions(content: Content) -> tuple[NamedNode, ...]:
    """Everything that a case can meet, in order: the instances of ``ns:Condition`` and of its kinds."""
    objects = _objects_of(triple for triples in content.graphs.values() for triple in triples)
    kinds = {ns("Condition")}
    while wider := {kind for kind, above in objects[SUB_CLASS_OF].items() if not kinds.isdisjoint(above)} - kinds:
        kinds |= wider
    return tuple(_sorted(node for node, types in objects[RDF_TYPE].items() if not kinds.isdisjoint(types)))


class Axioms:
    """OWL axioms as triples.

    An anonymous class must be a blank node, and a blank node may occur in one axiom only. Its label is a hash of the
    place where it occurs, so that a change to one condition leaves all other labels as they are. Each ``place`` below
    must therefore be unique to its expression.
    """

    def __init__(self) -> None:
        """Start without axioms."""
        self.quads: list[Quad] = []

    def add(self, *quads: Quad) -> None:
        """Add triples as they are."""
        self.quads.extend(quads)

    def declare(self, name: NamedNode) -> None:
        """Declare a class."""
        self.add(Quad(name, RDF_TYPE, _CLASS))

    def require(self, name: NamedNode, expression: ClassExpression) -> None:
        """State that every instance of a class is also an instance of an expression."""
        self.add(Quad(name, SUB_CLASS_OF, expression))

    def declare_vocabulary(self) -> None:
        """Declare what the axioms need besides findings and conditions."""
        self.declare(ns("Case"))
        self.add(
            Quad(HAS_FINDING, RDF_TYPE, NamedNode(f"{_OWL}ObjectProperty")),
            Quad(HAS_FINDING, RDFS_LABEL, Literal("has finding", language="en")),
            Quad(HAS_FINDING, _DEFINITION, Literal("The patient of the case has this finding.", language="en")),
        )

    def exclude(self, finding: NamedNode, other: NamedNode) -> None:
        """State that a case with one finding does not have the other."""
        place = f"{finding.value} excludes {other.value}"
        self.add(Quad(self.having(place, finding), SUB_CLASS_OF, self.lacking(place, other)))

    def having(self, place: str, finding: NamedNode) -> BlankNode:
        """The class of what has a finding."""
        node = _blank(f"{place} having {finding.value}")
        self.add(
            Quad(node, RDF_TYPE, NamedNode(f"{_OWL}Restriction")),
            Quad(node, NamedNode(f"{_OWL}onProperty"), HAS_FINDING),
            Quad(node, NamedNode(f"{_OWL}someValuesFrom"), finding),
        )
        return node

    def lacking(self, place: str, finding: NamedNode) -> BlankNode:
        """The class of what does not have a finding."""
        return self.complement(f"{place} lacking {finding.value}", self.having(f"{place} lacking", finding))

    def complement(self, place: str, expression: ClassExpression) -> BlankNode:
        """The class of everything outside another class."""
        node = _blank(place)
        self.add(Quad(node, RDF_TYPE, _CLASS), Quad(node, _COMPLEMENT, expression))
        return node

    def case_meeting(
        self, condition: NamedNode, criteria: Iterable[tuple[NamedNode, Iterable[NamedNode], Iterable[NamedNode]]]
    ) -> ClassExpression:
        """The class of the cases that meet all criteria.

        Args:
            condition: The condition that the class defines.
            criteria: Each with the findings that meet it when present and those that meet it when absent.
        """
        parts: list[ClassExpression] = [ns("Case")]
        for criterion, present, absent in criteria:
            here = f"{condition.value} {criterion.value}"
            disjuncts = [self.having(here, finding) for finding in present]
            disjuncts += [self.lacking(here, finding) for finding in absent]
            # Nothing meets a criterion without disjuncts; in OWL that is the empty class.
            parts.append(self._joined(here, _OR, disjuncts) if disjuncts else _NOTHING)
        return self._joined(condition.value, _AND, parts)

    def _joined(self, place: str, connective: NamedNode, parts: Sequence[ClassExpression]) -> ClassExpression:
        """An intersection or union; for a single class that class itself, because OWL 2 requires two."""
        if len(parts) == 1:
            return parts[0]
        # An RDF list; of two parts: node -> cell 0 (first: part 0, rest: cell 1) -> cell 1 (first: part 1, rest: nil).
        node = _blank(f"{place} {connective.value}")
        cells = [_blank(f"{place} {connective.value} {number}") for number in range(len(parts))]
        rests: list[ClassExpression] = [*cells[1:], _NIL]
        self.add(Quad(node, RDF_TYPE, _CLASS), Quad(node, connective, cells[0]))
        for cell, part, rest in zip(cells, parts, rests, strict=True):
            self.add(Quad(cell, _FIRST, part), Quad(cell, _REST, rest))
        return node


def _objects_of(triples: Iterable[Quad]) -> Mapping[NamedNode, Mapping[NamedNode, list[NamedNode]]]:
    """The IRIs that each property gives each subject, in order."""
    found: dict[NamedNode, dict[NamedNode, set[NamedNode]]] = defaultdict(lambda: defaultdict(set))
    for triple in triples:
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
            found[triple.predicate][triple.subject].add(triple.object)
    ordered: dict[NamedNode, dict[NamedNode, list[NamedNode]]] = defaultdict(lambda: defaultdict(list))
    for name, about in found.items():
        for subject in _sorted(about):
            ordered[name][subject] = _sorted(about[subject])
    return ordered


_ONLY_CHOSEN = "A case for which a person chose it: it has no criteria here."


def _in_words(criteria: Iterable[str]) -> Literal:
    """The criteria of a condition as a definition, which Protégé shows beside the axiom."""
    words = "; ".join(sorted(filter(None, criteria)))
    return Literal(f"A case that meets each of these: {words}." if words else "Every case.", language="en")


def _sorted(nodes: Iterable[NamedNode]) -> list[NamedNode]:
    return sorted(nodes, key=lambda node: node.value)


def _blank(place: str) -> BlankNode:
    return BlankNode(f"n{hashlib.sha256(place.encode()).hexdigest()[:20]}")
