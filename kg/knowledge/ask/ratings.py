"""The rating matrix: how each study is rated in each scenario of a topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.content.terms import NOT_STATED, Origin, Term
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named
from kg.knowledge.sparql.store import Row
from kg.shown import Shown


@dataclass(frozen=True)
class Category:
    """An appropriateness category.

    Attributes:
        id: The readable id.
        label: What a person reads.
        symbol: The short form for a table.
        rank: The higher, the more appropriate.
        definition: What it means.
    """

    id: str
    label: str
    symbol: str
    rank: int
    definition: str


@dataclass(frozen=True)
class RatedStudy:
    """A study of the matrix.

    Attributes:
        id: The id of the procedure.
        label: What a person reads.
        radiation: The relative radiation level: symbol and dose.
        radiation_standing: Whether that level was verified, was taken by analogy, or is unresolved.
    """

    id: str
    label: str
    radiation: str
    radiation_standing: str


@dataclass(frozen=True)
class MatrixCell:
    """How one study is rated in one scenario.

    Attributes:
        category: How appropriate the study is.
        disagreement: What is known about disagreement in the panel; empty if there is nothing to say.
        confidence: How sure we are of the category.
        origins: Where the rating comes from.
    """

    category: Category
    disagreement: str
    confidence: str
    origins: tuple[Origin, ...]


@dataclass(frozen=True, repr=False)
class Ratings(Shown):
    """The rating matrix of a topic.

    Attributes:
        title: The title of the topic with its edition.
        rights: The terms under which the ratings may be used.
        categories: All categories, the most appropriate first.
        scenarios: The scenarios, in the order of their numbers.
        studies: The studies that any of them rates, sorted by label.
        cells: The rating by the ids of scenario and study; what a source does not rate has no cell.
    """

    title: str
    rights: str
    categories: tuple[Category, ...]
    scenarios: tuple[Term, ...]
    studies: tuple[RatedStudy, ...]
    cells: Mapping[tuple[str, str], MatrixCell]

    def __post_init__(self) -> None:
        """Make the cells read-only."""
        object.__setattr__(self, "cells", MappingProxyType(dict(self.cells)))

    def __reduce__(self) -> tuple[type[Ratings], tuple[object, ...]]:
        """Pickle and copy through the constructor, because the read-only view of the cells cannot be pickled."""
        return type(self), (self.title, self.rights, self.categories, self.scenarios, self.studies, dict(self.cells))


def ratings(topic: str, lookup: Lookup, lexicon: Lexicon) -> Ratings:
    """Read the rating matrix of a topic, which is given by its IRI."""
    categories = {
        row["category"]: Category(
            slug(row["category"]), row["label"], row.get("symbol", ""), int(row["rank"]), row.get("definition", "")
        )
        for row in lookup.rows(named("ask", "categories"))
    }
    scenarios = [row["scenario"] for row in lookup.rows(named("ask", "scenarios")) if row["topic"] == topic]
    rows = [row for scenario in scenarios for row in lookup.ratings.get(scenario, ())]
    studies = {
        RatedStudy(slug(row["procedure"]), row["label"], _radiation(row), row.get("standing", NOT_STATED))
        for row in rows
    }
    return Ratings(
        title="{title} ({edition})".format(**lookup.topic(topic)),
        rights=lookup.topic(topic)["rights"],
        categories=tuple(categories.values()),
        scenarios=tuple(Term(slug(scenario), lexicon.label(scenario)) for scenario in scenarios),
        studies=tuple(sorted(studies, key=lambda study: study.label)),
        cells={
            (slug(row["scenario"]), slug(row["procedure"])): MatrixCell(
                categories[row["category"]],
                row.get("disagreement", ""),
                row.get("confidence", NOT_STATED),
                lookup.origins.get(row["rating"], ()),
            )
            for row in rows
        },
    )


def _radiation(row: Row) -> str:
    """The symbol and the label of the level; a study without a level is shown all the same, as answers show it."""
    return f"{row['symbol']} {row['dose']}" if "symbol" in row else NOT_STATED
