"""The findings that can be put into a case, as a table."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from kg.evaluation import Row
from kg.knowledge import Knowledge
from kg.names import slug
from kg.queries import named
from kg.showing import Shown
from kg.text import wrapped


@dataclass(frozen=True)
class Entry:
    """A finding of the vocabulary.

    Attributes:
        id: The word that a case uses.
        label: Its name.
        definition: What it means; empty where the label says it all.
        synonyms: Other names.
        kinds: The next wider findings: each is present when this one is.
        measure: The measure whose number decides it; empty without one.
    """

    id: str
    label: str
    definition: str
    synonyms: tuple[str, ...]
    kinds: tuple[str, ...]
    measure: str


@dataclass(frozen=True)
class Findings(Shown):
    """Findings of the vocabulary.

    Attributes:
        entries: The findings, in alphabetical order of their words.
    """

    entries: tuple[Entry, ...]

    def __str__(self) -> str:
        """The findings as text of at most 80 columns."""
        return "\n".join(
            wrapped(f"{entry.id}: {entry.label}. {entry.definition}".strip(), 0, 4) for entry in self.entries
        )


def findings(knowledge: Knowledge) -> Findings:
    """Read the findings that can be stated.

    Args:
        knowledge: The content.

    Returns:
        All of them.
    """
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in knowledge.rows(named("ask", "findings")):
        groups[row["finding"]].append(row)
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
