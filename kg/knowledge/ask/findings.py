"""The findings that a case can state, as a table."""

from __future__ import annotations

from dataclasses import dataclass

from kg.knowledge.content.lookup import Lookup
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named
from kg.knowledge.sparql.store import Row, grouped
from kg.shown import Shown


@dataclass(frozen=True)
class Entry:
    """A finding of the vocabulary.

    Attributes:
        id: The word that a case uses.
        label: What a person reads.
        definition: What it means; empty if the label says it all.
        synonyms: Other labels.
        kinds: The next wider findings; each is present when this one is.
        measure: The measure whose number decides it; empty if there is none.
    """

    id: str
    label: str
    definition: str
    synonyms: tuple[str, ...]
    kinds: tuple[str, ...]
    measure: str


@dataclass(frozen=True, repr=False)
class Findings(Shown):
    """Findings of the vocabulary.

    Attributes:
        entries: The findings, sorted by id.
    """

    entries: tuple[Entry, ...]


def findings(lookup: Lookup) -> Findings:
    """Read all findings that a case can state."""
    groups = grouped(lookup.rows(named("ask", "findings")), "finding")
    return Findings(tuple(_entry(slug(iri), rows) for iri, rows in groups.items()))


def _entry(word: str, rows: list[Row]) -> Entry:
    def values(column: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row[column] for row in rows if column in row))

    return Entry(
        id=word,
        label=rows[0]["label"],
        definition=rows[0].get("definition", ""),
        synonyms=values("synonym"),
        kinds=values("kind"),
        measure=rows[0].get("measure", ""),
    )
