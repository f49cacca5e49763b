"""Runs a query that a person wrote, within limits, or refuses it in one sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice

from pyoxigraph import (
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    Store,
    parse_query_results,
)

from kg.documents import refuse_deep_json
from kg.errors import ParameterError, QueryError, shown
from kg.knowledge.sparql.bounded import CRASH, DEPTH, MEBIBYTE, MEMORY, SIZE, TIME, ExceededError, Limits, bounded
from kg.knowledge.sparql.outside import look_over
from kg.knowledge.sparql.rows import Rows
from kg.knowledge.sparql.turtle import turtle

SECONDS = 5.0
"""How long a query may take: the questions of the catalogue take some hundredths of a second each."""

LONGEST_TIMEOUT = 3600.0

MEMORY_ALLOWED = 512 * MEBIBYTE
"""What a query may take; the whole shipped content takes a tenth of it."""

MOST_ROWS = 100_000
"""More than three times the triples of the shipped content."""

_EXCEEDED = {
    TIME: "takes more than {seconds:g} seconds; join its parts by variables, add a LIMIT, or allow more time",
    MEMORY: f"takes more than {MEMORY_ALLOWED // MEBIBYTE} MB of memory; join its parts by variables, or add a LIMIT",
    SIZE: f"gives more than {Limits.size // MEBIBYTE} MB; add a LIMIT",
    CRASH: "ends the engine that reads it; write it in another way",
    DEPTH: "is nested too deeply for the engine; write it with fewer parts in one another",
}
_ROWS, _YES, _NO, _TRIPLES, _UNREAD, _UNANSWERED = (bytes([sign]) for sign in b"RYNTUA")


def rows_of(
    text: str,
    store: Store,
    labels: Mapping[str, str],
    prefixes: Mapping[str, str] | None = None,
    timeout: float = SECONDS,
) -> Rows:
    """Run a SELECT query.

    Args:
        text: A SELECT query of SPARQL 1.1.
        store: The data.
        labels: What a person reads, by IRI.
        prefixes: The prefixes that need no PREFIX line.
        timeout: Seconds that it may take.

    Raises:
        QueryError: The text is not such a query, cannot be answered, or exceeds a limit; the message says what and
            where.
        ParameterError: The timeout is no time.

    >>> rows_of("SELECT ?number { VALUES ?number { 1 2 } }", Store(), {}).columns
    ('number',)
    """
    found = answered(text, store, labels, prefixes, timeout)
    if isinstance(found, Rows):
        return found
    message = (
        "the query gives no rows; write a SELECT query instead of ASK, CONSTRUCT or DESCRIBE, "
        "which the command `nextstudy query` runs"
    )
    raise QueryError(message)


def answered(
    text: str,
    store: Store,
    labels: Mapping[str, str],
    prefixes: Mapping[str, str] | None = None,
    timeout: float = SECONDS,
) -> Rows | bool | str:
    """Run a query of any form.

    Args:
        text: A query of SPARQL 1.1.
        store: What it is asked of.
        labels: What a person reads, by IRI.
        prefixes: The prefixes that need no PREFIX line.
        timeout: Seconds that it may take.

    Returns:
        The rows of SELECT, whether ASK finds something, the Turtle of CONSTRUCT and DESCRIBE.

    Raises:
        QueryError: As ``rows_of``.
        ParameterError: The timeout is no time.

    >>> answered("ASK {}", Store(), {})
    True
    """
    refuse_timeout(timeout)
    look_over(text)
    known = dict(prefixes or {})
    try:
        answer = bounded(lambda: _answer(text, store, known), Limits(timeout, MEMORY_ALLOWED))
    except ExceededError as error:
        message = f"the query {_EXCEEDED[error.what].format(seconds=timeout)}"
        raise QueryError(message) from error
    kind, document = answer[:1], answer[1:]
    if kind in (_UNREAD, _UNANSWERED):
        raise QueryError(document.decode())
    if kind in (_YES, _NO):
        return kind == _YES
    if kind == _TRIPLES:
        return document.decode()
    return _rows(document, labels, text)


def boolean_json(answer: bool) -> str:
    """An answer to ASK in the JSON format of SPARQL 1.1.

    Args:
        answer: The answer.

    Returns:
        The document.

    >>> boolean_json(True)
    '{"head":{},"boolean":true}'
    """
    return f'{{"head":{{}},"boolean":{str(answer).lower()}}}'


def columns_of(text: str) -> tuple[str, ...]:
    """The variables of a SELECT query, as the engine reads it; nothing is asked.

    Args:
        text: A query.

    Returns:
        Their names.

    Raises:
        QueryError: As ``rows_of``.

    >>> columns_of("SELECT ?a ?b { ?a ?p ?b }")
    ('a', 'b')
    """
    look_over(text)
    try:
        solutions = Store().query(text)
    except (SyntaxError, OSError, RuntimeError, ValueError) as error:
        raise QueryError(_complaint(error)) from error
    if isinstance(solutions, QuerySolutions):
        return tuple(variable.value for variable in solutions.variables)
    message = "the query gives no rows; write a SELECT query instead of ASK, CONSTRUCT or DESCRIBE"
    raise QueryError(message)


def refuse_timeout(timeout: float, longest: float = LONGEST_TIMEOUT) -> None:
    """Refuse what is not a time that a query or an endpoint may take.

    Args:
        timeout: Seconds.
        longest: The most that is allowed.

    Raises:
        ParameterError: It is not a number, not above 0, or above ``longest``.
    """
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout <= longest:
        message = f"the timeout is {shown(timeout)}; give seconds above 0 and up to {longest:g}"
        raise ParameterError(message)


def _answer(text: str, store: Store, prefixes: Mapping[str, str]) -> bytes:
    """What goes from the process of the query to ours: a sign that says what it is, and a document."""
    try:
        found = store.query(text, prefixes=dict(prefixes))
        if isinstance(found, QueryBoolean):
            return _YES if found else _NO
        if isinstance(found, QueryTriples):
            triples = dict.fromkeys(found)
            return _TRIPLES + turtle(triples, _used(text, prefixes)).encode()
        return _ROWS + (found.serialize(format=QueryResultsFormat.JSON) or b"")  # rows are worked out as they are read
    except SyntaxError as error:
        return _UNREAD + _complaint(error).encode()
    except (OSError, RuntimeError, ValueError) as error:
        return _UNANSWERED + _complaint(error).encode()


def _used(text: str, prefixes: Mapping[str, str]) -> dict[str, str]:
    """The prefixes of Turtle: those of the content that the query names, and those that it declares."""
    named = {name: iri for name, iri in prefixes.items() if f"{name}:" in text}
    return {**named, **dict(re.findall(r"(?i)PREFIX\s+([\w.-]*):\s*<([^<>\s]*)>", text))}


def _rows(document: bytes, labels: Mapping[str, str], text: str) -> Rows:
    refuse_deep_json(document, "the answer to the query", QueryError)
    solutions = parse_query_results(document, format=QueryResultsFormat.JSON)
    assert isinstance(solutions, QuerySolutions)  # noqa: S101 - we have just written it
    columns = tuple(variable.value for variable in solutions.variables)
    read = tuple(tuple(row[name] for name in columns) for row in islice(solutions, MOST_ROWS + 1))
    if len(read) > MOST_ROWS:
        message = f"the query gives more than {MOST_ROWS:,} rows; add a LIMIT, or join its parts by variables"
        raise QueryError(message)
    return Rows.of_terms(columns, read, labels, text)


def _complaint(error: Exception) -> str:
    if not isinstance(error, SyntaxError):
        return f"the query cannot be answered here ({' '.join(str(error).split())}); leave that part out"
    place = re.search(r"error at (\d+):(\d+)", str(error))
    where = f" at line {place[1]}, column {place[2]}" if place else ""
    return f"the query cannot be read{where}; write SPARQL 1.1, each prefix declared by a PREFIX line"
