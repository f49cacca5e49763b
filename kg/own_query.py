"""A query that a person wrote: run as it stands, and refused in one sentence where it cannot be."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pyoxigraph import QuerySolutions, Store

from kg.errors import QueryError
from kg.rows import Rows


def rows_of(text: str, store: Store, labels: Mapping[str, str]) -> Rows:
    """Run a query.

    Args:
        text: A SELECT query of SPARQL 1.1, with its prefixes.
        store: What it is asked of.
        labels: What a person reads, by IRI.

    Returns:
        The rows.

    Raises:
        QueryError: The text is no such query, or cannot be answered; the message names the place.

    >>> rows_of("SELECT ?number { VALUES ?number { 1 2 } }", Store(), {}).columns
    ('number',)
    """
    try:
        solutions = store.query(text)
        if isinstance(solutions, QuerySolutions):
            return Rows.of(solutions, labels, text)  # rows are worked out as they are read
    except SyntaxError as error:
        message = f"the query cannot be read{_place(error)}; write SPARQL 1.1, each prefix declared by a PREFIX line"
        raise QueryError(message) from error
    except (OSError, RuntimeError, ValueError) as error:
        message = f"the query cannot be answered here ({error}); leave that part out"
        raise QueryError(message) from error
    message = "the query gives no rows; write a SELECT query instead of ASK, CONSTRUCT or DESCRIBE"
    raise QueryError(message)


def _place(error: SyntaxError) -> str:
    found = re.search(r"error at (\d+):(\d+)", str(error))
    return f" at line {found[1]}, column {found[2]}" if found else ""
