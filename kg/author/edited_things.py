"""Finds the things that changed between two editions, and undoes one of these edits in the new edition.

Two sets of statements are compared, not two texts: order, layout and prefixes do not matter, and a nested node keeps
its identifier as long as its key stays. Statements are grouped by the thing that they belong to. If the old edition
says that a rating has category 7 and the new one says 8, both statements belong to one edit of that rating:

    rating, changed: MRI for suspected infection
      category: usually appropriate (7) -> usually appropriate (8)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal

from pyoxigraph import BlankNode, NamedNode, Quad

from kg.author.edition_difference import Edit, Property
from kg.knowledge.content.content import Content, of_graphs
from kg.knowledge.sparql.iris import BASE, RDF_TYPE, RDFS_LABEL, WAS_DERIVED_FROM, slug
from kg.knowledge.sparql.queries import named
from kg.patient.assess.assessor import Assessor
from kg.patient.reasons.difference import Change


class EditedThings:
    """Two editions and the things that differ between them.

    Attributes:
        old: The earlier edition.
        new: The later one.
    """

    def __init__(self, old: Content, new: Content) -> None:
        """Find the statements that one edition has and the other lacks."""
        self.old, self.new = Assessor(old), Assessor(new)
        before, after = _stated(old), _stated(new)
        # What the other edition derives is not a change, such as a precedence that followed from two others.
        self._removed = before - after - set(new.derived)
        self._added = after - before - set(old.derived)
        # Things that came or went as a whole, with everything written inside them.
        self._whole = {t.subject for t in before} ^ {t.subject for t in after}
        self._reverted: dict[str, Assessor] = {}

    @property
    def topics(self) -> tuple[tuple[str, str, str], ...]:
        """The title of each topic with its edition in the old and in the new content."""
        before, after = self.old.core.lookup.topics, self.new.core.lookup.topics
        return tuple(
            ({**before, **after}[topic]["title"], before.get(topic, {}).get("edition", ""), row.get("edition", ""))
            for topic in sorted({*before, *after})
            for row in [after.get(topic, {})]
        )

    @cached_property
    def _kinds(self) -> Mapping[str, Mapping[str, str]]:
        """Kind, parent and subject of each thing, the new edition before the old one."""
        rows = [row for guide in (self.old, self.new) for row in guide.core.lookup.rows(named("author", "kinds"))]
        return {row["thing"]: row for row in rows}

    def _owner(self, triple: Quad) -> str:
        """The thing that a statement belongs to; the link to a nested thing belongs to that thing."""
        # `scenario ns:rating rating` belongs to the rating, which is nested in the scenario.
        nested = self._kinds.get(string_of(triple.object), {})
        linked = nested.get("parent") == string_of(triple.subject) and nested.get("link") == triple.predicate.value
        return string_of(triple.object if linked else triple.subject)

    @cached_property
    def _by_thing(self) -> Mapping[str, tuple[list[Quad], list[Quad]]]:
        things: dict[str, tuple[list[Quad], list[Quad]]] = defaultdict(lambda: ([], []))
        for side, triples in enumerate((self._removed, self._added)):
            for triple in triples:
                things[self._owner(triple)][side].append(triple)
        return things

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """Every thing that changed, by kind and label."""
        made = (self._edit(thing, *sides) for thing, sides in self._by_thing.items())
        return tuple(sorted(made, key=lambda edit: (edit.kind, edit.label, edit.id)))

    def _edit(self, thing: str, removed: list[Quad], added: list[Quad]) -> Edit:
        whole = NamedNode(thing) in self._whole
        status: Literal["added", "removed", "changed"] = ("added" if added else "removed") if whole else "changed"
        guide = self.old if status == "removed" else self.new
        origins = guide.core.lookup.origins.get(thing, ())
        kind = self._kinds.get(thing, {}).get("kind", "other")
        return Edit(thing, kind, self._label(thing), status, self._properties(thing, removed, added, whole), origins)

    def _properties(self, thing: str, removed: list[Quad], added: list[Quad], whole: bool) -> tuple[Property, ...]:
        values: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
        for side, triples in enumerate((removed, added)):
            for triple in triples:
                # The heading already says what a new thing is and what it is called.
                said = whole and triple.predicate in (RDF_TYPE, RDFS_LABEL)
                if string_of(triple.subject) == thing and not said:
                    values[triple.predicate.value][side].append(self._label(string_of(triple.object)))
        if len(values) > 1:
            values.pop(WAS_DERIVED_FROM.value, None)  # the origins of the edit say this better
        return tuple(
            Property(self._property(name), Change(tuple(sorted(lost)), tuple(sorted(gained))))
            for name, (lost, gained) in sorted(values.items())
        )

    def _property(self, iri: str) -> str:
        """The label of a property; for one from another vocabulary, its name as words."""
        words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in slug(iri))
        return words if self._label(iri) in (iri, slug(iri)) else self._label(iri)

    def _label(self, value: str) -> str:
        """A thing in words, or a text as it is; a nested thing is named with the thing around it."""
        row = self._kinds.get(value, {})
        if "parent" in row:
            return f"{self._label(row['parent'])}: {self._plain_label(row['about'], value)}"
        return self._plain_label(value)

    def _plain_label(self, *things: str) -> str:
        for thing in reversed(things):
            for guide in (self.new, self.old):
                if guide.core.lexicon.label(thing) != slug(thing):
                    return guide.core.lexicon.label(thing)
        return slug(things[0]) if things[0].startswith(BASE) else things[0]

    def touching(self, iris: Iterable[str]) -> tuple[Edit, ...]:
        """The edits of the given things and of what is nested in them; unknown identifiers are ignored."""
        seen = set(iris)
        return tuple(edit for edit in self.edits if self._concerns(edit, seen))

    def _concerns(self, edit: Edit, seen: set[str]) -> bool:
        parent = self._kinds.get(edit.id, {}).get("parent", edit.id)
        # What came or went with the thing around it is undone together with that thing.
        return bool({edit.id, parent} & seen) and (parent == edit.id or NamedNode(parent) not in self._whole)

    def without(self, thing: str) -> Assessor:
        """The new edition with one thing as it was, and what is nested in it if the thing came or went as a whole."""
        if thing not in self._reverted:
            inside = [other for other in self._by_thing if other == thing or self._stands_in(other, thing)]
            gone = {triple for other in inside for triple in self._by_thing[other][1]}
            back = {triple for other in inside for triple in self._by_thing[other][0]}
            graphs = {
                name: [t for t in triples if t not in gone] for name, triples in self.new.core.content.graphs.items()
            }
            for name, triples in self.old.core.content.graphs.items():
                graphs.setdefault(name, []).extend(triple for triple in triples if triple in back)
            self._reverted[thing] = Assessor(of_graphs(graphs, self.new.core.content.prefixes))
        return self._reverted[thing]

    def _stands_in(self, thing: str, around: str) -> bool:
        parent = self._kinds.get(thing, {}).get("parent", "")
        return (
            bool(parent) and NamedNode(around) in self._whole and (parent == around or self._stands_in(parent, around))
        )


def _stated(content: Content) -> set[Quad]:
    """What is stated, without lists and other blank nodes, which have no identifier to compare them by."""
    triples: Iterable[Quad] = (t for graph in (*content.graphs.values(), content.mappings) for t in graph)
    return {t for t in triples if not isinstance(t.subject, BlankNode) and not isinstance(t.object, BlankNode)}


def string_of(term: object) -> str:
    """The IRI or the text of a term."""
    return str(getattr(term, "value", term))
