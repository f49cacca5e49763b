"""One case in a private store: the slice of the guideline that it touches, the facts, and what the queries derive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from threading import Lock
from typing import Any, cast

from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, QueryTriples, Store, Triple

from kg.names import ns, slug
from kg.queries import KINDS_OF_FACT, Query, derivation

Row = dict[str, str]
"""One row of a result: the value of each bound variable, IRIs as they are."""


_YIELDS = (ns("yieldsPresent"), ns("yieldsAbsent"))
"""What a fact amounts to. A stated finding is a fact too, so these stand at terms, not only at nodes of the case."""


_USES = 120
"""How many cases a store serves. It keeps a trace of all it deleted, so each case takes it a little longer than the one
before: after 200 cases a tenth, after 2,000 twice as long. Filling a new one costs about half a case, at the size of a
whole guideline several; fewer than one case in a hundred waits for it."""

_OTHER_TOPICS = 5
"""As so many cases counts that a store was given other topics."""


@dataclass(eq=False)
class _Held:
    """A store, the part of the guideline in it, and how many cases were laid on it."""

    store: Store
    part: tuple[Quad, ...]
    uses: int = 0


class Stores:
    """Stores that hold what all parts of a guideline share, and each of them one part at a time.

    Filling a store costs far more than assessing a case, and at the size of a whole guideline the vocabulary is nearly
    all of it: so stores are kept, and one that is given other topics keeps the vocabulary.
    A store is used by one thread at a time; several threads get several stores.
    """

    def __init__(self, shared: Iterable[Quad], many: int) -> None:
        """Remember what all parts share.

        Args:
            shared: The vocabulary.
            many: How many stores are kept before the one that rested longest is given other topics.
        """
        self._shared = tuple(shared)
        self._many = many
        self._idle: list[_Held] = []
        self._lock = Lock()

    @contextmanager
    def lent(self, part: tuple[Quad, ...], *, cases: int) -> Iterator[Store]:
        """Lend a store.

        Args:
            part: What it holds besides what all share, and nothing of that.
            cases: How many cases are laid on it; asking alone wears nothing out.

        Yields:
            The store, to be given back as it was. One that met an error is not used again.
        """
        held = self._take(part)
        yield held.store
        held.uses += cases
        if held.uses <= _USES:
            with self._lock:
                self._idle.append(held)

    def _take(self, part: tuple[Quad, ...]) -> _Held:
        with self._lock:
            same = next((held for held in self._idle if held.part is part), None)
            oldest = self._idle[0] if len(self._idle) >= self._many else None
            if found := same or oldest:
                self._idle.remove(found)
        if found is None:
            found = _Held(Store(), part)
            found.store.extend((*self._shared, *part))
        elif found.part is not part:
            for quad in found.part:
                found.store.remove(quad)
            found.store.extend(part)
            found.part = part
            found.uses += _OTHER_TOPICS
        return found


class Bench:
    """One slice of the guideline, on which cases are laid one after another, each of them taken off again."""

    def __init__(
        self,
        triples: Iterable[Quad],
        stores: Stores | None = None,
        beyond: Callable[[tuple[Quad, ...]], Iterable[Quad]] = lambda _: (),
    ) -> None:
        """Remember the slice.

        Args:
            triples: The vocabulary and the topics that the case touches; with stores, what these do not hold already.
            stores: Where it is laid out; without any, stores of its own.
            beyond: What is laid out with the facts of a case besides.
        """
        self._slice = tuple(triples)
        self._stores = stores or Stores((), many=1)
        self._beyond = beyond

    @contextmanager
    def evaluation(self, facts: Iterable[Quad]) -> Iterator[Evaluation]:
        """Lay a case on the bench and derive everything about it.

        Args:
            facts: The triples of the case.

        Yields:
            The evaluation, to be asked.
        """
        laid = tuple(facts)
        with self._stores.lent(self._slice, cases=1) as store:
            evaluation = Evaluation(store, laid, self._beyond(laid))
            yield evaluation
            evaluation.clear()

    def table(self, query: Query) -> list[Row]:
        """Ask the slice alone, without a case.

        Args:
            query: A SELECT query.

        Returns:
            Its rows, in its order.
        """
        with self._stores.lent(self._slice, cases=0) as store:
            return table(store, query)


class Evaluation:
    """A store that holds one case; the derive queries have run."""

    def __init__(self, store: Store, facts: Iterable[Quad], besides: Iterable[Quad] = (), update: str = "") -> None:
        """Add the facts and run in order every derive query that can find something.

        Args:
            store: A store with the slice of the guideline.
            facts: The triples of the case.
            besides: What else of the guideline bears on the case.
            update: Other derive queries than the shipped ones, as ``kg.queries.update_of`` writes them.
        """
        self._store = store
        self._facts = tuple(facts)
        self._besides = tuple(quad for quad in dict.fromkeys(besides) if quad not in store)
        store.extend(self._besides)
        store.extend(self._facts)
        given = KINDS_OF_FACT.intersection(slug(quad.predicate.value) for quad in self._facts)
        store.update(update or derivation(given))

    def conclusions(self, case: NamedNode, names: Iterable[str] = ()) -> dict[str, list[str]]:
        """What is stated or derived of a case.

        Args:
            case: The case.
            names: Local names of properties; without any, all.

        Returns:
            The objects by the local name of their property, in order.
        """
        patterns: list[NamedNode | None] = [*map(ns, names)] or [None]
        found: dict[str, list[str]] = defaultdict(list)
        for pattern in patterns:
            for quad in self._store.quads_for_pattern(case, pattern, None):
                found[slug(quad.predicate.value)].append(cast(NamedNode, quad.object).value)
        return defaultdict(list, {name: sorted(values) for name, values in found.items()})

    def lay(self, more: Iterable[Quad]) -> None:
        """Lay more on the store, to be taken off with the case.

        Args:
            more: Triples about the case or nodes of it.
        """
        added = tuple(more)
        self._store.extend(added)
        self._facts += added

    @property
    def triples(self) -> tuple[Quad, ...]:
        """The facts and everything that was derived of them."""
        return tuple(self._laid())

    def _laid(self) -> list[Quad]:
        """What does not belong to the slice: all about the facts' subjects, and what facts yield."""
        subjects = {quad.subject for quad in self._facts}
        quads = [quad for subject in subjects for quad in self._store.quads_for_pattern(subject, None, None)]
        yields = [quad for name in _YIELDS for quad in self._store.quads_for_pattern(None, name, None)]
        return quads + [quad for quad in yields if quad.subject not in subjects]

    def clear(self) -> None:
        """Take the case off the store."""
        for quad in (*self._laid(), *self._besides):
            self._store.remove(quad)

    def solutions(self, query: Query) -> QuerySolutions:
        """Run a SELECT query and keep the terms as they are.

        Args:
            query: The query.

        Returns:
            Its solutions, to be read before the case is taken off.
        """
        return cast(QuerySolutions, self._store.query(query.text))

    def graph(self, query: Query) -> tuple[Triple, ...]:
        """Run a CONSTRUCT query.

        Args:
            query: The query.

        Returns:
            Its triples, each once.
        """
        return tuple(dict.fromkeys(cast(QueryTriples, self._store.query(query.text))))

    def ask(self, query: Query) -> list[Row]:
        """Run a SELECT query.

        Args:
            query: The query.

        Returns:
            Its rows, in its order.
        """
        return table(self._store, query)

    def rows(self, query: Query) -> list[Row]:
        """Run a SELECT query and sort its rows here, which takes a third of the time that its ``ORDER BY`` takes.

        Args:
            query: A SELECT query that binds all its columns in every row, and ends in one line ``ORDER BY`` of columns.

        Returns:
            Its rows, in its order.
        """
        solutions = cast(QuerySolutions, self._store.query(query.unsorted))
        names = [variable.value for variable in solutions.variables]
        rows = [[term.value for term in row] for row in cast(Iterable[Iterable[NamedNode | Literal]], solutions)]
        rows.sort(key=_key([(names.index(name), descending) for name, descending in query.order], rows))
        return [dict(zip(names, row, strict=True)) for row in rows]


