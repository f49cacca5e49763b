"""The rating matrix: how each study is rated in each scenario of a topic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from kg.errors import MissingPackageError
from kg.knowledge.content.lexicon import Lexicon
from kg.knowledge.content.lookup import Lookup
from kg.knowledge.content.terms import NOT_STATED, Origin, Term
from kg.knowledge.sparql.iris import slug
from kg.knowledge.sparql.queries import named
from kg.knowledge.sparql.store import Row
from kg.shown import VIEWS, Shown

if TYPE_CHECKING:
    from pandas import DataFrame


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

    def rated(self, scenario: str, category: str) -> tuple[RatedStudy, ...]:
        """The studies that have a category in a scenario, both given by their ids, sorted by label."""
        return tuple(
            study
            for study in self.studies
            if (cell := self.cells.get((scenario, study.id))) and cell.category.id == category
        )

    def by_radiation(self) -> dict[str, tuple[RatedStudy, ...]]:
        """The studies of each relative radiation level, from the least to the most, those without a level last."""
        levels = sorted({study.radiation for study in self.studies}, key=_dose)
        return {level: tuple(study for study in self.studies if study.radiation == level) for level in levels}

    def to_dataframe(self) -> DataFrame:
        """The ratings as a pandas data frame: a row for each, by scenario, then category, then study.

        Returns:
            The columns ``scenario``, ``scenario_label``, ``study``, ``study_label``, ``category``, ``symbol``, ``rank``
            (the higher, the more appropriate), ``radiation``, ``disagreement``, ``confidence`` and ``sources`` (the
            places, separated by line breaks).

        Raises:
            MissingPackageError: pandas is not installed.

        >>> import kg
        >>> frame = kg.load().ratings("thoracic-back-pain").to_dataframe()
        >>> frame.pivot(index="study_label", columns="scenario", values="symbol").loc[
        ...     "Bone scan whole body", "fracture-risk"
        ... ]
        'MBA'
        """
        try:
            from pandas import DataFrame
        except ImportError as error:
            message = "a data frame needs pandas; install it with: pip install 'nextstudy[pandas]'"
            raise MissingPackageError(message) from error
        return DataFrame(list(self._rows()))

    def _rows(self) -> Iterator[dict[str, str | int]]:
        for scenario in self.scenarios:
            for category in self.categories:
                for study in self.rated(scenario.id, category.id):
                    cell = self.cells[scenario.id, study.id]
                    yield {
                        "scenario": scenario.id,
                        "scenario_label": scenario.label,
                        "study": study.id,
                        "study_label": study.label,
                        "category": category.id,
                        "symbol": category.symbol,
                        "rank": category.rank,
                        "radiation": study.radiation,
                        "disagreement": cell.disagreement,
                        "confidence": cell.confidence,
                        "sources": "\n".join(map(str, cell.origins)),
                    }

    def to_markdown(self, *, sources: bool = False) -> str:
        """The matrix as a table in Markdown: a row for each scenario, a column for each category.

        Args:
            sources: Whether to list the source of each rating below the table.
        """
        return VIEWS["markdown"](self, sources)

    def to_latex(self, *, sources: bool = False) -> str:
        r"""The matrix as a ``longtable`` for a paper: a row for each scenario, a column for each category.

        Args:
            sources: Whether to list the source of each rating below the table.

        Returns:
            LaTeX for a document with ``\usepackage{array,longtable}``.
        """
        return VIEWS["latex"](self, sources)


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


def _dose(level: str) -> tuple[bool, float, str]:
    """Where a level stands among others: by the first number of its dose."""
    number = re.search(r"[\d.]+", level)
    return number is None, float(number[0]) if number else 0.0, level
