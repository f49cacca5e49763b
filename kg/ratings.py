"""The rating matrix: how each study is rated in each scenario of a topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kg.answer import Origin, Term
from kg.knowledge import Knowledge
from kg.lexicon import Lexicon
from kg.names import slug
from kg.queries import named
from kg.showing import Shown
from kg.text import wrapped


@dataclass(frozen=True)
class Category:
    """An appropriateness category.

    Attributes:
        id: Its identifier.
        label: Its name.
        symbol: Its short form.
        rank: Its place; the highest is the best.
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
        id: The procedure.
        label: Its name.
        radiation: The relative radiation level: symbol and dose.
        radiation_standing: Whether that level was verified, taken by analogy, or is unresolved.
    """

    id: str
    label: str
    radiation: str
    radiation_standing: str


@dataclass(frozen=True)
class MatrixCell:
    """How one study is rated in one scenario.

    Attributes:
        category: The category.
        disagreement: What is known of the panel's disagreement; empty when nothing needs saying.
        confidence: How sure we are of the category.
        origins: Where the rating comes from.
    """

    category: Category
    disagreement: str
    confidence: str
    origins: tuple[Origin, ...]


@dataclass(frozen=True)
class Ratings(Shown):
    """The rating matrix of a topic.

    Attributes:
        title: The title of the topic with its edition.
        rights: Under which terms the ratings stand.
        categories: All categories, the best first.
        scenarios: The scenarios, in the order of their numbers.
        studies: The studies that any of them rates, by name.
        cells: The rating by identifier of scenario and of study; what a source does not rate has no cell.
    """

    title: str
    rights: str
    categories: tuple[Category, ...]
    scenarios: tuple[Term, ...]
    studies: tuple[RatedStudy, ...]
    cells: Mapping[tuple[str, str], MatrixCell]

    def __str__(self) -> str:
        """The matrix as text of at most 80 columns: by scenario, then by category."""
        lines = [wrapped(self.title, 0, 2)]
        for scenario in self.scenarios:
            lines += ["", wrapped(scenario.label, 0, 2)]
            for category in self.categories:
                rated = [study for study in self.studies if self._category(scenario, study) == category]
                lines += [f"  {category.label}"] if rated else []
                lines += [wrapped(self._line(scenario, study), 4, 8) for study in rated]
        return "\n".join(lines)

    def _category(self, scenario: Term, study: RatedStudy) -> Category | None:
        cell = self.cells.get((scenario.id, study.id))
        return cell.category if cell else None

    def _line(self, scenario: Term, study: RatedStudy) -> str:
        analogy = "~" if study.radiation_standing == "by analogy" else ""
        disagreement = self.cells[scenario.id, study.id].disagreement
        return f"{study.label}, {analogy}{study.radiation}{f' ({disagreement})' if disagreement else ''}"


def ratings(topic: str, knowledge: Knowledge, lexicon: Lexicon) -> Ratings:
    """Read the rating matrix of a topic.

    Args:
        topic: The IRI of the topic.
        knowledge: The ratings.
        lexicon: Labels.

    Returns:
        The matrix.
    """
    categories = {
        row["category"]: Category(
            slug(row["category"]), row["label"], row["symbol"], int(row["rank"]), row["definition"]
        )
        for row in knowledge.rows(named("ask", "categories"))
    }
    scenarios = [row["scenario"] for row in knowledge.rows(named("ask", "scenarios")) if row["topic"] == topic]
    rows = [row for scenario in scenarios for row in knowledge.ratings.get(scenario, ())]
    studies = {
        RatedStudy(slug(row["procedure"]), row["label"], f"{row['symbol']} {row['dose']}", row["standing"])
        for row in rows
    }
    return Ratings(
        title="{title} ({edition})".format(**knowledge.topic(topic)),
        rights=knowledge.topic(topic)["rights"],
        categories=tuple(categories.values()),
        scenarios=tuple(Term(slug(scenario), lexicon.label(scenario)) for scenario in scenarios),
        studies=tuple(sorted(studies, key=lambda study: study.label)),
        cells=MappingProxyType(
            {
                (slug(row["scenario"]), slug(row["procedure"])): MatrixCell(
                    categories[row["category"]],
                    row.get("disagreement", ""),
                    row["confidence"],
                    knowledge.origins.get(row["rating"], ()),
                )
                for row in rows
            }
        ),
    )