def in_order(rows: Iterable[Row], query: Query) -> list[Row]:
    """Sort rows of one question that were found in several places.

    Args:
        rows: Rows.
        query: The question; it ends in a line ``ORDER BY`` of columns.

    Returns:
        The rows, as the question orders them.
    """
    found = list(rows)
    values = [[row[name] for name, _ in query.order] for row in found]
    key = _key([(place, descending) for place, (_, descending) in enumerate(query.order)], values)
    return [found[place] for place in sorted(range(len(found)), key=lambda place: key(values[place]))]


def _key(order: Sequence[tuple[int, bool]], rows: Sequence[list[str]]) -> Callable[[list[str]], Any]:
    """What rows are sorted by: columns of numbers as numbers, which alone may descend, and everything else as text."""
    numbers = {place for place, _ in order if all(row[place].isdigit() for row in rows)}
    if not numbers:
        return itemgetter(*(place for place, _ in order))
    signs = [(place, place in numbers, -1 if descending else 1) for place, descending in order]
    return lambda row: [int(row[place]) * sign if number else row[place] for place, number, sign in signs]


def table(store: Store, query: Query) -> list[Row]:
    """Run a SELECT query.

    Args:
        store: What to ask.
        query: The query.

    Returns:
        Its rows, in its order.
    """
    solutions = cast(QuerySolutions, store.query(query.text))
    names = [variable.value for variable in solutions.variables]
    # By position: a lookup by name costs twice as much, and this runs for every value of every answer.
    rows = cast(Iterable[Iterable[NamedNode | Literal | None]], solutions)
    return [{name: term.value for name, term in zip(names, row, strict=True) if term is not None} for row in rows]
