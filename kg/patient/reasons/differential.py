"""The differential: the diagnoses that the leading scenarios are worked up for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kg.knowledge.content.lookup import Lookup
from kg.knowledge.content.terms import Origin, Term
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named
from kg.knowledge.sparql.store import Row, grouped
from kg.shown import Shown


@dataclass(frozen=True)
class Diagnosis:
    """A diagnosis to think of.

    Attributes:
        id: The diagnosis.
        label: What the source says about it.
        scenario: The scenario that is worked up for it.
        explains: The findings that it explains.
        known: Those of these findings that are known to be present.
        complications: What it can lead to.
        origins: Where it comes from.
    """

    id: str
    label: str
    scenario: str
    explains: tuple[Term, ...]
    known: tuple[Term, ...]
    complications: tuple[Term, ...]
    origins: tuple[Origin, ...]


@dataclass(frozen=True, repr=False)
class Differential(Shown):
    """The diagnoses that a case is worked up for. Their order says nothing about how likely each is.

    Attributes:
        diagnoses: The diagnoses, in alphabetical order.
    """

    diagnoses: tuple[Diagnosis, ...]


def differential(scenarios: Collection[str], present: Collection[str], lookup: Lookup) -> Differential:
    """Read the differential of some scenarios.

    Args:
        scenarios: The IRIs of the scenarios that lead.
        present: The IRIs of the findings that are known to be present.
        lookup: Gives the diagnoses of each scenario.
    """
    rows = [row for row in lookup.rows(named("ask", "differential")) if row["scenario"] in scenarios]
    groups = grouped(rows, "differential")
    diagnoses = [_diagnosis(rows, present, lookup.origins.get(iri, ())) for iri, rows in groups.items()]
    return Differential(tuple(sorted(diagnoses, key=lambda diagnosis: diagnosis.label)))


def _diagnosis(rows: list[Row], present: Collection[str], origins: tuple[Origin, ...]) -> Diagnosis:
    def terms(column: str, among: Collection[str] | None = None) -> tuple[Term, ...]:
        found = {row[column]: row[f"{column}Label"] for row in rows if column in row}
        return tuple(Term(slug(iri), label) for iri, label in found.items() if among is None or iri in among)

    first = rows[0]
    return Diagnosis(
        id=slug(first["diagnosis"]),
        label=first["label"],
        scenario=slug(first["scenario"]),
        explains=terms("finding"),
        known=terms("finding", present),
        complications=terms("complication"),
        origins=origins,
    )
