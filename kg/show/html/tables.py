"""Shows tables made by Great Tables in our style: the rating matrix and the findings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kg.errors import MissingPackageError
from kg.knowledge.ask.findings import Findings
from kg.knowledge.ask.ratings import Category, MatrixCell, RatedStudy, Ratings
from kg.show.html import body
from kg.show.html.markup import Markup, item_list, joined, place, section, tag
from kg.show.text import phrases


@body.register
def matrix(ratings: Ratings) -> Markup:
    """The rating matrix: a row for each study, a column for each scenario.

    A cell shows the symbol and colour of its category, and its sources on hover. Below the table are the meaning of the
    marks and the sources of every rating.
    """
    columns = {"study": "Study", "radiation": "Radiation"} | {
        scenario.id: tag("span", str(number), tag("span", f" {scenario.label}", class_="wide"), title=scenario.label)
        for number, scenario in enumerate(ratings.scenarios, 1)
    }
    rows = [
        [
            study.label,
            _radiation(study),
            *(_cell(ratings.cells.get((held.id, study.id)), ratings) for held in ratings.scenarios),
        ]
        for study in ratings.studies
    ]
    legend = [joined([_badge(category, ratings), f" {category.label}"]) for category in ratings.categories]
    rated = html_table("ratings", columns, rows, centred=[held.id for held in ratings.scenarios])
    return tag(
        "div",
        tag("h3", ratings.title),
        tag("p", *(tag("span", entry, " ", class_="entry") for entry in legend)),
        tag("ol", *(tag("li", scenario.label) for scenario in ratings.scenarios), class_="narrow"),
        tag("div", rated, class_="matrix"),
        tag("p", f"{'; '.join(_marks(ratings))}.", class_="soft"),
        section("Source of each rating", *_sources(ratings), opened=False),
        tag("p", ratings.rights, class_="soft"),
    )


@body.register
def findings_table(findings: Findings) -> Markup:
    """The findings that a case can name, as a table that scrolls."""
    columns = {
        "id": "Word",
        "label": "Finding",
        "definition": "Meaning",
        "synonyms": "Also called",
        "kinds": "A kind of",
    }
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
    return tag("div", html_table("findings", columns, rows), class_="scroll")


def _radiation(study: RatedStudy) -> Markup:
    symbol, _, dose = study.radiation.partition(" ")
    return joined([f"{phrases.by_analogy(study)}{symbol} ", tag("span", dose, class_="dose")])


def _cell(cell: MatrixCell | None, ratings: Ratings) -> Markup:
    if not cell:
        return tag("span", "-", title="not rated in this source")
    known = [cell.category.label, cell.confidence, cell.disagreement, *map(place, cell.origins)]
    return _badge(cell.category, ratings, "*" if cell.disagreement else "", "\n".join(filter(None, known)))


def _badge(category: Category, ratings: Ratings, mark: str = "", title: str = "") -> Markup:
    """A category, coloured by its rank, so that no category need be known here."""
    # The rank as one of four steps, rounded up: the ranks 1, 2 and 3 of 3 become the steps 2, 3 and 4.
    top = max(other.rank for other in ratings.categories)
    return tag("span", f"{category.symbol}{mark}", class_=f"badge step-{-(-4 * category.rank // top)}", title=title)


def _marks(ratings: Ratings) -> list[str]:
    unsure = dict.fromkeys(cell.disagreement for cell in ratings.cells.values() if cell.disagreement)
    return ["- not rated in this source", phrases.BY_ANALOGY, *(f"* {words}" for words in unsure)]


def _sources(ratings: Ratings) -> list[Markup]:
    return [
        section(
            scenario.label,
            item_list(
                f"{study.label}: {cell.category.label}, {cell.confidence}. {' '.join(map(place, cell.origins))}"
                for study in ratings.studies
                if (cell := ratings.cells.get((scenario.id, study.id)))
            ),
            opened=False,
        )
        for scenario in ratings.scenarios
    ]


def html_table(
    name: str, columns: Mapping[str, str], rows: Sequence[Sequence[str]], centred: Sequence[str] = ()
) -> Markup:
    """A table of Great Tables without its style, which is for light pages only and affects more than the table.

    Args:
        name: What the table shows; part of its id.
        columns: The heading of each column, by its name.
        rows: The cells of each row, as markup or text.
        centred: The names of columns that are centred.

    Raises:
        MissingPackageError: Great Tables is not installed.
    """
    try:
        import pandas as pd
        from great_tables import GT, html
    except ImportError as error:
        message = "a table in a notebook needs great_tables; install nextstudy[notebook]"
        raise MissingPackageError(message) from error
    frame = pd.DataFrame([[joined([cell]) for cell in row] for row in rows], columns=list(columns))
    made = (
        GT(frame, id=f"kg-{name}")
        .fmt_passthrough(escape=False)
        .cols_label({name: html(joined([label])) for name, label in columns.items()})
        .cols_align("left")
    )
    if centred:
        made = made.cols_align("center", list(centred))
    return Markup(re.sub(r"<style>.*?</style>", "", made.as_raw_html(), flags=re.DOTALL))
