"""One case in a private store, with its slice of the content, its facts and what the derive queries conclude."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import cast

from pyoxigraph import NamedNode, Quad, QuerySolutions, QueryTriples, Store, Triple

from kg.knowledge.sparql.iris import ns, slug
from kg.knowledge.sparql.queries import KINDS_OF_FACT, Query, derivation
from kg.knowledge.sparql.store import Row, sorted_table, table

_YIELDS = (ns("yieldsPresent"), ns("yieldsAbsent"))
"""The findings that a fact makes present or absent. A stated finding is a fact as well, so the subject of such a triple
may be a term, not only a node of the case."""


_USES = 120
"""How many cases a store serves before a new one is filled. A store keeps traces of what was deleted, so each case
takes a little longer than the one before: 10 percent longer after 200 cases, twice as long after 2,000. Filling a store
takes about as long as half a case, or several cases at the size of a whole guideline. With this limit, fewer than one
case in a hundred waits for it."""

_OTHER_TOPICS = 5
"""Giving a store other topics counts as this many cases."""


CONCLUSIONS = (
    "acts",
    "basis",
    "chosen",
    "chosenBest",
    "chosenRobust",
    "met",
    "matched",
    "entered",
    "movedBy",
    "left",
    "leading",
    "considered",
    "outranked",
    "outcome",
    "undecided",
    "handedTo",
    "touchedBy",
    "urgency",
    "assumedAbsent",
    "presumedAbsent",
    "takenAsSeen",
    "mayEnter",
    "barred",
    "studiesDependOn",
    "urgencyDependsOn",
    "concernedBy",
    "perhapsBefore",
    "best",
    "decisive",
    "robust",
    "contraindicated",
    "cautioned",
    "alreadyPerformed",
    "awaited",
)
"""The conclusions that an answer shows."""

QUESTIONS = (
    ("lookup", "which-facts"),
    ("ask", "what-is-open"),
    ("ask", "what-to-check"),
    ("lookup", "best-in-one-scenario"),
    ("ask", "nearest"),
    ("ask", "what-is-not-used"),
    ("ask", "how-robust"),
    ("ask", "what-was-chosen"),
    ("lookup", "which-facts-against"),
)
"""The queries that an answer needs about a case, by folder and name. All else in it is a conclusion or is looked up."""


@dataclass(eq=False)
class _Held:
    """A store, the topics in it, and how many cases were laid on it."""

    store: Store
    part: tuple[Quad, ...]
    uses: int = 0


class Stores:
    """Stores that all contain the vocabulary, and each of them one set of topics at a time.

    Filling a store costs far more than assessing a case, and at the size of a whole guideline the vocabulary is nearly
    all of it. So stores are kept, and a store that is given other topics keeps the vocabulary. A store is used by one
    thread at a time; several threads get several stores.
    """

    def __init__(self, shared: Iterable[Quad], many: int) -> None:
        """Remember what all stores share; none is filled yet.

        Args:
            shared: The vocabulary.
            many: How many idle stores are kept before the one that has been idle longest is given other topics.
        """
        self._shared = tuple(shared)
        self._many = many
        self._idle: list[_Held] = []
        self._lock = Lock()

    @contextmanager
    def lent(self, part: tuple[Quad, ...], *, cases: int) -> Iterator[Store]:
        """Lend a store.

        Args:
            part: The triples of the topics, without those that all stores share.
            cases: How many cases will be laid on it; 0 if it is only queried, which does not slow it down.

        Yields:
            The store, which must be returned unchanged. After an error it is not used again.
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
    """One slice, on which cases are laid one after another; each is taken off again."""

    def __init__(
        self,
        triples: Iterable[Quad],
        stores: Stores | None = None,
        beyond: Callable[[tuple[Quad, ...]], Iterable[Quad]] = lambda _: (),
    ) -> None:
        """Remember the slice.

        Args:
            triples: The slice; if stores are given, without the triples that these share.
            stores: Where the slice is laid out; by default a store of its own.
            beyond: Gives the triples of other topics that are laid out together with the facts of a case.
        """
        self._slice = tuple(triples)
        self._stores = stores or Stores((), many=1)
        self._beyond = beyond

    @contextmanager
    def evaluation(self, facts: Iterable[Quad]) -> Iterator[Evaluation]:
        """Lay a case, given as triples, on the bench, and run the derive queries; it is taken off at the end."""
        laid = tuple(facts)
        with self._stores.lent(self._slice, cases=1) as store:
            evaluation = Evaluation(store, laid, self._beyond(laid))
            yield evaluation
            evaluation.clear()

    def table(self, query: Query) -> list[Row]:
        """Run a SELECT query on the slice, without a case."""
        with self._stores.lent(self._slice, cases=0) as store:
            return table(store, query)


