"""The triples of a guideline, to be looked up from either end: what does not depend on the case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.logic.patterns import Term, literal
from kg.names import RDF_TYPE, ns


class Graph:
    """Triples by property and either end."""

    def __init__(self, triples: Iterable[Quad | Triple]) -> None:
        """Put triples in.

        Args:
            triples: Any triples; one that stands twice counts once.
        """
        self._objects: dict[Term, dict[Term, dict[Term, None]]] = defaultdict(lambda: defaultdict(dict))
        self._subjects: dict[Term, dict[Term, dict[Term, None]]] = defaultdict(lambda: defaultdict(dict))
        self._sizes: dict[str, int] = {}
        self._about: dict[Term, dict[tuple[Term, Term], None]] = defaultdict(dict)
        for triple in triples:
            s, p, o = _term(triple.subject), triple.predicate.value, _term(triple.object)
            self._objects[p][s][o] = None
            self._subjects[p][o][s] = None
            self._about[s][p, o] = None

    def matches(self, s: Term | None, p: Term | None, o: Term | None) -> Iterator[tuple[Term, Term, Term]]:
        """The triples that fit.

        Args:
            s: The subject, or None for any.
            p: The property, or None for any.
            o: The object, or None for any.

        Yields:
            Each of them.
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
        """How many triples a property has.

        Args:
            p: The property.

        Returns:
            Their number.
        """
        if p not in self._sizes:
            self._sizes[p] = sum(map(len, self._objects.get(p, {}).values()))
        return self._sizes[p]

    def fan(self, p: str, *, forward: bool) -> float:
        """To how many things a property leads on average.

        Args:
            p: The property.
            forward: From subjects to objects; otherwise back.

        Returns:
            The number.
        """
        return self.size(p) / max(1, len((self._objects if forward else self._subjects).get(p, {})))

    def of_type(self, kind: str) -> list[str]:
        """The things of a class.

        Args:
            kind: The local name of a class of the schema.

        Returns:
            Their IRIs, in order.
        """
        found = self._subjects.get(RDF_TYPE.value, {}).get(ns(kind).value, {})
        return sorted(thing for thing in found if isinstance(thing, str))


def _term(term: object) -> Term:
    if isinstance(term, Literal):
        return literal(term.value, term.datatype.value, term.language or "")
    return term.value if isinstance(term, NamedNode) else str(term)
