"""Divides the triples of the content by topic, so that a case needs only those of the topics that it may enter.

A file of a topic may also say something about a word, which all topics share, or about something in another topic. What
was derived about a criterion belongs to the topics that use it.

    in the file of the topic knee-pain                  belongs to
    topic:knee-pain/trauma ns:criterion ...             knee-pain
    finding:limp rdfs:label "limp"                      everybody: ``finding:limp`` is a word
    topic:ankle-pain/trauma ns:criterion ...            ankle-pain as well
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import cast

from pyoxigraph import NamedNode, Quad

from kg.knowledge.content.beyond import Rules
from kg.knowledge.sparql.iris import (
    BASE,
    IS_DEFINED_BY,
    RDF_TYPE,
    RDFS_LABEL,
    SUB_CLASS_OF,
    VOCABULARY,
    WAS_DERIVED_FROM,
    ns,
)

_OF_CRITERIA = (ns("meets"), ns("meetsAbsent"), ns("requires"))
"""Properties that were derived about a criterion; the criterion is their object."""

_OF_TOPICS = (IS_DEFINED_BY, ns("within"), ns("disowns"), ns("standsWith"), ns("transfersTo"), ns("keeps"))
"""Properties that were derived about a condition; their object is a topic."""

_CITING = (WAS_DERIVED_FROM, ns("party"))
"""Properties whose object is a place in a source."""

_NAMES = (RDFS_LABEL, NamedNode("http://purl.org/dc/terms/title"))


class Division:
    """The triples of the content, divided by graph."""

    def __init__(
        self, graphs: Mapping[str, tuple[Quad, ...]], derived: tuple[Quad, ...], rules: Callable[[], Rules]
    ) -> None:
        """Remember what to divide; it is divided when it is first needed.

        Args:
            graphs: What is stated, by graph IRI, as in ``Content.graphs``.
            derived: What the build queries derived from it.
            rules: Reads the conditions that act beyond their topic.
        """
        self._graphs, self._derived, self._rules = graphs, derived, rules
        self._topics = sorted(name for name in graphs if name != VOCABULARY)

    @cached_property
    def _words(self) -> frozenset[object]:
        """The nodes that describe words, whatever file they are in; they belong to everybody."""
        every = [triple for triples in self._graphs.values() for triple in triples]
        classes = {t.subject for t in every if t.predicate == SUB_CLASS_OF and t.object == ns("Term")}
        classes.add(ns("Capability"))  # what a study shows holds whichever topic says so
        terms: set[object] = {t.subject for t in every if t.predicate == RDF_TYPE and t.object in classes}
        nested = [t for t in every if t.object not in terms and getattr(t.object, "value", "").startswith(BASE)]
        return frozenset(terms.union(t.object for t in nested if t.subject in terms and _is_part(t)))

    @cached_property
    def _owners(self) -> Mapping[object, frozenset[str]]:
        """The topics that describe each node; words, and nodes that the vocabulary describes, are left out."""
        shared = {t.subject for t in self._graphs[VOCABULARY]} | self._words
        owners: dict[object, set[str]] = defaultdict(set)
        for name in self._topics:
            for triple in self._graphs[name]:
                if triple.subject not in shared:
                    owners[triple.subject].add(name)
        return {node: frozenset(names) for node, names in owners.items()}

    def _owned(self, triple: Quad) -> frozenset[str]:
        """The topics that a triple belongs to; empty if all topics share it."""
        nobody: frozenset[str] = frozenset()
        if triple.subject in self._words and triple.predicate not in _OF_CRITERIA:
            return nobody
        of_subject = self._owners.get(triple.subject, nobody)
        return of_subject if triple.predicate in _OF_TOPICS else of_subject | self._owners.get(triple.object, nobody)

    @cached_property
    def besides(self) -> Mapping[str, tuple[Quad, ...]]:
        """What the files of topics say that does not belong to them alone, by the graph it belongs to.

        That is what they say about words, about what all topics share and about another topic, and the places that they
        cite for what all share.
        """
        about: dict[object, list[Quad]] = defaultdict(list)
        parts: dict[str, dict[Quad, None]] = {name: {} for name in self._graphs}
        stated = [(name, t) for name in self._topics for t in without_examples(self._graphs[name])]
        for _, triple in stated:
            about[triple.subject].append(triple)
        for name, triple in stated:
            for other in (self._owned(triple) or {VOCABULARY}) - {name}:
                parts[other][triple] = None
            if triple.predicate in _CITING and triple.subject not in self._owners:
                place = about[triple.object]
                sources = [said for near in place for said in about[near.object] if near.object in self._owners]
                parts[VOCABULARY].update(dict.fromkeys((triple, *place, *sources)))
        return {name: tuple(triples) for name, triples in parts.items()}

    @cached_property
    def derived(self) -> Mapping[str, tuple[Quad, ...]]:
        """What was derived about each topic, and about the vocabulary alone.

        What meets a criterion also belongs to the topics that inherit it, and to those whose scenarios it stops from
        leading.
        """
        users: dict[object, set[str]] = defaultdict(set)
        for relation in (
            ns("screenedBy"),
            ns("criterion"),
            ns("requires"),
        ):  # in this order, because a screen requires criteria
            for triple in self._derived:
                if triple.predicate == relation:
                    users[triple.object].update(self._owners.get(triple.subject, ()), users.get(triple.subject, ()))
        parts: dict[str, list[Quad]] = {name: [] for name in self._graphs}
        examples = set(self.of_examples)
        for triple in self._derived:
            if triple in examples:
                continue
            owners = self._owned(triple)
            if owners and triple.predicate in _OF_CRITERIA:
                owners = owners.union(users.get(triple.object, ()))
            for name in owners or {VOCABULARY}:
                parts[name].append(triple)
        return {name: tuple(triples) for name, triples in parts.items()}

    @cached_property
    def of_examples(self) -> tuple[Quad, ...]:
        """What was derived about worked examples: no case is assessed against it."""
        nodes = {node for triples in self._graphs.values() for node in _nodes_of_examples(triples)}
        return tuple(triple for triple in self._derived if triple.subject in nodes)

    def laid(self, name: str) -> tuple[Quad, ...]:
        """What is stated about a graph: its own triples without examples, and what other files say about it.

        A triple may come twice.
        """
        return (*without_examples(self._graphs[name]), *self.besides[name])

    def card(self, topic: str) -> tuple[Quad, ...]:
        """What is needed to show the conditions that act beyond this topic: triples about them and what they name."""
        said = dict.fromkeys(triple for triples in self.of_rules.get(topic, {}).values() for triple in triples)
        named = dict.fromkeys(triple.object for triple in said if triple.predicate not in _OF_CRITERIA)
        near = [triple for node in named for triple in self._about.get(node, ())]
        further = [triple for said in near for triple in self._about.get(said.object, ()) if triple.predicate in _NAMES]
        return tuple(dict.fromkeys((*said, *near, *further)))

    @cached_property
    def _about(self) -> Mapping[object, list[Quad]]:
        about: dict[object, list[Quad]] = defaultdict(list)
        for name, triples in self._graphs.items():
            for triple in (*without_examples(triples), *self.derived[name]):
                if triple.predicate not in _OF_CRITERIA:
                    about[triple.subject].append(triple)
        return about

    @cached_property
    def of_rules(self) -> Mapping[str, Mapping[str, tuple[Quad, ...]]]:
        """What is stated and derived about each condition that acts beyond its topic, by topic and condition.

        The triples are about the condition, its criteria and the conflicts that concern it.
        """
        found: dict[str, dict[str, tuple[Quad, ...]]] = defaultdict(dict)
        for name in self._topics:
            about: dict[object, list[Quad]] = defaultdict(list)
            naming: dict[object, list[Quad]] = defaultdict(list)
            for triple in dict.fromkeys((*self.laid(name), *self.derived[name])):
                about[triple.subject].append(triple)
                naming[triple.object].append(triple)
            for rule in self._rules().rules:
                if name in rule.homes:
                    own = NamedNode(rule.condition)
                    criteria = [t.object for t in about[own] if t.predicate == ns("criterion")]
                    conflicts = [t.subject for t in naming[own] if t.predicate == ns("concerns")]
                    said = [t for node in (own, *criteria, *conflicts) for t in about[node]]
                    said += [t for t in naming[own] if t.predicate != ns("scope")]
                    said += [t for node in criteria for t in naming[node] if t.predicate in _OF_CRITERIA]
                    found[name][rule.condition] = tuple(dict.fromkeys(said))
        return found


def _is_part(triple: Quad) -> bool:
    """Whether the object is nested in the subject, so that its IRI was made from the IRI of the subject."""
    return cast(NamedNode, triple.object).value.startswith(f"{cast(NamedNode, triple.subject).value}/")


def without_examples(triples: tuple[Quad, ...]) -> tuple[Quad, ...]:
    """Leave the examples out of a graph: they are cases, so that the queries would match their nodes."""
    nodes = _nodes_of_examples(triples)
    return tuple(t for t in triples if t.subject not in nodes)


def _nodes_of_examples(triples: tuple[Quad, ...]) -> set[object]:
    """The examples of one graph, with what is nested in them."""
    examples: set[object] = {t.subject for t in triples if t.predicate == RDF_TYPE and t.object == ns("Example")}
    parts = (ns("performed"), ns("measured"))
    return examples.union(t.object for t in triples if t.subject in examples and t.predicate in parts)
