"""What is read from the content once, by SPARQL: ratings, criteria, origins and the like, ready to be looked up."""

from __future__ import annotations

from collections import ChainMap, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar, cast

from pyoxigraph import QuerySolutions, Store

from kg.answer import Origin, Study, Term
from kg.content import Content
from kg.errors import ContentError
from kg.evaluation import Bench, Row, table
from kg.names import slug
from kg.queries import Query, named, selection

T = TypeVar("T")


class Knowledge:
    """The content of one folder, for looking up."""

    def __init__(self, content: Content, bench: Bench | None = None) -> None:
        """Wrap content that was read.

        Args:
            content: What ``kg.content.read`` returns.
            bench: Where the same content is laid out already.
        """
        self._content = content
        self._bench = bench
        self._tables: dict[str, Mapping[str, Any]] = {}

    @cached_property
    def _core(self) -> Store:
        """Vocabulary, topics and what the build derived: all that answers about a case need."""
        store = Store()
        for triples in (*self._content.graphs.values(), self._content.derived):
            store.extend(triples)
        return store

    @cached_property
    def store(self) -> Store:
        """Everything in the default graph of one store: vocabulary, all topics, codes, and what the build derived."""
        store = Store()
        for triples in (*self._content.graphs.values(), self._content.derived, self._content.mappings):
            store.extend(triples)
        return store

    def rows(self, query: Query) -> list[Row]:
        """Ask a question about the content.

        Args:
            query: A SELECT query.

        Returns:
            Its rows.
        """
        return table(self.store, query)

    def solutions(self, query: Query, *, codes: bool) -> QuerySolutions:
        """Ask a question about the content and keep the terms as they are.

        Args:
            query: A SELECT query.
            codes: Whether it is about codes of other systems, which take longer to read.

        Returns:
            Its solutions.
        """
        return cast(QuerySolutions, (self.store if codes else self._core).query(query.text))

    def _core_rows(self, query: Query) -> list[Row]:
        return self._bench.table(query) if self._bench else table(self._core, query)

    @cached_property
    def units(self) -> dict[str, str]:
        """The unit of each measure in words, by IRI."""
        return {row["measure"]: row["unitLabel"] for row in self._core_rows(selection("measures"))}

    def _table(self, query: str, column: str, make: Callable[[list[Row]], T]) -> Mapping[str, T]:
        """The rows of a question by one of their columns, read when they are first wanted."""
        if query not in self._tables:
            groups: dict[str, list[Row]] = defaultdict(list)
            for row in self._core_rows(named("ask", query)):
                groups[row[column]].append(row)
            self._tables[query] = MappingProxyType({key: make(rows) for key, rows in groups.items()})
        return cast(Mapping[str, T], self._tables[query])

    @property
    def origins(self) -> Mapping[str, tuple[Origin, ...]]:
        """Where each thing of the content comes from, by IRI."""
        return self._table("where-from", "thing", _origins)

    @property
    def criteria(self) -> Mapping[str, tuple[Row, ...]]:
        """The criteria of each condition, inherited ones included, by IRI."""
        return self._table("criteria", "condition", tuple)

    @property
    def contacts(self) -> Mapping[str, tuple[Row, ...]]:
        """Whom each escalation and action names, by IRI."""
        return self._table("contacts", "condition", tuple)

    @property
    def patterns(self) -> Mapping[str, tuple[Row, ...]]:
        """The diagnosis of each result pattern, by IRI."""
        return self._table("result-patterns", "pattern", tuple)

    @property
    def actions(self) -> Mapping[str, tuple[Row, ...]]:
        """The actions of each recommendation with urgency and strength, by IRI."""
        return self._table("actions", "recommendation", tuple)

    @property
    def alternatives(self) -> Mapping[str, tuple[Row, ...]]:
        """The studies that each alternative offers, by IRI."""
        return self._table("alternatives", "alternative", tuple)

    @property
    def neighbours(self) -> Mapping[str, tuple[Row, ...]]:
        """Where each hand-off leads, by IRI."""
        return self._table("hand-offs", "handOff", tuple)

    @property
    def preferred(self) -> Mapping[str, tuple[Row, ...]]:
        """Which study each preference puts before which, by IRI."""
        return self._table("preferences", "preference", tuple)

    @property
    def shown(self) -> Mapping[str, tuple[Row, ...]]:
        """What each study shows, by IRI."""
        return self._table("what-a-study-shows", "procedure", tuple)

    @property
    def criterion_findings(self) -> Mapping[str, tuple[Row, ...]]:
        """The alternatives of each criterion, by IRI."""
        return self._table("alternatives-of-criteria", "criterion", tuple)

    @property
    def speaks_against(self) -> Mapping[str, frozenset[str]]:
        """The studies that each contraindication and warning speaks against, by IRI."""
        return self._table("what-speaks-against", "condition", _column("procedure"))

    @property
    def results(self) -> Mapping[str, tuple[Row, ...]]:
        """What each study would have to show for each result pattern, by study."""
        return self._table("what-a-result-would-be", "study", tuple)

    @property
    def settled(self) -> Mapping[str, tuple[Row, ...]]:
        """What that was stated of a study before it was performed holds no longer afterwards, by study."""
        return self._table("what-a-study-settles", "study", tuple)

    @property
    def conflicts(self) -> Mapping[str, tuple[Row, ...]]:
        """The sides of each conflict, by IRI."""
        return self._table("conflicts", "conflict", tuple)

    @property
    def urgency_rules(self) -> Mapping[str, Row]:
        """The level of each urgency rule, by IRI."""
        return self._table("urgency-rules", "rule", _only)

    @property
    def degrees(self) -> Mapping[str, str]:
        """Whether each contraindication is absolute or relative, by IRI."""
        return self._table("contraindications", "condition", _degree)

    @property
    def concurrences(self) -> Mapping[str, frozenset[str]]:
        """The scenarios that lead together under each concurrence, by IRI."""
        return self._table("concurrences", "concurrence", _column("scenario"))

    @property
    def kinds(self) -> Mapping[str, str]:
        """The class of each condition, by IRI."""
        return self._table("conditions", "condition", _kind)

    @cached_property
    def rated(self) -> tuple[Row, ...]:
        """All ratings, the highest first."""
        return tuple(self._core_rows(named("ask", "ratings")))

    @cached_property
    def studies(self) -> Mapping[str, Study]:
        """The study that each rating rates, without any mark, by IRI of the rating."""
        return MappingProxyType({row["rating"]: self._study(row) for row in self.rated})

    def _study(self, row: Row) -> Study:
        return Study(
            id=slug(row["procedure"]),
            label=row["label"],
            category=Term(slug(row["category"]), row["categoryLabel"]),
            disagreement=row.get("disagreement", ""),
            radiation=f"{row['symbol']} {row['dose']}" if "dose" in row else "not stated",
            radiation_standing=row.get("standing", "not stated"),
            confidence=row.get("confidence", "not stated"),
            scenario=slug(row["scenario"]),
            best=False,
            robust=False,
            contraindicated=False,
            cautioned=False,
            performed=False,
            origins=self.origins.get(row["rating"], ()),
        )

    @cached_property
    def ratings(self) -> Mapping[str, tuple[Row, ...]]:
        """The ratings of each scenario, by IRI: study, category, radiation, confidence."""
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in self.rated:
            groups[row["scenario"]].append(row)
        return MappingProxyType({iri: tuple(rows) for iri, rows in groups.items()})

    @property
    def topics(self) -> Mapping[str, Row]:
        """Title, edition and rights of each topic, by IRI."""
        return self._table("topics", "topic", _only)

    def topic(self, iri: str) -> Row:
        """Title, edition and rights of a topic.

        Args:
            iri: The topic.

        Returns:
            The row; every answer names the edition that it rests on.

        Raises:
            ContentError: The topic does not say all three.
        """
        if iri not in self.topics:
            message = f"{iri}: needs a dcterms:title, an owl:versionInfo and a dcterms:rights; write them in its file"
            raise ContentError(message)
        return self.topics[iri]


