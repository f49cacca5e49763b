"""The errors of nextstudy: each one sentence that names the place and the cure, with a stable ``code``."""

from __future__ import annotations

from collections.abc import Iterable


class KgError(ValueError):
    """Base of all errors that a user can mend.

    Attributes:
        code: A stable identifier, for programs.
    """

    code = "error"


class ContentError(KgError):
    """A content folder cannot be used as it is."""

    code = "invalid-content"


class CaseError(KgError):
    """A case is not written as the format asks."""

    code = "invalid-case"


class ContradictoryCaseError(KgError):
    """A case says that something is both present and absent."""

    code = "contradictory-case"


class UnknownTermError(KgError):
    """A word of a case or a question is not in the vocabulary."""

    code = "unknown-term"


class UnknownQueryError(KgError):
    """There is no query of that name."""

    code = "unknown-query"


class OutputError(KgError):
    """A file cannot be written as asked."""

    code = "unusable-output"


class AuthoringError(KgError):
    """A table, or something else that an author hands in, cannot become content."""

    code = "invalid-authoring"


class MissingPackageError(KgError):
    """Something needs a package that is not installed."""

    code = "missing-package"


class QueryError(KgError):
    """A query that a person wrote is no SELECT query, or cannot be answered."""

    code = "invalid-query"


class ParameterError(KgError):
    """A question was asked with a parameter that it does not have, or without one, or with a value of another type."""

    code = "invalid-parameter"


class EndpointError(KgError):
    """A SPARQL endpoint gave no answer that can be used."""

    code = "endpoint-failure"


class AuditError(KgError):
    """A table of cases, or the place for its result, cannot be used."""

    code = "invalid-table"


_LONGEST = 60
_LONGEST_LISTED = 200
"""Room for the longest IRI."""


def quoted(word: object, longest: int = _LONGEST) -> str:
    r"""Put a word that somebody gave into a sentence: in quotes, and safe for a terminal.

    Args:
        word: Any word.
        longest: How many characters of it are shown.

    Returns:
        Its beginning; what cannot be printed is escaped.

    >>> print(quoted("fever\r"), quoted("f" * 100, 5))
    'fever\r' 'fffff...'
    """
    text = str(word)
    cut = text if len(text) <= longest else f"{text[:longest]}..."
    return f"'{''.join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in cut)}'"


def shown(value: object) -> str:
    """Put any value that somebody gave into a sentence.

    Args:
        value: Any value.

    Returns:
        A text in quotes, anything else as Python writes it; its beginning, where that is long.

    >>> shown("sixty"), shown(["sixty"]), shown([10**5000])
    ("'sixty'", "['sixty']", 'list')
    """
    if isinstance(value, str):
        return quoted(value)
    try:
        text = repr(value)
    except ValueError:  # it holds a number of more digits than Python writes
        text = type(value).__name__
    return quoted(text)[1:-1]


def listed(words: Iterable[str]) -> str:
    """Join words for a sentence.

    Args:
        words: Any words.

    Returns:
        The words in quotes, separated by commas.

    >>> listed(["fever", "night-pain"])
    "'fever', 'night-pain'"
    """
    return ", ".join(quoted(word, _LONGEST_LISTED) for word in words)
