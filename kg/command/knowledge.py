"""The verbs that ask the knowledge."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from kg.command.inputs import about, credentials, missed, opened_guide, read_case
from kg.command.outputs import say_missed, show, write_document
from kg.command.terminal import working
from kg.command.verb import Verb, format_option, full_option
from kg.errors import quoted

_DIGITS = 10


def ask_options(parser: ArgumentParser) -> None:
    """Add nothing: the question brings its own options, see ``kg.command.asking``."""


def run_ask(arguments: Namespace) -> int:
    """Answer a question of the catalogue."""
    from kg.command.asking import question_listing, row_document, show_rows, values
    from kg.errors import ParameterError
    from kg.knowledge.ask.catalogue import question, refused

    if arguments.question is None:
        if arguments.format != "text":
            message = "--format is that of the rows which answer a question; name a question"
            raise ParameterError(message)
        print(question_listing())
        for sentence in refused():
            print(f"nextstudy: {sentence}", file=sys.stderr)
        return 0
    given, sentences = values(question(arguments.question), arguments), tuple[str, ...]()
    endpoint, graph = getattr(arguments, "endpoint", None), getattr(arguments, "graph", None)
    if graph is not None and endpoint is None:
        message = "--graph names a graph of an endpoint; give its address with --endpoint, or leave --graph out"
        raise ParameterError(message)
    if endpoint is not None:
        from kg.knowledge.ask.endpoint import remote

        user, password = credentials(arguments)
        rows = remote(endpoint, graph, user=user, password=password).ask(arguments.question, **given)
    elif hasattr(arguments, "case"):
        case, guide = read_case(arguments.case), opened_guide(arguments)
        with about(arguments.case, case, guide):
            rows, sentences = guide.ask(arguments.question, case=case, **given), missed(guide, case)
    else:
        rows = opened_guide(arguments).ask(arguments.question, case=None, **given)
    if arguments.format == "text":
        say_missed(sentences)
        show_rows(rows, full=arguments.full)
    else:
        write_document(row_document(rows, arguments.format))
    return 1 if sentences else 0


def query_options(parser: ArgumentParser) -> None:
    """What ``query`` takes."""
    parser.add_argument("query", metavar="FILE.rq|-|TEXT", help="a file, '-' for standard input, or the query itself")
    format_option(parser, "text", "csv", "json", "tsv", about="of rows; CONSTRUCT gives Turtle; ")
    full_option(parser)
    parser.add_argument("--timeout", type=float, default=5.0, metavar="SECONDS", help="end it after these; default: 5")


def run_query(arguments: Namespace) -> int:
    """Run a query of the user's own."""
    from kg.command.asking import row_document, show_rows
    from kg.errors import QueryError
    from kg.knowledge.ask.own_query import answered, boolean_json
    from kg.knowledge.sparql.rows import Rows

    text = _query_text(arguments.query)
    core = opened_guide(arguments).core
    found = answered(text, core.lookup.store, core.lexicon.labels, core.content.prefixes, arguments.timeout)
    if isinstance(found, Rows) and arguments.format == "text":
        show_rows(found, full=arguments.full)
    elif isinstance(found, Rows):
        write_document(row_document(found, arguments.format))
    elif isinstance(found, bool):
        print(boolean_json(found) if arguments.format == "json" else str(found).lower())
    elif arguments.format != "text":
        message = f"the query gives triples, which are written as Turtle; leave --format {arguments.format} out"
        raise QueryError(message)
    else:
        write_document(found)
    return 0


def _query_text(word: str) -> str:
    """The query that a word of the command line is or names."""
    from pathlib import Path

    from kg.command.inputs import read_input
    from kg.documents import read_text
    from kg.errors import QueryError

    if word == "-":
        return read_input("query", QueryError)
    is_query = any(sign in word for sign in "{\n") or (" " in word.strip() and not Path(word).exists())
    return word if is_query else read_text(word, QueryError, "query")


def find_options(parser: ArgumentParser) -> None:
    """What ``find`` takes."""
    parser.add_argument("text", nargs="+", help="words of a label, synonym or definition, in any order")
    parser.add_argument("--kind", help="only this kind, such as Finding, Preference or Condition; default: all")
    parser.add_argument(
        "--limit", metavar="N", type=_count, help="show the first N; default: 25, or with --kind all that are found"
    )


def _count(word: str) -> int:
    """A number of lines."""
    if not (word.isascii() and word.isdigit() and 0 < len(word) < _DIGITS and int(word)):
        message = f"{quoted(word)} is not a number of lines; write a whole number from 1 on"
        raise ArgumentTypeError(message)
    return int(word)


def run_find(arguments: Namespace) -> int:
    """Search everything in the content by words."""
    from kg.errors import ParameterError
    from kg.knowledge.ask.search import found_listing, guess_sentence

    words = " ".join(arguments.text)
    if not words.strip():
        message = "there is nothing to search for; give some words"
        raise ParameterError(message)
    guide = opened_guide(arguments)
    if not (found := guide.find(words, arguments.kind)):
        print(f"nextstudy: {guess_sentence(words, guide.guesses(words, arguments.kind))}", file=sys.stderr)
        return 1
    if arguments.limit is None and arguments.kind is None:
        print(found_listing(found))
    else:
        print(found_listing(found, arguments.limit))
    return 0


def where_options(parser: ArgumentParser) -> None:
    """Add the options of ``where``."""
    parser.add_argument("thing", help="an identifier, the end of an IRI, or an IRI")


def run_where(arguments: Namespace) -> int:
    """Say which line of which file describes a thing."""
    for place in opened_guide(arguments).where(arguments.thing):
        print(place)
    return 0


def surface_options(parser: ArgumentParser) -> None:
    """Add the options of ``surface``."""
    parser.add_argument("topic", metavar="TOPIC", help="one of those that 'ask topics' lists; takes a few seconds")
    format_option(parser, "text", "json")


def run_surface(arguments: Namespace) -> int:
    """Try all combinations of the deciding facts of a topic."""
    guide = opened_guide(arguments)
    with working("Compiling the queries") as tell:
        surface = guide.surface(arguments.topic, tell=tell)
    show(arguments, surface, surface.to_dict)
    return 1 if surface.overlaps or surface.unsafe else 0


KNOWLEDGE = {
    "ask": Verb(
        "answer a catalogue question; with no name, list them", ask_options, run_ask, abbreviations=False, language=True
    ),
    "query": Verb("your own SPARQL, from a file or typed", query_options, run_query, language=True),
    "find": Verb("search findings, studies, rules and the rest by words", find_options, run_find, language=True),
    "where": Verb("the file and line that describe a thing in the content", where_options, run_where, language=True),
    "surface": Verb(
        "all combinations of a topic's deciding facts, and answers", surface_options, run_surface, language=True
    ),
}
"""The verbs that ask the knowledge, in the order of the help."""
