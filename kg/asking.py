"""The verb ``nextstudy ask``: an option for each parameter of the question that is asked."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kg.catalogue import Question, question, questions
from kg.text import wrapped

if TYPE_CHECKING:
    from kg.rows import Rows

FORMATS = ("text", "csv", "json", "tsv")


def add_options(verb: argparse.ArgumentParser, words: Sequence[str]) -> None:
    """Give the verb what the question needs.

    Args:
        verb: The parser of the verb.
        words: The arguments that follow it. The first one, unless it is an option, is the question.

    Raises:
        UnknownQueryError: There is no such question.
    """
    if not words or words[0].startswith("-"):
        verb.add_argument("question", nargs="?", help="a question; without one, all are listed")
        return
    asked = question(words[0])
    verb.description = " ".join((asked.summary, asked.description))
    verb.add_argument("question", help=argparse.SUPPRESS)
    for parameter in asked.parameters:
        example = f"{parameter.type}, such as '{parameter.example}'"
        verb.add_argument(f"--{parameter.name}", required=True, metavar="VALUE", help=example)
    verb.add_argument("--format", choices=FORMATS, default="text", help="default: text")
    if asked.about_a_case:
        verb.add_argument("--case", required=True, metavar="CASE.json", help="a case; '-' reads standard input")
    else:
        verb.add_argument("--endpoint", metavar="URL", help="ask a SPARQL endpoint instead")
        verb.add_argument("--graph", metavar="IRI", help="the graph of the endpoint that holds the guideline")


def values(asked: Question, arguments: argparse.Namespace) -> dict[str, str]:
    """The parameters that were given.

    Args:
        asked: The question.
        arguments: What argparse read.

    Returns:
        The values by name.
    """
    return {parameter.name: getattr(arguments, parameter.name) for parameter in asked.parameters}


def shown(rows: Rows, form: str) -> str:
    """Write rows.

    Args:
        rows: The rows.
        form: One of ``FORMATS``.

    Returns:
        The text, without a line break at its end.
    """
    documents = {"csv": rows.to_csv, "json": rows.to_json, "tsv": rows.to_tsv}
    # Lines of CSV end in CR LF, as SPARQL 1.1 prescribes; print ends the last one.
    return documents[form]().removesuffix("\n") if form in documents else str(rows)


def listing() -> str:
    """Every question with its name and parameters, for a terminal.

    Returns:
        The text.
    """
    return "\n".join(f"{_usage(asked)}\n{wrapped(asked.summary, 4)}" for asked in questions())


def _usage(asked: Question) -> str:
    options = [f"--{parameter.name}" for parameter in asked.parameters] + ["--case"] * asked.about_a_case
    return " ".join((asked.name, *options))
