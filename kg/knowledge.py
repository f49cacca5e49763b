"""What is read from the content once, by SPARQL: ratings, criteria, origins and the like, ready to be looked up."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from types import MappingProxyType
from typing import cast

from pyoxigraph import QuerySolutions, Store

from kg.answer import Origin, Study, Term
from kg.content import Content
from kg.errors import ContentError
from kg.evaluation import Bench, Row, table
from kg.names import slug
from kg.queries import Query, named, selection


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

    @cached_property
    def origins(self) -> MappingProxyType[str, tuple[Origin, ...]]:
        """Where each thing of the content comes from, by IRI."""
        origins: dict[str, list[Origin]] = defaultdict(list)
        for row in self._core_rows(named("ask", "where-from")):
            origins[row["thing"]].append(Origin(row["label"], row.get("section", ""), row["title"]))
        return MappingProxyType({thing: tuple(places) for thing, places in origins.items()})

    @cached_property
    def criteria(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """The criteria of each condition, inherited ones included, by IRI."""
        return self._grouped("criteria", "condition")

    @cached_property
    def contacts(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """Whom each escalation and action names, by IRI."""
        return self._grouped("contacts", "condition")

    @cached_property
    def patterns(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """The diagnosis of each result pattern, by IRI."""
        return self._grouped("result-patterns", "pattern")

    @cached_property
    def actions(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """The actions of each recommendation with urgency and strength, by IRI."""
        return self._grouped("actions", "recommendation")

    @cached_property
    def alternatives(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """The studies that each alternative offers, by IRI."""
        return self._grouped("alternatives", "alternative")

    @cached_property
    def neighbours(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """Where each hand-off leads, by IRI."""
        return self._grouped("hand-offs", "handOff")

    @cached_property
    def preferred(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """Which study each preference puts before which, by IRI."""
        return self._grouped("preferences", "preference")

    @cached_property
    def shown(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """What each study shows, by IRI."""
        return self._grouped("what-a-study-shows", "procedure")

    @cached_property
    def criterion_findings(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """The alternatives of each criterion, by IRI."""
        return self._grouped("alternatives-of-criteria", "criterion")

    @cached_property
    def speaks_against(self) -> MappingProxyType[str, frozenset[str]]:
        """The studies that each contraindication and warning speaks against, by IRI."""
        groups = self._grouped("what-speaks-against", "condition")
        return MappingProxyType({iri: frozenset(row["procedure"] for row in rows) for iri, rows in groups.items()})

    @cached_property
    def results(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """What each study would have to show for each result pattern, by study."""
        return self._grouped("what-a-result-would-be", "study")

    @cached_property
    def settled(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """What that was stated of a study before it was performed holds no longer afterwards, by study."""
        return self._grouped("what-a-study-settles", "study")

    @cached_property
    def conflicts(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """The sides of each conflict, by IRI."""
        return self._grouped("conflicts", "conflict")

    @cached_property
    def urgency_rules(self) -> MappingProxyType[str, Row]:
        """The level of each urgency rule, by IRI."""
        return MappingProxyType({row["rule"]: row for row in self._core_rows(named("ask", "urgency-rules"))})

    @cached_property
    def degrees(self) -> MappingProxyType[str, str]:
        """Whether each contraindication is absolute or relative, by IRI."""
        return MappingProxyType(
            {row["condition"]: row["degree"] for row in self._core_rows(named("ask", "contraindications"))}
        )

    @cached_property
    def concurrences(self) -> MappingProxyType[str, frozenset[str]]:
        """The scenarios that lead together under each concurrence, by IRI."""
        groups = self._grouped("concurrences", "concurrence")
        return MappingProxyType({iri: frozenset(row["scenario"] for row in rows) for iri, rows in groups.items()})

    @cached_property
    def kinds(self) -> MappingProxyType[str, str]:
        """The class of each condition, by IRI."""
        return MappingProxyType(
            {row["condition"]: slug(row["kind"]) for row in self._core_rows(named("ask", "conditions"))}
        )

    def _grouped(self, query: str, column: str) -> MappingProxyType[str, tuple[Row, ...]]:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in self._core_rows(named("ask", query)):
            groups[row[column]].append(row)
        return MappingProxyType({iri: tuple(rows) for iri, rows in groups.items()})

    @cached_property
    def rated(self) -> tuple[Row, ...]:
        """All ratings, the highest first."""
        return tuple(self._core_rows(named("ask", "ratings")))

    @cached_property
    def studies(self) -> MappingProxyType[str, Study]:
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
    def ratings(self) -> MappingProxyType[str, tuple[Row, ...]]:
        """The ratings of each scenario, by IRI: study, category, radiation, confidence."""
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in self.rated:
            groups[row["scenario"]].append(row)
        return MappingProxyType({iri: tuple(rows) for iri, rows in groups.items()})

    @cached_property
    def topics(self) -> MappingProxyType[str, Row]:
        """Title, edition and rights of each topic, by IRI."""
        return MappingProxyType({row["topic"]: row for row in self._core_rows(named("ask", "topics"))})

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
