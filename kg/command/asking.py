"""The verb ``nextstudy ask``: an option for each parameter of the question."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kg.command.terminal import show_text
from kg.command.verb import full_option
from kg.knowledge.ask.catalogue import Question, question, questions
from kg.show.text.wrap import wrapped

if TYPE_CHECKING:
    from kg.knowledge.sparql.rows import Rows

ROW_FORMATS = ("text", "csv", "json", "tsv")


def add_options(verb: argparse.ArgumentParser, words: Sequence[str]) -> None:
    """Add the options that the question needs to the parser of the verb.

    The question is the first of ``words``, which follow the verb, unless that one is an option; after an option, it is
    the first word that is the name of a question.

    Raises:
        UnknownQueryError: There is no such question.
    """
    name = _question_named(words)
    if name is None:
        verb.add_argument("question", nargs="?", help="a question; without one, all are listed")
        verb.add_argument("--format", choices=ROW_FORMATS, default="text", help="of the rows; default: text")
        full_option(verb)
        verb.epilog = "`nextstudy ask QUESTION --help` lists what a question takes besides."
        return
    asked = question(name)
    verb.description = " ".join((asked.summary, asked.description))
    verb.add_argument("question", help=argparse.SUPPRESS)
    for parameter in asked.parameters:
        example = f"{parameter.type}, such as '{parameter.example}'"
        verb.add_argument(f"--{parameter.name}", required=True, metavar="VALUE", help=example)
    verb.add_argument("--format", choices=ROW_FORMATS, default="text", help="default: text")
    full_option(verb)
    if asked.about_a_case:
        verb.add_argument("--case", required=True, metavar="CASE.json", help="a case; '-' reads standard input")
    else:
        verb.add_argument("--endpoint", metavar="URL", help="ask a SPARQL endpoint instead")
        verb.add_argument("--graph", metavar="IRI", help="the graph of the endpoint that holds the guideline")


def _question_named(words: Sequence[str]) -> str | None:
    if not words or not words[0].startswith("-"):
        return words[0] if words else None
    names = {asked.name for asked in questions()}
    return next((word for word in words if word in names), None)


def values(asked: Question, arguments: argparse.Namespace) -> dict[str, str]:
    """The values of the parameters, by name."""
    return {parameter.name: getattr(arguments, parameter.name) for parameter in asked.parameters}


def row_document(rows: Rows, form: str) -> str:
    """Rows for a program, in one of ``ROW_FORMATS`` except text; lines of CSV end in CR LF, as SPARQL 1.1 says."""
    documents = {"csv": rows.to_csv, "json": rows.to_json, "tsv": rows.to_tsv}
    return documents[form]()


def show_rows(rows: Rows, *, full: bool) -> None:
    """Print the first rows as a table, or all rows and columns."""
    from kg.show.text.screens.rows import first_rows

    show_text(rows.explain() if full else first_rows(rows), by_page=full)


def question_listing() -> str:
    """Every question with its name and parameters, for a terminal."""
    return "\n".join(f"{_usage(asked)}\n{wrapped(asked.summary, 4)}" for asked in questions())


def _usage(asked: Question) -> str:
    options = [f"--{parameter.name}" for parameter in asked.parameters] + ["--case"] * asked.about_a_case
    return " ".join((asked.name, *options))
