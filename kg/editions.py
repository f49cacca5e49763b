"""What changed between two editions of the content, and which cases it concerns.

Two sets of statements are compared, not two texts: order, layout and prefixes do not matter, and a nested node keeps
its identifier as long as its key stays. A cause is found by trial: the edited thing is put back alone, as the old
edition had it, and the case is assessed again; where the answer moves, the edit is a cause. Where no single edit moves
it, the edits that the two derivations touch are named together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse

from kg.answer import Answer, Origin
from kg.case import Case
from kg.content import Content, of_graphs, read
from kg.difference import Change, Difference, change, difference
from kg.errors import CaseError, ContentError, KgError, MissingPackageError
from kg.guide import Guide
from kg.names import BASE, RDF_TYPE, RDFS_LABEL, VOCABULARY, ns, slug
from kg.queries import named
from kg.showing import Shown
from kg.text import wrapped

_DERIVED_FROM = "http://www.w3.org/ns/prov#wasDerivedFrom"


@dataclass(frozen=True)
class Property:
    """What one property of a thing lost and gained.

    Attributes:
        label: The property in words.
        change: Labels and texts.
    """

    label: str
    change: Change


@dataclass(frozen=True)
class Edit:
    """One thing of the content that changed.

    Attributes:
        id: Its IRI.
        kind: What it is, such as ``"rating"``, ``"criterion"`` or ``"statement"``.
        label: What a person reads.
        status: ``"added"``, ``"removed"`` or ``"changed"``.
        properties: What changed.
        origins: Where the thing comes from in the new edition; of a thing that was removed, in the old one.
    """

    id: str
    kind: str
    label: str
    status: Literal["added", "removed", "changed"]
    properties: tuple[Property, ...]
    origins: tuple[Origin, ...]

    def __str__(self) -> str:
        """One line for the thing and one for each property, of at most 80 columns."""
        return "\n".join(self.lines())

    def lines(self, indent: int = 0) -> list[str]:
        """The same as single lines.

        Args:
            indent: Columns before them.

        Returns:
            The lines; a long one holds line breaks.
        """
        lines = [wrapped(f"{self.kind}, {self.status}: {self.label}", indent, indent + 2)]
        for part in self.properties:
            lost, gained = ", ".join(part.change.lost), ", ".join(part.change.gained)
            words = f"{lost} -> {gained}" if lost and gained else f"- {lost}" if lost else f"+ {gained}"
            lines.append(wrapped(f"{part.label}: {words}", indent + 2, indent + 4))
        return lines


@dataclass(frozen=True)
class CaseChange(Shown):
    """A case whose answer changes.

    Attributes:
        case: The name of the case.
        difference: What each part of the answer lost and gained; None when an edition cannot assess the case.
        ratings: Studies with their categories that the answer lost and gained.
        problem: Why an edition cannot assess the case; empty when both can.
        causes: The edits that caused it.
        alone: True when each cause moves the answer by itself; False when only all of them together are known to.
    """

    case: str
    difference: Difference | None
    ratings: Change
    problem: str
    causes: tuple[Edit, ...]
    alone: bool

    def __str__(self) -> str:
        """The change as text of at most 80 columns."""
        lines = [f"CASE {self.case}"]
        if self.problem:
            return "\n".join([*lines, wrapped(self.problem, 2)])
        if self.difference:
            lines.append(str(self.difference))
        if self.ratings:
            lines += ["RATINGS", *(wrapped(f"- {label}", 2, 4) for label in self.ratings.lost)]
            lines += [wrapped(f"+ {label}", 2, 4) for label in self.ratings.gained]
        lines.append("BECAUSE OF" if self.alone else "BECAUSE OF THESE TOGETHER")
        for cause in self.causes:
            lines += cause.lines(2)
            lines += [wrapped(f"[{at.source}] {at.statement}", 4) for at in cause.origins]
        return "\n".join(lines)


@dataclass(frozen=True)
class EditionDifference(Shown):
    """What changed between two editions.

    Attributes:
        topics: Each topic with its edition in the old and the new content; an edition is empty where the topic is not.
        edits: The things that changed, in order of kind and label.
        cases: The cases whose answer changes.
        compared: How many cases were compared.
        everybody: What was decided of every possible patient, in a sentence; empty where it was not asked.
        patient: A patient with the fewest facts whom the editions answer differently, if there is one.
    """

    topics: tuple[tuple[str, str, str], ...]
    edits: tuple[Edit, ...]
    cases: tuple[CaseChange, ...]
    compared: int
    everybody: str = ""
    patient: CaseChange | None = None

    def to_dict(self) -> dict[str, Any]:
        """The difference as plain data.

        Returns:
            A dictionary with the attributes as keys.
        """
        return asdict(self)

    def __str__(self) -> str:
        """The difference as text of at most 80 columns."""
        blocks = [
            wrapped(f"{title}: edition {old or 'none'} -> {new or 'none'}", 0, 2) for title, old, new in self.topics
        ]
        blocks += [str(edit) for edit in self.edits] or ["No statement changed."]
        if self.compared:
            blocks.append(f"CASES WHOSE ANSWER CHANGES: {len(self.cases)} of {self.compared}")
            blocks += [str(case) for case in self.cases]
        blocks += [wrapped(self.everybody, 0, 2)] if self.everybody else []
        blocks += [str(self.patient)] if self.patient else []
        return "\n\n".join(blocks)


def load_edition(place: Path) -> Content:
    """Read one edition.

    Args:
        place: A content folder, or one RDF file (by its suffix: .ttl, .nt, .nq, .trig, .rdf, .jsonld and so on) that
            holds schema, vocabulary and topics without what is derived.

    Returns:
        The content.

    Raises:
        ContentError: It cannot be read, or holds no topic.
    """
    try:
        content = read(place) if place.is_dir() else _read_file(place)
    except OSError as error:
        message = f"{place}: cannot be read ({error.strerror}); name a content folder or an RDF file"
        raise ContentError(message) from error
    if not content.topics:
        message = f"{place}: holds no guideline topic; name a content folder or a file with at least one"
        raise ContentError(message)
    return content


def _read_file(path: Path) -> Content:
    form = RdfFormat.from_extension(path.suffix.removeprefix(".") if path.suffix != ".owl" else "rdf")
    if form is None:
        message = (
            f"{path}: is neither a folder nor an RDF file by its name; name one that ends in .ttl, .nt, .rdf or .jsonld"
        )
        raise ContentError(message)
    graphs: dict[str, list[Quad]] = defaultdict(list)
    try:
        for quad in parse(path.read_bytes(), format=form):
            graph = quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else VOCABULARY
            graphs[graph].append(Quad(quad.subject, quad.predicate, quad.object))
    except (SyntaxError, UnicodeDecodeError) as error:
        message = f"{path}: is not RDF as its name says ({' '.join(str(error).split())}); mend it, or build it again"
        raise ContentError(message) from error
    if any(quad.predicate == ns("isA") for quads in graphs.values() for quad in quads):
        message = f"{path}: holds what is derived as well, which nobody edits; build it without the closure"
        raise ContentError(message)
    return of_graphs(graphs, {})


def read_cases(folder: Path) -> dict[str, Case]:
    """Read every case file of a folder.

    Args:
        folder: A folder, searched with what is below it.

    Returns:
        The cases by the name of their file, in order.

    Raises:
        CaseError: There is no such folder, no case in it, or a file that is no case.
    """
    paths = sorted(folder.rglob("*.json"))
    if not paths:
        message = f"{folder}: holds no case files; name a folder with cases that end in .json"
        raise CaseError(message)
    return {path.relative_to(folder).as_posix(): Case.read(path) for path in paths}


def compare(
    old: Content, new: Content, cases: Mapping[str, Case] | None = None, *, everybody: bool = False
) -> EditionDifference:
    """Compare two editions.

    Args:
        old: The earlier content, as ``load_edition`` returns it.
        new: The later content.
        cases: Cases to assess in both, by name.
        everybody: Decide as well whether any possible patient is answered differently.

    Returns:
        What changed, and the cases whose answer changes with the edits that caused it.

    >>> from kg.resources import folder
    >>> content = load_edition(folder("ontology"))
    >>> compare(content, content).edits
    ()
    """
    comparison = _Comparison(old, new)
    changed = [found for name, case in (cases or {}).items() if (found := comparison.case(name, case))]
    said, patient = _everybody(comparison, old, new) if everybody else ("", None)
    return EditionDifference(comparison.topics, comparison.edits, tuple(changed), len(cases or {}), said, patient)


def _everybody(comparison: _Comparison, old: Content, new: Content) -> tuple[str, CaseChange | None]:
    """Whether any patient is answered differently, in a sentence, and one who is."""
    from kg.logic.differ import answered_differently
    from kg.logic.patterns import NotCompiledError
    from kg.logic.solve import NotDecidedError
    from kg.proofs import in_words
    from kg.reading import CONCLUSIONS

    try:
        found = answered_differently(old, new, [name for name in CONCLUSIONS if name != "outranked"])
    except (NotDecidedError, NotCompiledError, MissingPackageError) as error:
        return f"NOT DECIDED whether any patient is answered differently: {error}.", None
    if found is None:
        return "NO PATIENT IS ANSWERED DIFFERENTLY: decided for every case of which both editions know the words.", None
    changed = comparison.case(in_words(found), found)
    reads = "" if changed else "; the answer reads the same"
    return f"A PATIENT IS ANSWERED DIFFERENTLY: {in_words(found)}{reads}.", changed


class _Comparison:
    """Two editions with everything that is worked out of them once."""

    def __init__(self, old: Content, new: Content) -> None:
        self._old, self._new = Guide(old), Guide(new)
        before, after = _stated(old), _stated(new)
        # What the other edition derives anyway is no change, such as a precedence that followed from two others.
        self._removed = before - after - set(new.derived)
        self._added = after - before - set(old.derived)
        # Whole things, which stand or go with all that is written inside them.
        self._whole = {t.subject for t in before} ^ {t.subject for t in after}
        self._reverted: dict[str, Guide] = {}

    @property
    def topics(self) -> tuple[tuple[str, str, str], ...]:
        before, after = self._old.knowledge.topics, self._new.knowledge.topics
        return tuple(
            ({**before, **after}[topic]["title"], before.get(topic, {}).get("edition", ""), row.get("edition", ""))
            for topic in sorted({*before, *after})
            for row in [after.get(topic, {})]
        )

    # ---------------------------------------------------------------- what changed

    @cached_property
    def _kinds(self) -> Mapping[str, Mapping[str, str]]:
        """Kind, parent and subject of each thing, the new edition before the old one."""
        rows = [row for guide in (self._old, self._new) for row in guide.knowledge.rows(named("author", "kinds"))]
        return {row["thing"]: row for row in rows}

    def _owner(self, triple: Quad) -> str:
        """The thing that a statement belongs to; the link to a nested thing belongs to that thing."""
        nested = self._kinds.get(_text(triple.object), {})
        linked = nested.get("parent") == _text(triple.subject) and nested.get("link") == triple.predicate.value
        return _text(triple.object if linked else triple.subject)

    @cached_property
    def _by_thing(self) -> Mapping[str, tuple[list[Quad], list[Quad]]]:
        things: dict[str, tuple[list[Quad], list[Quad]]] = defaultdict(lambda: ([], []))
        for side, triples in enumerate((self._removed, self._added)):
            for triple in triples:
                things[self._owner(triple)][side].append(triple)
        return things

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        made = (self._edit(thing, *sides) for thing, sides in self._by_thing.items())
        return tuple(sorted(made, key=lambda edit: (edit.kind, edit.label, edit.id)))

    def _edit(self, thing: str, removed: list[Quad], added: list[Quad]) -> Edit:
        whole = NamedNode(thing) in self._whole
        status: Literal["added", "removed", "changed"] = ("added" if added else "removed") if whole else "changed"
        guide = self._old if status == "removed" else self._new
        origins = guide.knowledge.origins.get(thing, ())
        kind = self._kinds.get(thing, {}).get("kind", "other")
        return Edit(thing, kind, self._label(thing), status, self._properties(thing, removed, added, whole), origins)

    def _properties(self, thing: str, removed: list[Quad], added: list[Quad], whole: bool) -> tuple[Property, ...]:
        values: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
        for side, triples in enumerate((removed, added)):
            for triple in triples:
                # The heading says already what a new thing is and how it is called.
                said = whole and triple.predicate in (RDF_TYPE, RDFS_LABEL)
                if _text(triple.subject) == thing and not said:
                    values[triple.predicate.value][side].append(self._label(_text(triple.object)))
        if len(values) > 1:
            values.pop(_DERIVED_FROM, None)  # the origins of the edit say it better
        return tuple(
            Property(self._property(name), Change(tuple(sorted(lost)), tuple(sorted(gained))))
            for name, (lost, gained) in sorted(values.items())
        )

    def _property(self, iri: str) -> str:
        """The label of a property, or of one from elsewhere its name as words."""
        words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in slug(iri))
        return words if self._label(iri) in (iri, slug(iri)) else self._label(iri)

    def _label(self, value: str) -> str:
        """A thing in words; a text as it is. What is nested is named with the thing around it."""
        row = self._kinds.get(value, {})
        if "parent" in row:
            return f"{self._label(row['parent'])}: {self._plain_label(row['about'], value)}"
        return self._plain_label(value)

    def _plain_label(self, *things: str) -> str:
        for thing in reversed(things):
            for guide in (self._new, self._old):
                if guide.lexicon.label(thing) != slug(thing):
                    return guide.lexicon.label(thing)
        return slug(things[0]) if things[0].startswith(BASE) else things[0]

    # ---------------------------------------------------------------- whom it concerns

    def case(self, name: str, case: Case) -> CaseChange | None:
        before, after = _assessed(self._old, case), _assessed(self._new, case)
        if isinstance(before, str) or isinstance(after, str):
            problem = "; ".join(
                f"the {edition} edition cannot assess it: {answer}"
                for edition, answer in (("old", before), ("new", after))
                if isinstance(answer, str)
            )
            return CaseChange(name, None, Change((), ()), problem, (), alone=False)
        parts = _changed(before, after)
        if not parts:
            return None
        touched = self._touched(case)
        causes = [edit for edit in touched if parts & self._moved(edit, case, after)]
        return CaseChange(
            name, difference(before, after), _ratings(before, after), "", tuple(causes or touched), alone=bool(causes)
        )

    def _touched(self, case: Case) -> tuple[Edit, ...]:
        """The edits of things that the derivation of the case touches in either edition, directly or around them."""
        triples = (*self._old.derive(case), *self._new.derive(case))
        seen = {_text(term) for triple in triples for term in (triple.subject, triple.object)}
        return tuple(edit for edit in self.edits if self._concerns(edit, seen))

    def _concerns(self, edit: Edit, seen: set[str]) -> bool:
        parent = self._kinds.get(edit.id, {}).get("parent", edit.id)
        # What came or went with the thing around it is put back together with that.
        return bool({edit.id, parent} & seen) and (parent == edit.id or NamedNode(parent) not in self._whole)

    def _moved(self, edit: Edit, case: Case, after: Answer) -> frozenset[str]:
        """Which parts of the new answer change when the edit alone is put back."""
        answer = _assessed(self._without(edit.id), case)
        return frozenset() if isinstance(answer, str) else _changed(after, answer)

    def _without(self, thing: str) -> Guide:
        """The new edition with one thing as the old edition had it, and what is nested in it if it came or went."""
        if thing not in self._reverted:
            inside = [other for other in self._by_thing if other == thing or self._stands_in(other, thing)]
            gone = {triple for other in inside for triple in self._by_thing[other][1]}
            back = {triple for other in inside for triple in self._by_thing[other][0]}
            graphs = {name: [t for t in triples if t not in gone] for name, triples in self._new.content.graphs.items()}
            for name, triples in self._old.content.graphs.items():
                graphs.setdefault(name, []).extend(triple for triple in triples if triple in back)
            self._reverted[thing] = Guide(of_graphs(graphs, self._new.content.prefixes))
        return self._reverted[thing]

    def _stands_in(self, thing: str, around: str) -> bool:
        parent = self._kinds.get(thing, {}).get("parent", "")
        return (
            bool(parent) and NamedNode(around) in self._whole and (parent == around or self._stands_in(parent, around))
        )


def _stated(content: Content) -> set[Quad]:
    """What is stated, without lists and the like that have no identifier and thus nothing to compare them by."""
    triples: Iterable[Quad] = (t for graph in (*content.graphs.values(), content.mappings) for t in graph)
    return {t for t in triples if not isinstance(t.subject, BlankNode) and not isinstance(t.object, BlankNode)}


def _text(term: object) -> str:
    return str(getattr(term, "value", term))


def _assessed(guide: Guide, case: Case) -> Answer | str:
    try:
        return guide.assess(case)
    except KgError as error:
        return str(error)


def _ratings(before: Answer, after: Answer) -> Change:
    return change([str(study) for study in before.studies], [str(study) for study in after.studies])


def _changed(before: Answer, after: Answer) -> frozenset[str]:
    """The names of the parts of the answer that changed."""
    found = difference(before, after)
    names = [name for name in found.__dataclass_fields__ if getattr(found, name)]
    return frozenset([*names, "ratings"] if _ratings(before, after) else names)
