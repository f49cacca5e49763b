"""Writes the rating matrix for a paper, as Markdown or as LaTeX: scenarios in rows, categories in columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from kg.errors import printable
from kg.knowledge.ask.ratings import RatedStudy, Ratings
from kg.knowledge.content.terms import Term
from kg.show.html.tables import marks, radiation
from kg.show.text import further

_LATEX = {sign: rf"\{sign}" for sign in "&%$#_{}"}
_LATEX |= {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_LATEX |= {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "\n": " "}
_MARKDOWN = {sign: f"\\{sign}" for sign in "\\`*_{}[]#|~"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;", "\n": " "}

_RADIATION_SYMBOL = re.compile("☢+ ?")

_FIRST = 0.2
"""The share of the line that the column of the scenarios takes in LaTeX."""


def markdown(ratings: Ratings, *, sources: bool) -> str:
    """A table with pipes, as GitHub, Pandoc and Quarto read it."""
    columns = [f"{_for_markdown(category.label)} ({category.symbol})" for category in ratings.categories]
    lines = [f"**{_for_markdown(ratings.title)}**", ""]
    lines += [_row(["Scenario", *columns]), _row(["---"] * (1 + len(columns)))]
    for number, scenario in enumerate(ratings.scenarios, 1):
        studies = ("<br>".join(cell) for cell in _cells(ratings, scenario, _for_markdown))
        lines.append(_row([f"{number}. {_for_markdown(scenario.label)}", *studies]))
    lines += ["", *(f"{_for_markdown(note)}." for note in _notes(ratings)), "", _for_markdown(ratings.rights)]
    if sources:
        lines += ["", *(f"- {_for_markdown(line)}" for line in _sources(ratings))]
    return "\n".join(lines) + "\n"


def latex(ratings: Ratings, *, sources: bool) -> str:
    """A table that may run over pages; radiation is given by its dose, because its symbol is in few fonts of LaTeX."""
    count = len(ratings.categories)
    share = (1 - _FIRST) / count
    widths = [_FIRST, *[share] * count]
    columns = "".join(
        rf">{{\raggedright\arraybackslash}}p{{\dimexpr {width:.3f}\linewidth-2\tabcolsep}}" for width in widths
    )
    head = ["Scenario", *(f"{_for_latex(category.label)} ({category.symbol})" for category in ratings.categories)]
    lines = [
        r"% \usepackage{array,longtable}",
        rf"\begin{{longtable}}{{@{{}}{columns}@{{}}}}",
        rf"\caption{{{_for_latex(ratings.title)}. {_for_latex(ratings.rights)}}}\\",
        rf"\hline {' & '.join(head)} \\ \hline \endhead",
    ]
    for number, scenario in enumerate(ratings.scenarios, 1):
        studies = (r" \newline ".join(cell) for cell in _cells(ratings, scenario, _for_latex))
        lines.append(rf"{' & '.join([f'{number}. {_for_latex(scenario.label)}', *studies])} \\ \hline")
    lines += [r"\end{longtable}", *(rf"\noindent {_for_latex(note)}." for note in _notes(ratings))]
    if sources:
        lines += [r"\begin{itemize}", *(rf"\item {_for_latex(line)}" for line in _sources(ratings)), r"\end{itemize}"]
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(ratings: Ratings, scenario: Term, escaped: Callable[[str], str]) -> Iterator[list[str]]:
    """The studies of each category in a scenario."""
    for category in ratings.categories:
        yield [escaped(_study(study, ratings, scenario)) for study in ratings.rated(scenario.id, category.id)]


def _study(study: RatedStudy, ratings: Ratings, scenario: Term) -> str:
    unsure = "*" if ratings.cells[scenario.id, study.id].disagreement else ""
    return f"{study.label}{unsure}"


def _notes(ratings: Ratings) -> list[str]:
    """What the marks mean, what is not rated, and the radiation of each study."""
    silent = [
        f"Scenario {number}: {further.NOT_RATED}: {study.label}"
        for number, scenario in enumerate(ratings.scenarios, 1)
        for study in ratings.studies
        if (scenario.id, study.id) not in ratings.cells
    ]
    levels = (f"{level}: {', '.join(names)}" for level, names in radiation(ratings))
    return [*silent, f"{further.RADIATION} {'; '.join(levels)}", *marks(ratings)]


def _sources(ratings: Ratings) -> Iterator[str]:
    for number, scenario in enumerate(ratings.scenarios, 1):
        for category in ratings.categories:
            for study in ratings.rated(scenario.id, category.id):
                cell = ratings.cells[scenario.id, study.id]
                places = " ".join(map(str, cell.origins))
                yield f"{number}. {study.label}: {category.label}, {cell.confidence}. {places}"


def _for_markdown(text: str) -> str:
    return _escaped(text, _MARKDOWN)


def _for_latex(text: str) -> str:
    return _escaped(_RADIATION_SYMBOL.sub("", text), _LATEX)


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in printable(text))
