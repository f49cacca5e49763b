"""Tables made by Great Tables and set by our style: the rating matrix, the findings, the difference of two answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kg.difference import Difference
from kg.errors import MissingPackageError
from kg.findings import Findings
from kg.ratings import Category, MatrixCell, RatedStudy, Ratings
from kg.rich import body
from kg.rich.markup import Markup, joined, listing, place, section, tag


@body.register
def matrix(ratings: Ratings) -> Markup:
    """The rating matrix: a row for each study, a column for each scenario.

    Args:
        ratings: The ratings.

    Returns:
        A table. A cell shows symbol and colour of its category, and its sources when it is pointed at; beneath stand
        what the symbols mean and the sources of every rating.
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
    rated = table("ratings", columns, rows, centred=[held.id for held in ratings.scenarios])
    return tag(
        "div",
        tag("h3", ratings.title),
        tag("p", *(tag("span", entry, " ", class_="entry") for entry in legend)),
        tag("ol", *(tag("li", scenario.label) for scenario in ratings.scenarios), class_="narrow"),
        tag("div", rated, class_="matrix"),
        tag("p", f"{'; '.join(_marks(ratings))}.", class_="soft"),
        section("Where each rating comes from", *_sources(ratings), opened=False),
        tag("p", ratings.rights, class_="soft"),
    )


@body.register
def findings_table(findings: Findings) -> Markup:
    """The findings that can be put into a case.

    Args:
        findings: The findings.

    Returns:
        A table that scrolls.
    """
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
            entry.definition + (f" Decided by the number: {entry.measure}." if entry.measure else ""),
            ", ".join(entry.synonyms),
            ", ".join(entry.kinds),
        ]
        for entry in findings.entries
    ]
    return tag("div", table("findings", columns, rows), class_="scroll")


@body.register
def difference_table(difference: Difference) -> Markup:
    """What changed between two answers.

    Args:
        difference: The difference.

    Returns:
        A table of what each part lost and gained; a sentence when nothing changed.
    """
    rows = [
        [name.replace("_", " ").capitalize(), _labels(change.lost, "lost"), _labels(change.gained, "gained")]
        for name in difference.__dataclass_fields__
        if (change := getattr(difference, name))
    ]
    columns = {"part": "Part", "before": "Only before", "after": "Only after"}
    return table("difference", columns, rows) if rows else tag("p", str(difference))


def _labels(words: Sequence[str], change: str) -> Markup:
    return joined(tag("div", word, class_=change) for word in words)


def _radiation(study: RatedStudy) -> Markup:
    symbol, _, dose = study.radiation.partition(" ")
    analogy = "~" if study.radiation_standing == "by analogy" else ""
    return joined([f"{analogy}{symbol} ", tag("span", dose, class_="dose")])


def _cell(cell: MatrixCell | None, ratings: Ratings) -> Markup:
    if not cell:
        return tag("span", "-", title="not rated in this source")
    known = [cell.category.label, cell.confidence, cell.disagreement, *map(place, cell.origins)]
    return _badge(cell.category, ratings, "*" if cell.disagreement else "", "\n".join(filter(None, known)))


def _badge(category: Category, ratings: Ratings, mark: str = "", title: str = "") -> Markup:
    """A category by its place among the categories, so that no category is known here."""
    top = max(other.rank for other in ratings.categories)
    return tag("span", f"{category.symbol}{mark}", class_=f"badge step-{-(-4 * category.rank // top)}", title=title)


def _marks(ratings: Ratings) -> list[str]:
    unsure = dict.fromkeys(cell.disagreement for cell in ratings.cells.values() if cell.disagreement)
    return ["- not rated in this source", "~ radiation level by analogy", *(f"* {words}" for words in unsure)]


def _sources(ratings: Ratings) -> list[Markup]:
    return [
        section(
            scenario.label,
            listing(
                f"{study.label}: {cell.category.label}, {cell.confidence}. {' '.join(map(place, cell.origins))}"
                for study in ratings.studies
                if (cell := ratings.cells.get((scenario.id, study.id)))
            ),
            opened=False,
        )
        for scenario in ratings.scenarios
    ]


def table(name: str, columns: Mapping[str, str], rows: Sequence[Sequence[str]], centred: Sequence[str] = ()) -> Markup:
    """A table of Great Tables without its style: that one is for light pages only, and reaches beyond its table.

    Args:
        name: What the table is of.
        columns: The heading of each column, by a name of its own.
        rows: The cells of each row, markup or text.
        centred: Columns that are centred.

    Returns:
        The table.

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
