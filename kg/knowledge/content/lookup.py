"""Looks up ratings, criteria, origins and the like, each of which SPARQL reads from the content once."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar, cast

from pyoxigraph import QuerySolutions, Store

from kg.errors import ContentError
from kg.knowledge.content.content import Content
from kg.knowledge.content.terms import Origin, Term
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import Query, named, selection
from kg.knowledge.sparql.store import Row, grouped, store_of, table

T = TypeVar("T")


class Lookup:
    """The tables of some content, each read when it is first used."""

    def __init__(self, content: Content, table_of: Callable[[Query], list[Row]] | None = None) -> None:
        """Wrap content that was read.

        Args:
            content: What ``kg.knowledge.content.content.read`` returns.
            table_of: Runs a query on a store that already has the same content.
        """
        self._content = content
        self._table_of = table_of
        self._tables: dict[str, Mapping[str, Any]] = {}

    @cached_property
    def _core(self) -> Store:
        """The vocabulary, the topics and what the build queries derived: all that an answer about a case needs."""
        return store_of(*self._content.graphs.values(), self._content.derived)

    @cached_property
    def store(self) -> Store:
        """Everything in one default graph: the vocabulary, all topics, codes, and what the build queries derived."""
        return store_of(*self._content.graphs.values(), self._content.derived, self._content.mappings)

    def rows(self, query: Query) -> list[Row]:
        """Run a SELECT query on the whole content."""
        return table(self.store, query)

    def solutions(self, query: Query, *, codes: bool) -> QuerySolutions:
        """Run a SELECT query on the content, and keep the terms as they are.

        Args:
            query: A SELECT query.
            codes: Whether it needs the codes of other systems, which take longer to read.
        """
        return cast(QuerySolutions, (self.store if codes else self._core).query(query.text))

    def _core_rows(self, query: Query) -> list[Row]:
        return self._table_of(query) if self._table_of else table(self._core, query)

    @cached_property
    def units(self) -> dict[str, str]:
        """The unit of each measure in words, by IRI."""
        return {row["measure"]: row["unitLabel"] for row in self._core_rows(selection("measures"))}

    def _table(self, query: Query, column: str, make: Callable[[list[Row]], T]) -> Mapping[str, T]:
        """The rows of a query, grouped by one of their columns; the query runs when its rows are first needed."""
        if query.name not in self._tables:
            groups = grouped(self._core_rows(query), column)
            self._tables[query.name] = MappingProxyType({key: make(rows) for key, rows in groups.items()})
        return cast(Mapping[str, T], self._tables[query.name])

    @property
    def origins(self) -> Mapping[str, tuple[Origin, ...]]:
        """Where each thing of the content comes from, by IRI."""
        return self._table(named("lookup", "where-from"), "thing", _origins)

    @property
    def criteria(self) -> Mapping[str, tuple[Row, ...]]:
        """The criteria of each condition, inherited ones included, by IRI."""
        return self._table(named("ask", "criteria"), "condition", tuple)

    @property
    def contacts(self) -> Mapping[str, tuple[Row, ...]]:
        """Whom each escalation and action names, by IRI."""
        return self._table(named("ask", "contacts"), "condition", tuple)

    @property
    def patterns(self) -> Mapping[str, tuple[Row, ...]]:
        """The diagnosis that each result pattern points to, by IRI."""
        return self._table(named("ask", "result-patterns"), "pattern", tuple)

    @property
    def actions(self) -> Mapping[str, tuple[Row, ...]]:
        """The actions of each recommendation, with their urgency and strength, by IRI."""
        return self._table(named("ask", "actions"), "recommendation", tuple)

    @property
    def alternatives(self) -> Mapping[str, tuple[Row, ...]]:
        """The studies that each alternative offers, by IRI."""
        return self._table(named("ask", "alternatives"), "alternative", tuple)

    @property
    def neighbours(self) -> Mapping[str, tuple[Row, ...]]:
        """Where each hand-off leads, by IRI."""
        return self._table(named("ask", "hand-offs"), "handOff", tuple)

    @property
    def transfers(self) -> Mapping[str, tuple[Row, ...]]:
        """To which topic each hand-off moves a case, and from which, by IRI."""
        return self._table(named("ask", "transfers"), "handOff", tuple)

    @property
    def preferred(self) -> Mapping[str, tuple[Row, ...]]:
        """Which study each preference puts before which, by IRI."""
        return self._table(named("ask", "preferences"), "preference", tuple)

    @property
    def shown(self) -> Mapping[str, tuple[Row, ...]]:
        """What each study shows, by IRI."""
        return self._table(named("ask", "what-a-study-shows"), "procedure", tuple)

    @property
    def narrower(self) -> Mapping[str, tuple[str, ...]]:
        """The next narrower findings of each finding, by IRI."""
        return self._table(named("lookup", "narrower"), "finding", _kinds_of)

    @property
    def weak_points(self) -> Mapping[str, tuple[Term, ...]]:
        """What each study shows poorly or not at all, by IRI."""
        return self._table(named("lookup", "weak-points"), "procedure", _structures)

    @property
    def criterion_findings(self) -> Mapping[str, tuple[Row, ...]]:
        """The disjuncts of each criterion, by IRI."""
        return self._table(named("lookup", "disjuncts-of-criteria"), "criterion", tuple)

    @property
    def speaks_against(self) -> Mapping[str, frozenset[str]]:
        """The studies that each contraindication and warning speaks against, by IRI."""
        return self._table(named("lookup", "what-speaks-against"), "condition", _column("procedure"))

    @property
    def results(self) -> Mapping[str, tuple[Row, ...]]:
        """What each study must show for each result pattern, by study."""
        return self._table(named("lookup", "what-a-result-would-be"), "study", tuple)

    @property
    def settled(self) -> Mapping[str, tuple[Row, ...]]:
        """What was true before a study was performed and no longer holds afterwards, by study."""
        return self._table(named("lookup", "what-a-study-settles"), "study", tuple)

    @property
    def conflicts(self) -> Mapping[str, tuple[Row, ...]]:
        """The sides of each conflict, by IRI."""
        return self._table(named("ask", "conflicts"), "conflict", tuple)

    @property
    def urgency_rules(self) -> Mapping[str, Row]:
        """The level of each urgency rule, by IRI."""
        return self._table(named("ask", "urgency-rules"), "rule", _only)

    @property
    def degrees(self) -> Mapping[str, str]:
        """Whether each contraindication is absolute or relative, by IRI."""
        return self._table(named("ask", "contraindications"), "condition", _degree)

    @property
    def concurrences(self) -> Mapping[str, frozenset[str]]:
        """The scenarios that lead together under each concurrence, by IRI."""
        return self._table(named("ask", "concurrences"), "concurrence", _column("scenario"))

    @property
    def kinds(self) -> Mapping[str, str]:
        """The class of each condition, by IRI."""
        return self._table(named("lookup", "conditions"), "condition", _class_of)

    @cached_property
    def rated(self) -> tuple[Row, ...]:
        """All ratings, the highest first."""
        return tuple(self._core_rows(named("ask", "ratings")))

    @cached_property
    def ratings(self) -> Mapping[str, tuple[Row, ...]]:
        """The ratings of each scenario, by IRI: study, category, radiation, confidence."""
        groups = grouped(self.rated, "scenario")
        return MappingProxyType({iri: tuple(rows) for iri, rows in groups.items()})

    @property
    def topics(self) -> Mapping[str, Row]:
        """Title, edition and rights of each topic, by IRI."""
        return self._table(named("ask", "topics"), "topic", _only)

    def topic(self, iri: str) -> Row:
        """Title, edition and rights of a topic: every answer names the edition that it rests on.

        Raises:
            ContentError: The topic lacks one of the three.
        """
        if iri not in self.topics:
            message = f"{iri}: needs a dcterms:title, an owl:versionInfo and a dcterms:rights; write them in its file"
            raise ContentError(message)
        return self.topics[iri]


class JoinedLookup(Lookup):
    """The tables of several parts of the same content, looked up in one part after another."""

    def __init__(self, parts: Sequence[Lookup]) -> None:
        """Join the lookups; the first one also answers what is not a table."""
        self._parts = parts
        self._tables = {}

    def rows(self, query: Query) -> list[Row]:
        """Ask the first part, as ``Lookup.rows``."""
        return self._parts[0].rows(query)

    @property
    def units(self) -> dict[str, str]:
        """The unit of each measure in words, by IRI."""
        return self._parts[0].units

    @property
    def rated(self) -> tuple[Row, ...]:
        """All ratings of the first part; the others say nothing about scenarios."""
        return self._parts[0].rated

    def _table(self, query: Query, column: str, make: Callable[[list[Row]], T]) -> Mapping[str, T]:
        if query.name not in self._tables:
            parts = [cast(dict[str, T], part._table(query, column, make)) for part in self._parts]
            self._tables[query.name] = ChainMap(*parts)
        return cast(Mapping[str, T], self._tables[query.name])


def _origins(rows: list[Row]) -> tuple[Origin, ...]:
    return tuple(Origin(row["label"], row.get("section", ""), row["title"]) for row in rows)


def _kinds_of(rows: list[Row]) -> tuple[str, ...]:
    return tuple(row["kind"] for row in rows)


def _structures(rows: list[Row]) -> tuple[Term, ...]:
    return tuple(Term(slug(row["structure"]), row["structureLabel"]) for row in rows)


def _only(rows: list[Row]) -> Row:
    return rows[-1]


def _degree(rows: list[Row]) -> str:
    return rows[-1]["degree"]


def _class_of(rows: list[Row]) -> str:
    return slug(rows[-1]["kind"])


def _column(name: str) -> Callable[[list[Row]], frozenset[str]]:
    return lambda rows: frozenset(row[name] for row in rows)
