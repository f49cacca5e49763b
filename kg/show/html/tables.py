"""Shows tables: the rating matrix and the findings."""

from __future__ import annotations

from collections.abc import Iterator

from kg.knowledge.ask.findings import Findings
from kg.knowledge.ask.ratings import Category, MatrixCell, RatedStudy, Ratings
from kg.knowledge.content.terms import Term
from kg.show.html import body
from kg.show.html.markup import Markup, item_list, joined, section, table, tag
from kg.show.text import further, phrases


@body.register
def matrix(ratings: Ratings) -> Markup:
    """The rating matrix: a row for each scenario, in the order of its source, and a column for each category.

    Where there is no room for columns, the categories of a scenario stand below it. The sources of a rating appear on
    hover, and below the table when they are unfolded.
    """
    head = ["Scenario", *(joined([_badge(category, ratings), f" {category.label}"]) for category in ratings.categories)]
    rows = (
        [_scenario(number, held, ratings), *_rated(held, ratings)] for number, held in enumerate(ratings.scenarios, 1)
    )
    return tag(
        "div",
        tag("h3", ratings.title),
        tag("div", table(head, rows), class_="matrix"),
        tag("p", further.RADIATION),
        item_list(f"{level}: {'; '.join(names)}" for level, names in radiation(ratings)),
        *([tag("p", f"{'; '.join(said)}.", class_="soft")] if (said := marks(ratings)) else []),
        section(further.SOURCES_OF_RATINGS, *_sources(ratings), opened=False),
        tag("p", ratings.rights, class_="soft"),
    )


@body.register
def findings_table(findings: Findings) -> Markup:
    """The findings that a case can name, as a table that scrolls."""
    head = ("Word", "Finding", "Meaning", "Also called", "A kind of")
    rows = [
        [
            entry.id,
            entry.label,
            entry.definition + (f" Determined by the number: {entry.measure}." if entry.measure else ""),
            ", ".join(entry.synonyms),
            ", ".join(entry.kinds),
        ]
        for entry in findings.entries
    ]
    return tag("div", table(head, rows), class_="scroll findings")


def _scenario(number: int, held: Term, ratings: Ratings) -> Markup:
    """The head of a row: the scenario, and the studies of the topic that its source does not rate in it."""
    silent = [study.label for study in ratings.studies if (held.id, study.id) not in ratings.cells]
    note = [tag("div", f"{further.NOT_RATED}: {'; '.join(silent)}", class_="soft")] if silent else []
    return tag("th", f"{number}. {held.label}", *note, scope="row")


def _rated(held: Term, ratings: Ratings) -> Iterator[Markup]:
    """A cell for each category; the head of its column is repeated in it for where there is no room for columns."""
    for category in ratings.categories:
        studies = [_study(study, ratings.cells[held.id, study.id]) for study in ratings.rated(held.id, category.id)]
        name = tag("div", _badge(category, ratings), f" {category.label}", class_="narrow")
        yield tag("td", *([name, item_list(studies)] if studies else []), class_=_step(category, ratings))


def _study(study: RatedStudy, cell: MatrixCell) -> Markup:
    known = [cell.category.label, cell.confidence, cell.disagreement, *map(str, cell.origins)]
    mark = "*" if cell.disagreement else ""
    return tag("span", f"{study.label}{mark}", title="\n".join(filter(None, known)))


def _badge(category: Category, ratings: Ratings) -> Markup:
    return tag("span", category.symbol, class_=f"badge {_step(category, ratings)}")


def _step(category: Category, ratings: Ratings) -> str:
    """The colour of a category by its rank, so that no category need be known here."""
    # The rank as one of four steps, rounded up: the ranks 1, 2 and 3 of 3 become the steps 2, 3 and 4.
    top = max(other.rank for other in ratings.categories)
    return f"step-{-(-4 * category.rank // top)}"


def radiation(ratings: Ratings) -> Iterator[tuple[str, list[str]]]:
    """Each radiation level with its studies, the least first."""
    for level, studies in ratings.by_radiation().items():
        yield level, [f"{phrases.by_analogy(study)}{study.label}" for study in studies]


def marks(ratings: Ratings) -> list[str]:
    """What the marks of studies mean."""
    unsure = dict.fromkeys(cell.disagreement for cell in ratings.cells.values() if cell.disagreement)
    analogy = [phrases.BY_ANALOGY] if any(map(phrases.by_analogy, ratings.studies)) else []
    return [*(f"* {words}" for words in unsure), *analogy]


def _sources(ratings: Ratings) -> list[Markup]:
    return [
        section(
            scenario.label,
            item_list(
                f"{study.label}: {cell.category.label}, {cell.confidence}. {' '.join(map(str, cell.origins))}"
                for study in ratings.studies
                if (cell := ratings.cells.get((scenario.id, study.id)))
            ),
            opened=False,
        )
        for scenario in ratings.scenarios
    ]
