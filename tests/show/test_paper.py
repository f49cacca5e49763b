"""The rating matrix for a paper: the same ratings as in the matrix, and nothing that breaks Markdown or LaTeX."""

from __future__ import annotations

import csv
import re
from dataclasses import replace

import pytest

import kg
from kg.knowledge.ask.ratings import Ratings
from kg.knowledge.content.terms import Term
from tests.conftest import ROOT

EVIL = r"50% & more_or_less #1 {a} $x$ ~b^2 \end|pipe *star* <i>[link](x)</i>"


@pytest.fixture(scope="module")
def matrix(guide: kg.Guide) -> Ratings:
    """The matrix of the first topic."""
    return guide.ratings("thoracic-back-pain")


@pytest.fixture(scope="module")
def evil(matrix: Ratings) -> Ratings:
    """The same with words that mean something to Markdown and LaTeX."""
    scenarios = (Term(matrix.scenarios[0].id, EVIL), *matrix.scenarios[1:])
    studies = (replace(matrix.studies[0], label=EVIL), *matrix.studies[1:])
    return replace(matrix, title=EVIL, scenarios=scenarios, studies=studies)


def expected(matrix: Ratings) -> list[list[list[str]]]:
    """For each scenario the studies of each category, from the file that was written by hand from the source."""
    with (ROOT / "tests" / "expected" / "ratings.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = {study.id: study.label for study in matrix.studies}
    return [
        [
            sorted(
                names[row["procedure"]]
                for row in rows
                if row["scenario"] == scenario.id and row["category"] == category.id
            )
            for category in matrix.categories
        ]
        for scenario in matrix.scenarios
    ]


def rows_of_markdown(text: str) -> list[list[str]]:
    """The cells of a table with pipes, unescaped."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    return [[cell.strip() for cell in row] for row in cells]


def rows_of_latex(text: str) -> list[list[str]]:
    """The cells of the lines of a ``longtable``, below its head."""
    (table,) = re.findall(r"\\endhead\n(.*)\\end\{longtable\}", text, re.DOTALL)
    return [re.split(r"(?<!\\)&", row) for row in table.split(r"\\ \hline")[:-1]]


def test_markdown_is_the_matrix(matrix: Ratings) -> None:
    head, rule, *rows = rows_of_markdown(matrix.to_markdown())
    assert head[0] == "Scenario"
    assert head[1:3] == ["Usually Appropriate (UA)", "May Be Appropriate (MBA)"]
    assert set(rule) == {"---"}
    assert [row[0] for row in rows] == [f"{n}. {scenario.label}" for n, scenario in enumerate(matrix.scenarios, 1)]
    assert [[_names(cell, "<br>") for cell in row[1:]] for row in rows] == expected(matrix)


def test_latex_is_the_matrix(matrix: Ratings) -> None:
    rows = rows_of_latex(matrix.to_latex())
    assert [[_names(cell, r"\newline") for cell in row[1:]] for row in rows] == expected(matrix)


def _names(cell: str, between: str) -> list[str]:
    return sorted(name.strip().rstrip("*").rstrip("\\") for name in cell.split(between) if name.strip())


def test_what_means_something_to_latex_is_escaped(evil: Ratings) -> None:
    made = evil.to_latex(sources=True)
    assert re.findall(r"\\begin\{(\w+)\}", made) == re.findall(r"\\end\{(\w+)\}", made) == ["longtable", "itemize"]
    body = made[made.index(r"\caption") :]
    bare = re.sub(r"\\[&%$#_{}]", "", body)
    assert bare.count("{") == bare.count("}")
    assert not re.search(r"[%$#_~^<>|☢]", bare)
    assert "50\\% \\& more\\_or\\_less \\#1 \\{a\\} \\$x\\$ \\textasciitilde{}b\\textasciicircum{}2" in body
    assert r"\textbackslash{}end\textbar{}pipe" in body
    assert {len(row) for row in rows_of_latex(made)} == {1 + len(evil.categories)}


def test_what_means_something_to_markdown_is_escaped(evil: Ratings) -> None:
    made = evil.to_markdown(sources=True)
    assert {len(row) for row in rows_of_markdown(made)} == {1 + len(evil.categories)}
    assert r"\\end\|pipe \*star\* &lt;i&gt;\[link\](x)&lt;/i&gt;" in made


def test_sources_stand_in_a_paper_on_demand(matrix: Ratings) -> None:
    place = "Public copy of the structured scenarios"
    for made, full in (
        (matrix.to_markdown(), matrix.to_markdown(sources=True)),
        (matrix.to_latex(), matrix.to_latex(sources=True)),
    ):
        assert place not in made
        assert full.startswith(made)
        assert full.count("seen in") == len(matrix.cells), "a line for each rating"
    assert "Radiation of each study: O 0 mSv: MRI" in matrix.to_markdown(), "the least first"
    assert "1-10 mSv: Bone scan whole body" in matrix.to_latex()


def test_a_data_frame_has_a_row_for_each_rating(matrix: Ratings) -> None:
    frame = matrix.to_dataframe()
    assert len(frame) == len(matrix.cells)
    assert list(dict.fromkeys(frame["scenario"])) == [scenario.id for scenario in matrix.scenarios]
    for _, rows in frame.groupby("scenario"):
        assert list(rows["rank"]) == sorted(rows["rank"], reverse=True)
    (row,) = frame.query("scenario == 'abnormal-radiograph' and study == 'ct-myelography-thoracic-spine'").to_dict(
        "records"
    )
    assert (row["symbol"], row["category"], row["radiation"]) == ("MBA", "may-be-appropriate", "☢☢☢☢ 10-30 mSv")
    assert "Public copy" in row["sources"]
