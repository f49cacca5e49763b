"""Looks up the triples of the content from either end: the part of a query that does not depend on the case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.knowledge.sparql.iris import RDF_TYPE, ns
from kg.logic.compiler.patterns import PlainTerm, literal


class Graph:
    """Triples by property and either end."""

    def __init__(self, triples: Iterable[Quad | Triple]) -> None:
        """Take the triples; one that appears twice counts once."""
        self._objects: dict[PlainTerm, dict[PlainTerm, dict[PlainTerm, None]]] = defaultdict(lambda: defaultdict(dict))
        self._subjects: dict[PlainTerm, dict[PlainTerm, dict[PlainTerm, None]]] = defaultdict(lambda: defaultdict(dict))
        self._sizes: dict[str, int] = {}
        self._about: dict[PlainTerm, dict[tuple[PlainTerm, PlainTerm], None]] = defaultdict(dict)
        for triple in triples:
            s, p, o = _of_oxigraph(triple.subject), triple.predicate.value, _of_oxigraph(triple.object)
            self._objects[p][s][o] = None
            self._subjects[p][o][s] = None
            self._about[s][p, o] = None

    def matches(
        self, s: PlainTerm | None, p: PlainTerm | None, o: PlainTerm | None
    ) -> Iterator[tuple[PlainTerm, PlainTerm, PlainTerm]]:
        """The triples that match.

        Args:
            s: The subject; None matches any.
            p: The property; None matches any.
            o: The object; None matches any.
        """
        if p is None:
            for subject in self._about if s is None else (s,):
                yield from ((subject, q, x) for q, x in self._about.get(subject, {}) if o is None or x == o)
        elif s is not None:
            found = self._objects.get(p, {}).get(s, {})
            yield from ((s, p, x) for x in (found if o is None else (o,) if o in found else ()))
        elif o is not None:
            yield from ((subject, p, o) for subject in self._subjects.get(p, {}).get(o, {}))
        else:
            yield from ((subject, p, x) for subject, found in self._objects.get(p, {}).items() for x in found)

    def size(self, p: str) -> int:
        """The number of triples of a property."""
        if p not in self._sizes:
            self._sizes[p] = sum(map(len, self._objects.get(p, {}).values()))
        return self._sizes[p]

    def fan(self, p: str, *, forward: bool) -> float:
        """The average number of things that a property leads to, to estimate what a lookup costs.

        Args:
            p: The property.
            forward: Count objects of a subject; otherwise subjects of an object.
        """
        return self.size(p) / max(1, len((self._objects if forward else self._subjects).get(p, {})))

    def of_type(self, kind: str) -> list[str]:
        """The IRIs of the things of a class, in order.

        Args:
            kind: The local name of a class of the schema, such as ``"Finding"``.
        """
        found = self._subjects.get(RDF_TYPE.value, {}).get(ns(kind).value, {})
        return sorted(thing for thing in found if isinstance(thing, str))


def _of_oxigraph(term: object) -> PlainTerm:
    if isinstance(term, Literal):
        return literal(term.value, term.datatype.value, term.language or "")
    return term.value if isinstance(term, NamedNode) else str(term)
