"""The differential: the diagnoses that the leading scenarios are worked up for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from kg.answer import Origin, Term
from kg.evaluation import Row
from kg.knowledge import Knowledge
from kg.names import slug
from kg.queries import named
from kg.showing import Shown
from kg.text import wrapped


@dataclass(frozen=True)
class Diagnosis:
    """A diagnosis to think of.

    Attributes:
        id: The diagnosis.
        label: What the source says of it.
        scenario: The scenario that is worked up for it.
        explains: Findings that it explains.
        known: Those of them that are known to be present.
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


@dataclass(frozen=True)
class Differential(Shown):
    """The diagnoses that a case is worked up for. The order says nothing of how likely each is.

    Attributes:
        diagnoses: The diagnoses, in alphabetical order.
    """

    diagnoses: tuple[Diagnosis, ...]

    def __str__(self) -> str:
        """The differential as text of at most 80 columns."""
        lines = []
        for diagnosis in self.diagnoses:
            lines.append(wrapped(diagnosis.label, 0, 2))
            lines += [wrapped(f"would explain here: {_joined(diagnosis.known)}", 2, 4)] if diagnosis.known else []
            lines += [wrapped(f"explains: {_joined(diagnosis.explains)}", 2, 4)] if diagnosis.explains else []
            lines += (
                [wrapped(f"can lead to: {_joined(diagnosis.complications)}", 2, 4)] if diagnosis.complications else []
            )
        return "\n".join(lines) or "The sources name no differential for this case."


def differential(scenarios: Collection[str], present: Collection[str], knowledge: Knowledge) -> Differential:
    """Read the differential of scenarios.

    Args:
        scenarios: The IRIs of the scenarios that lead.
        present: The IRIs of the findings that are known to be present.
        knowledge: The content.

    Returns:
        The differential.
    """
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in knowledge.rows(named("ask", "differential")):
        if row["scenario"] in scenarios:
            groups[row["differential"]].append(row)
    diagnoses = [_diagnosis(rows, present, knowledge.origins.get(iri, ())) for iri, rows in groups.items()]
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


def _joined(terms: tuple[Term, ...]) -> str:
    return ", ".join(term.label.lower() for term in terms)