class Joined(Knowledge):
    """What several parts of one guideline know, looked up in one after another."""

    def __init__(self, parts: Sequence[Knowledge]) -> None:
        """Wrap them.

        Args:
            parts: What is known of each part; the first one answers what is no table.
        """
        self._parts = parts
        self._tables = {}

    def rows(self, query: Query) -> list[Row]:
        """Ask the first part, as ``Knowledge.rows``."""
        return self._parts[0].rows(query)

    @property
    def units(self) -> dict[str, str]:
        """The unit of each measure in words, by IRI."""
        return self._parts[0].units

    @property
    def rated(self) -> tuple[Row, ...]:
        """All ratings of the first part: others say nothing of scenarios."""
        return self._parts[0].rated

    @property
    def studies(self) -> Mapping[str, Study]:
        """The study that each of these rates."""
        return self._parts[0].studies

    def _table(self, query: str, column: str, make: Callable[[list[Row]], T]) -> Mapping[str, T]:
        if query not in self._tables:
            parts = [cast(dict[str, T], part._table(query, column, make)) for part in self._parts]
            self._tables[query] = ChainMap(*parts)
        return cast(Mapping[str, T], self._tables[query])


def _origins(rows: list[Row]) -> tuple[Origin, ...]:
    return tuple(Origin(row["label"], row.get("section", ""), row["title"]) for row in rows)


def _only(rows: list[Row]) -> Row:
    return rows[-1]


def _degree(rows: list[Row]) -> str:
    return rows[-1]["degree"]


def _kind(rows: list[Row]) -> str:
    return slug(rows[-1]["kind"])


def _column(name: str) -> Callable[[list[Row]], frozenset[str]]:
    return lambda rows: frozenset(row[name] for row in rows)
