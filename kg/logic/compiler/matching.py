"""Finds what matches a single triple of a query, and when: content, facts that a case may state, earlier conclusions.

?x ns:rank 2             looked up in the content; it always holds
?case ns:present ?x      every finding of the content, each if the case states it: an input
?case ns:pending ?x      what earlier queries concluded, each under its literal
?m ns:value ?number      the number of each measure, which stays open
?study ns:procedure ?x   narrows what the study must be like, instead of making a literal
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from kg.knowledge.content.content import SCENARIO, WORDS
from kg.knowledge.sparql.iris import NS, RDF_TYPE, slug
from kg.logic.circuit.gates import FALSE, TRUE, Builder, Literal
from kg.logic.circuit.inputs import Input, Measured, PerformedInput, Stated
from kg.logic.compiler.compare import compared
from kg.logic.compiler.graph import Graph
from kg.logic.compiler.patterns import PlainTerm, Triple, Unreadable, is_variable, refusal
from kg.logic.compiler.values import (
    CASE,
    Aggregated,
    Bindings,
    BoundValue,
    MeasuredNumber,
    Measurement,
    SomeStudy,
    TheCase,
    value_of,
)

PRESENT, ABSENT, PERFORMED = f"{NS}present", f"{NS}absent", f"{NS}performed"

_TYPE, _CASE_CLASS = RDF_TYPE.value, f"{NS}Case"
_MEASURED, _MEASURE, _VALUE = f"{NS}measured", f"{NS}measure", f"{NS}value"

_CLASS_OF_STATED = {
    PRESENT: "Finding",
    ABSENT: "Finding",
    f"{NS}assumedAbsent": "Finding",
    f"{NS}order": "Procedure",
    f"{NS}presumes": "Presumption",
    f"{NS}performedSince": "Procedure",
    f"{NS}chosen": SCENARIO,
}
"""The properties by which a case states a term, and the class of that term."""

_SAID_OF_STUDY = {f"{NS}procedure": "procedure", PRESENT: "seen", ABSENT: "unseen"}
"""The properties of a performed study, and the attributes of ``PerformedInput`` that they become."""

_NEVER_SUBJECTS = (TheCase, Measurement, SomeStudy, MeasuredNumber, Aggregated)
_NEVER_OBJECTS = (TheCase, Measurement, SomeStudy, MeasuredNumber, Unreadable, PerformedInput)
"""What a variable may stand for that is not in the content, so that no triple of the content begins or ends with it."""

_LAST = 1e6
"""A cost above that of anything looked up: a triple about an unknown study or number waits until it is known."""


class Matcher:
    """The content, the conclusions so far, and the circuit in which they are gates.

    Attributes:
        graph: The triples of the content.
        make: Makes the gates.
        conclusions: The literal of each conclusion about the case, by property and by object.
        of_measures: The same for each measurement of the case.
        of_studies: The properties that were concluded about performed studies.
    """

    def __init__(self, graph: Graph, before: Matcher | None = None) -> None:
        """Begin with no conclusions.

        Args:
            graph: The triples of the content.
            before: What was concluded already for a part of the content, and also holds here.
        """
        self.graph = graph
        self.make: Builder = Builder(before.make if before else None)
        self.conclusions: dict[str, dict[Any, Literal]] = defaultdict(dict)
        self.of_measures: dict[str, dict[Measurement, dict[Any, Literal]]] = defaultdict(lambda: defaultdict(dict))
        if before:
            self.conclusions.update({name: dict(found) for name, found in before.conclusions.items()})
            for name, nodes in before.of_measures.items():
                self.of_measures[name].update({node: dict(found) for node, found in nodes.items()})
        self.of_studies: set[str] = set(before.of_studies) if before else set()
        self._things = {kind: graph.of_type(kind) for kind in (*WORDS, "Presumption", SCENARIO)}
        self._known = {kind: frozenset(things) for kind, things in self._things.items()}
        self._kinds: dict[str, Literal] = {}

    def states(self, kind: str) -> list[Literal]:
        """The literal that a case states any fact of a kind; an empty list if the kind needs nothing.

        Args:
            kind: ``"measured"``, ``"order"``, ``"assumedAbsent"``, ``"presumes"``, ``"chosen"``,
                ``"performed"``, or empty for any case.
        """
        things = {
            "measured": "Measure",
            "order": "Procedure",
            "assumedAbsent": "Finding",
            "presumes": "Presumption",
            "chosen": SCENARIO,
        }.get(kind)
        if things is None:
            return [self.make.input(PerformedInput())] if kind == "performed" else []
        if kind not in self._kinds:
            every = self._things[things]
            facts: Iterable[Input] = (Measured(x) if kind == "measured" else Stated(kind, x) for x in every)
            self._kinds[kind] = self.make.any(map(self.make.input, facts))
        return [self._kinds[kind]] if self._things[things] else []

    def cost(self, triple: Triple, known: set[str], studies: frozenset[str]) -> float:
        """About how many rows a triple makes out of one, if some variables are bound; the cheapest runs first."""
        subject, relation, _ = triple
        s, p, o = ((term in known or not is_variable(term)) for term in triple)
        if relation in (PERFORMED, _MEASURED):
            return 0
        if subject in studies:
            return 0.5 if o else _LAST
        if s and o:
            return 0.5
        if not p:
            return 5 if s or o else _LAST
        if relation in self.conclusions:
            return 1 if o else len(self.conclusions[str(relation)])
        if relation in _CLASS_OF_STATED and not s:
            return 1 if o else len(self._things[_CLASS_OF_STATED[str(relation)]])
        if s or o:
            return self.graph.fan(str(relation), forward=s)
        return _LAST if relation in (_VALUE, *_SAID_OF_STUDY) else self.graph.size(str(relation))

    def matches(self, triple: Triple, row: Bindings) -> Iterator[tuple[Bindings, Literal]]:
        """The rows that a triple makes out of one, each with the literal under which the triple holds."""
        s, p, o = value_of(triple[0], row), value_of(triple[1], row), value_of(triple[2], row)
        if p is not None and not isinstance(p, str):
            return
        if isinstance(s, str) and p is not None and o is not None:
            # Most lookups ask whether something of the content is stated; the row stays as it is.
            for *_, holds in self._stored(s, p, o):
                yield row, holds
            return
        free = [place for place, value in enumerate((s, p, o)) if value is None]
        for *terms, holds, studies in self._candidates(s, p, o, triple, row):
            found = {**row, **studies}
            for place in free:
                found[triple[place]] = terms[place]
            yield found, holds

    def _candidates(
        self, s: BoundValue | None, p: str | None, o: BoundValue | None, triple: Triple, row: Bindings
    ) -> Iterator[tuple[BoundValue, BoundValue, BoundValue, Literal, Bindings]]:
        """What matches a triple: in the content, the case, its measurements and its studies."""
        if not isinstance(s, _NEVER_SUBJECTS):
            for subject, relation, thing, holds in self._stored(s, p, o):
                yield subject, relation, thing, holds, {}
        if s is None or isinstance(s, TheCase):
            for thing, holds in self._of_case(p, o, triple[2]):
                new: Bindings = {thing: PerformedInput()} if isinstance(thing, SomeStudy) and thing not in row else {}
                yield CASE, p or "", thing, holds, new
        if p is None:
            return
        if s is None or isinstance(s, Measurement):
            for node in [s] if isinstance(s, Measurement) else map(Measurement, self._things["Measure"]):
                for thing, holds in self._of_measurement(node, p, o):
                    given = TRUE if s is not None else self.make.input(Measured(node.measure))
                    yield node, p, thing, self.make.all([holds, given]), {}
        if isinstance(s, SomeStudy) or (s is None and p in _SAID_OF_STUDY):
            study = s if isinstance(s, SomeStudy) else SomeStudy(str(triple[0]))
            for thing, said in self._of_study(row.get(study, PerformedInput()), p, o):
                yield study, p, thing, TRUE, {study: said}

    def _stored(
        self, s: BoundValue | None, p: str | None, o: BoundValue | None
    ) -> Iterator[tuple[BoundValue, BoundValue, BoundValue, Literal]]:
        if isinstance(o, _NEVER_OBJECTS):
            return
        wanted = None if isinstance(o, Aggregated) else o
        for subject, relation, thing in self.graph.matches(s, p, wanted):  # type: ignore[arg-type]
            if isinstance(o, Aggregated):
                holds = compared(self.make, "=", o, thing).yes if isinstance(thing, Decimal) else FALSE
                yield subject, relation, o, holds
            else:
                yield subject, relation, thing, TRUE

    def _of_case(self, p: str | None, o: BoundValue | None, name: PlainTerm) -> Iterator[tuple[BoundValue, Literal]]:
        if p is None:
            raise refusal("a variable for the property of a case", "the properties out")
        if p == _TYPE:
            if o is None or o == _CASE_CLASS:
                yield _CASE_CLASS, TRUE
        elif p in _CLASS_OF_STATED:
            things = [o] if o is not None else self._things[_CLASS_OF_STATED[p]]
            known = self._known[_CLASS_OF_STATED[p]]
            yield from ((t, self.make.input(Stated(slug(p), t))) for t in things if isinstance(t, str) and t in known)
        elif p == _MEASURED:
            nodes = [o] if o is not None else map(Measurement, self._things["Measure"])
            yield from ((n, self.make.input(Measured(n.measure))) for n in nodes if isinstance(n, Measurement))
        elif p == PERFORMED and o is None:
            yield SomeStudy(f"{name}"), TRUE
        elif p == PERFORMED:
            yield from [(o, TRUE)] if isinstance(o, SomeStudy) else []
        else:
            found = self.conclusions.get(p, {})
            yield from found.items() if o is None else [(o, found[o])] if o in found else []

    def _of_measurement(
        self, node: Measurement, p: str | None, o: BoundValue | None
    ) -> Iterator[tuple[BoundValue, Literal]]:
        if p == _MEASURE and o in (None, node.measure):
            yield node.measure, TRUE
        elif p == _VALUE and o is None:
            yield MeasuredNumber(node.measure), TRUE
        elif p == _VALUE:
            raise refusal("a number that a case must have exactly", "a FILTER that compares it")
        elif p is not None:
            found = self.of_measures.get(p, {}).get(node, {})
            yield from found.items() if o is None else [(o, found[o])] if o in found else []

    def _of_study(self, said: BoundValue, p: str, o: BoundValue | None) -> Iterator[tuple[BoundValue, PerformedInput]]:
        """The objects of a triple about a study, each with what the study must then be like."""
        name = _SAID_OF_STUDY.get(p)
        if not isinstance(said, PerformedInput) or name is None:
            if p in self.of_measures or p in self.conclusions or p in self.of_studies:
                raise refusal(f"what follows from one performed study (ns:{slug(p)})", "it about the case")
            return
        before = getattr(said, name)
        if before is not None and name != "procedure" and o != before:
            raise refusal("two findings of one performed study", "each in a query of its own")
        kind = "Procedure" if name == "procedure" else "Finding"
        for thing in [before] if before is not None else self._things[kind] if o is None else [o]:
            if o in (None, thing) and isinstance(thing, str) and thing in self._known[kind]:
                yield thing, replace(said, **{name: thing})  # type: ignore[arg-type]