class Evaluation:
    """A store with one case, on which the derive queries have run."""

    def __init__(self, store: Store, facts: Iterable[Quad], besides: Iterable[Quad] = (), update: str = "") -> None:
        """Add the facts and run, in order, every derive query that can find something.

        Args:
            store: A store with the slice.
            facts: The triples of the case.
            besides: The triples of other topics that bear on the case.
            update: Derive queries to run instead of the shipped ones, as ``queries.update_of`` writes them.
        """
        self._store = store
        self._facts = tuple(facts)
        self._besides = tuple(quad for quad in dict.fromkeys(besides) if quad not in store)
        store.extend(self._besides)
        store.extend(self._facts)
        given = KINDS_OF_FACT.intersection(slug(quad.predicate.value) for quad in self._facts)
        store.update(update or derivation(given))

    def conclusions(self, case: NamedNode, names: Iterable[str] = ()) -> dict[str, list[str]]:
        """What is stated and concluded about a case.

        Args:
            case: The node of the case.
            names: Local names of properties; by default all.

        Returns:
            The objects of each property, sorted, by its local name; an empty list for a property without objects.
        """
        patterns: list[NamedNode | None] = [*map(ns, names)] or [None]
        found: dict[str, list[str]] = defaultdict(list)
        for pattern in patterns:
            for quad in self._store.quads_for_pattern(case, pattern, None):
                found[slug(quad.predicate.value)].append(cast(NamedNode, quad.object).value)
        return defaultdict(list, {name: sorted(values) for name, values in found.items()})

    def lay(self, more: Iterable[Quad]) -> None:
        """Add triples about the case or its nodes; they are taken off together with the case."""
        added = tuple(more)
        self._store.extend(added)
        self._facts += added

    @property
    def triples(self) -> tuple[Quad, ...]:
        """The facts and everything that was derived from them."""
        return tuple(self._laid())

    def _laid(self) -> list[Quad]:
        """What does not belong to the slice: all triples about the subjects of facts, and what facts yield."""
        subjects = {quad.subject for quad in self._facts}
        quads = [quad for subject in subjects for quad in self._store.quads_for_pattern(subject, None, None)]
        yields = [quad for name in _YIELDS for quad in self._store.quads_for_pattern(None, name, None)]
        return quads + [quad for quad in yields if quad.subject not in subjects]

    def clear(self) -> None:
        """Take the case off the store."""
        for quad in (*self._laid(), *self._besides):
            self._store.remove(quad)

    def solutions(self, query: Query) -> QuerySolutions:
        """Run a SELECT query and keep its RDF terms. Read the solutions before the case is taken off."""
        return cast(QuerySolutions, self._store.query(query.text))

    def graph(self, query: Query) -> tuple[Triple, ...]:
        """Run a CONSTRUCT query; each triple comes once."""
        return tuple(dict.fromkeys(cast(QueryTriples, self._store.query(query.text))))

    def ask(self, query: Query) -> list[Row]:
        """Run a SELECT query; the rows are in the order of the query."""
        return table(self._store, query)

    def rows(self, query: Query) -> list[Row]:
        """Run a SELECT query like ``ask``, but sort its rows in Python, which is faster.

        Args:
            query: A query that binds all its columns in every row and ends with a single ``ORDER BY`` line that lists
                columns.
        """
        return sorted_table(self._store, query)
